//! [`Cursor`]: reads forward through a slice; a read past the end returns `None`.

/// A position in a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes that have not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next `len` bytes, or all that are left.
    pub(crate) fn take_at_most(&mut self, len: usize) -> &'a [u8] {
        self.take(len.min(self.rest.len())).unwrap_or_default()
    }

    /// The bytes read since the cursor was at `start`, an earlier copy of it.
    pub(crate) fn since(&self, start: Self) -> &'a [u8] {
        let len = start.rest.len().saturating_sub(self.rest.len());
        start.rest.get(..len).unwrap_or_default()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16_be(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u16_le(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u24_le(&mut self) -> Option<u32> {
        let [a, b, c] = self.array()?;
        Some(u32::from_le_bytes([a, b, c, 0]))
    }

    pub(crate) fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
}

/// A length field as `usize`. Where `usize` is narrower it saturates, and the read that follows
/// runs past the end.
pub(super) fn length(field: u32) -> usize {
    usize::try_from(field).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_past_the_end_are_none_and_take_nothing() {
        let mut cursor = Cursor::new(b"\x01\x02\x03\x04\x05");
        let start = cursor;
        assert_eq!((cursor.u16_be(), cursor.u16_le()), (Some(0x0102), Some(0x0403)));
        assert_eq!((cursor.u16_be(), cursor.u32_le(), cursor.take(2)), (None, None, None));
        assert_eq!((cursor.rest(), cursor.since(start)), (&b"\x05"[..], &b"\x01\x02\x03\x04"[..]));
        assert_eq!((cursor.take_at_most(9), cursor.u8()), (&b"\x05"[..], None));
        assert_eq!(Cursor::new(b"\x01\x02\x03").u24_le(), Some(0x0003_0201));
        assert_eq!(Cursor::new(b"\x01\x02\x03\x04").u32_be(), Some(0x0102_0304));
    }
}
