//! Entropy-coded data without byte stuffing (T.81 B.1.1.5), a chunk at a time.
//!
//! In: the file, from the end of a scan header on. Out: [`Bits`] for one MCU after the other, and
//! restarts. Must not know how an MCU is coded.

use memchr::memchr;

use super::bits::{Bits, Reservoir};
use super::error::ScanError;

/// Bytes held at once: more than twice the largest MCU, and small enough for the second-level
/// cache.
const CHUNK: usize = 48 << 10;
/// Zeros after the last byte, so that whole words can be loaded.
const PAD: usize = 16;
/// The most that one block can take: 64 codes of 16 bits with 15 additional bits each.
const MAX_BLOCK_BYTES: usize = 256;

/// The data of one scan.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    source: &'a [u8],
    /// The next byte of the source to unpack; the position of a marker, once `ended`.
    next: usize,
    /// No more data before the next marker or the end of the file.
    ended: bool,
    buffer: Vec<u8>,
    /// Bytes of the buffer that hold data.
    len: usize,
    reservoir: Reservoir,
    /// Unread bytes that one MCU may need.
    max_mcu_bytes: usize,
    /// Restart markers seen, modulo 8.
    restarts: u8,
}

impl<'a> Stream<'a> {
    /// Memory that a stream takes.
    pub(super) const BYTES: u64 = (CHUNK + PAD) as u64;

    /// The data from `offset` on, in MCUs of at most `blocks` blocks, which is 64 or less.
    pub(super) fn new(source: &'a [u8], offset: usize, blocks: usize) -> Self {
        let buffer = vec![0; CHUNK + PAD];
        let reservoir = Reservoir::default();
        let max_mcu_bytes = blocks * MAX_BLOCK_BYTES;
        let mut stream = Self {
            source,
            next: offset,
            ended: false,
            buffer,
            len: 0,
            reservoir,
            max_mcu_bytes,
            restarts: 0,
        };
        stream.fill();
        stream
    }

    /// The same stream, after `restarts` restart markers of the scan.
    pub(super) fn with_restarts(self, restarts: usize) -> Self {
        Self { restarts: (restarts & 7).to_le_bytes()[0], ..self }
    }

    /// The bits of the next MCU. The caller passes the reservoir to [`Self::commit`] after reading.
    #[inline(always)]
    pub(super) fn bits(&mut self) -> Bits<'_> {
        if self.len.saturating_sub(self.reservoir.at) < self.max_mcu_bytes && !self.ended {
            self.fill();
        }
        Bits::new(&self.buffer, self.reservoir)
    }

    /// Continues from `reservoir`.
    #[inline(always)]
    pub(super) fn commit(&mut self, reservoir: Reservoir) -> Result<(), ScanError> {
        self.reservoir = reservoir;
        if reservoir.at > self.len && reservoir.bits_left(self.len).is_none() {
            return Err(ScanError::Short);
        }
        Ok(())
    }

    /// Moves past the next restart marker. Excess bytes before it are skipped: Motion JPEG has
    /// them.
    pub(super) fn restart(&mut self) -> Result<(), ScanError> {
        while !self.ended {
            self.reservoir = Reservoir::empty_at(self.len);
            self.fill();
        }
        let rest = self.source.get(self.next..).unwrap_or_default();
        let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
        if rest.get(fill) != Some(&(0xd0 | self.restarts)) {
            return Err(if rest.is_empty() { ScanError::Short } else { ScanError::Restart });
        }
        self.restarts = (self.restarts + 1) & 7;
        self.next += fill + 1;
        (self.ended, self.len, self.reservoir) = (false, 0, Reservoir::default());
        self.fill();
        Ok(())
    }

    /// Moves past the next restart marker, if there is one before the scan ends, and returns how
    /// many intervals are missing before it. As in `jpeg_resync_to_restart` of libjpeg, a marker
    /// that is one or two ahead of the one that is due means that as many intervals are missing;
    /// one that is one or two behind is skipped; any other is taken for the one that is due.
    #[cold]
    pub(super) fn resync(&mut self) -> Option<usize> {
        loop {
            while !self.ended {
                self.reservoir = Reservoir::empty_at(self.len);
                self.fill();
            }
            let rest = self.source.get(self.next..).unwrap_or_default();
            let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
            let ahead = match *rest.get(fill)? {
                marker @ 0xd0..=0xd7 => Some(marker.wrapping_sub(self.restarts) & 7),
                0xc0.. => return None,
                _ => None,
            };
            self.next += fill + 1;
            (self.ended, self.len, self.reservoir) = (false, 0, Reservoir::default());
            self.fill();
            match ahead {
                Some(missing @ (1 | 2)) => {
                    self.restarts = (self.restarts + missing + 1) & 7;
                    return Some(missing.into());
                }
                Some(0 | 3..=5) => {
                    self.restarts = (self.restarts + 1) & 7;
                    return Some(0);
                }
                _ => {}
            }
        }
    }

    /// The current position in the file, up to the stuffed bytes between here and the end of the
    /// chunk.
    pub(super) fn offset(&self) -> usize {
        self.next.saturating_sub(self.reservoir.bits_left(self.len).unwrap_or(0) / 8)
    }

    /// Whether the data that the next MCU may need are unpacked. If not, all of the source is.
    #[inline(always)]
    pub(super) fn has_whole_mcu(&mut self) -> bool {
        let unread = |stream: &Self| stream.len.saturating_sub(stream.reservoir.at);
        if unread(self) < self.max_mcu_bytes && !self.ended {
            self.fill();
        }
        unread(self) >= self.max_mcu_bytes
    }

    /// Continues in `source`, of which the old source was the beginning, and returns how many bits
    /// of that were left. `None` if the old source was not unpacked to its end, or cannot be.
    pub(super) fn extend(&mut self, source: &'a [u8]) -> Option<usize> {
        if self.next != self.source.len() {
            return None;
        }
        let bits_left = self.reservoir.bits_left(self.len)?;
        (self.source, self.ended) = (source, false);
        self.fill();
        Some(bits_left)
    }

    /// Moves unread bytes to the front and unpacks more after them.
    #[cold]
    fn fill(&mut self) {
        let unread = self.reservoir.at.min(self.len);
        // Bytes before `at` are in the reservoir or consumed. Positions past the data remain past
        // them.
        self.buffer.copy_within(unread..self.len, 0);
        self.len -= unread;
        self.reservoir.at -= unread;
        while self.len < CHUNK && !self.ended {
            let rest = self.source.get(self.next..).unwrap_or_default();
            let piece = rest.get(..CHUNK - self.len).unwrap_or(rest);
            let plain = memchr(0xff, piece);
            let data = piece.get(..plain.unwrap_or(piece.len())).unwrap_or_default();
            if let Some(target) = self.buffer.get_mut(self.len..self.len + data.len()) {
                target.copy_from_slice(data);
            }
            self.len += data.len();
            self.next += data.len();
            if plain.is_none() {
                self.ended = piece.len() == rest.len();
                continue;
            }
            // Any number of 0xff bytes may precede a marker; libjpeg allows them before stuffing,
            // too.
            let behind = rest.get(data.len()..).unwrap_or_default();
            let fill = behind.iter().take_while(|&&byte| byte == 0xff).count();
            if behind.get(fill) == Some(&0) {
                if let Some(byte) = self.buffer.get_mut(self.len) {
                    *byte = 0xff;
                }
                self.len += 1;
                self.next += fill + 1;
            } else {
                self.ended = true;
            }
        }
        if let Some(pad) = self.buffer.get_mut(self.len..self.len + PAD) {
            pad.fill(0);
        }
    }
}
