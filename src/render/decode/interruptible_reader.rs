//! [`InterruptibleReader`]: a reader over bytes in memory that fails once a call is cancelled or
//! its deadline has passed.
//!
//! In: a file in up to three parts, and an [`Interrupt`]. Out: the input of a third-party codec, in
//! small pieces. A codec stops at the next piece, however few pixels it makes from much input. Must
//! not know of formats.

use std::cell::Cell;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::error::Stage;
use crate::limits::Interrupt;

/// Bytes read between interrupt checks.
const CHECK_INTERVAL: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct InterruptibleReader<'a> {
    head: Vec<u8>,
    body: &'a [u8],
    tail: &'static [u8],
    at: Rc<Cell<usize>>,
    interrupt: Interrupt<'a>,
}

impl<'a> InterruptibleReader<'a> {
    pub(super) fn new(head: Vec<u8>, body: &'a [u8], tail: &'static [u8], interrupt: Interrupt<'a>) -> Self {
        Self { head, body, tail, at: Rc::default(), interrupt }
    }

    /// A handle on the number of bytes read so far.
    pub(super) fn position(&self) -> Rc<Cell<usize>> {
        self.at.clone()
    }

    /// The unread bytes of the current part.
    fn rest(&self) -> &[u8] {
        let mut at = self.at.get();
        for part in [&self.head, self.body, self.tail] {
            match part.get(at..) {
                Some(rest) if !rest.is_empty() => return rest,
                _ => at = at.saturating_sub(part.len()),
            }
        }
        &[]
    }
}

impl BufRead for InterruptibleReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // The caller of the codec checks the interrupt again to find out why.
        self.interrupt.check_interrupt(Stage::Decode).map_err(io::Error::other)?;
        let rest = self.rest();
        Ok(&rest[..rest.len().min(CHECK_INTERVAL)])
    }

    fn consume(&mut self, count: usize) {
        self.at.set(self.at.get().saturating_add(count));
    }
}

impl Read for InterruptibleReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(out.len());
        out[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl Seek for InterruptibleReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => (self.at.get() as u64).checked_add_signed(by),
            SeekFrom::End(by) => {
                let length = self.head.len() + self.body.len() + self.tail.len();
                (length as u64).checked_add_signed(by)
            }
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        self.at.set(usize::try_from(target).map_err(|_| io::ErrorKind::InvalidInput)?);
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{Budget, CancelToken, Limits};

    #[test]
    fn reads_and_seeks_like_a_cursor() {
        let body: Vec<u8> = (0..50_000_u32).map(|i| (i % 251) as u8).collect();
        let bytes = [b"head", &body[..], b"tail!"].concat();
        let limits = Limits::default();
        let interrupt = Budget::start(&limits, None).interrupt();
        let mut reader = InterruptibleReader::new(b"head".to_vec(), &body, b"tail!", interrupt);
        let mut cursor = io::Cursor::new(&bytes);
        for to in [
            SeekFrom::Start(7),
            SeekFrom::Current(-3),
            SeekFrom::End(-9),
            SeekFrom::End(4),
            SeekFrom::Start(0),
        ] {
            assert_eq!(reader.seek(to).unwrap(), cursor.seek(to).unwrap());
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            assert_eq!(reader.read_to_end(&mut ours).unwrap(), cursor.read_to_end(&mut theirs).unwrap());
            assert_eq!(ours, theirs);
        }
        assert!(reader.seek(SeekFrom::Current(i64::MIN)).is_err());
    }

    #[test]
    fn fails_once_cancelled() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        let budget = Budget::start(&limits, Some(&token));
        let mut reader = InterruptibleReader::new(Vec::new(), &[0; 100], &[], budget.interrupt());
        reader.read_exact(&mut [0; 50]).unwrap();
        token.cancel();
        assert!(reader.read(&mut [0; 50]).is_err());
    }
}
