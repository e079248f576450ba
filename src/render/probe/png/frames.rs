//! The frames of an APNG (PNG third edition, sections 4.9 and 11.3.6).
//!
//! In: a file, and the header of its still image. Out: one [`SourceFrame`] after another, each as a
//! PNG of its own: IHDR with its size, and its data as IDAT chunks. Must not know of pixels.

use std::time::Duration;

use crate::container::Cursor;
use crate::container::png::{Chunk, next_chunk};
use crate::geometry::Size;
use crate::render::header::{Blend, Disposal, FrameData, IHDR_BYTES, PngFrame, PngImage, SourceFrame};

pub(super) const SIGNATURE_LENGTH: usize = 8;

/// An fcTL chunk.
pub(super) struct FrameControl {
    sequence: u32,
    pub(super) size: Size,
    left: u32,
    top: u32,
    pub(super) delay: Duration,
    disposal: u8,
    blend: u8,
}

impl FrameControl {
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(data);
        Some(Self {
            sequence: cursor.u32_be()?,
            size: Size::new(cursor.u32_be()?, cursor.u32_be()?),
            left: cursor.u32_be()?,
            top: cursor.u32_be()?,
            delay: delay(cursor.u16_be()?, cursor.u16_be()?),
            disposal: cursor.u8()?,
            blend: cursor.u8()?,
        })
    }
}

/// A fraction of a second, of which the divisor 0 means 100.
fn delay(delay: u16, divisor: u16) -> Duration {
    let divisor = if divisor == 0 { 100 } else { divisor };
    Duration::from_secs(delay.into()) / u32::from(divisor)
}

/// The first `count` frames of the file `bytes`, whose still image is `image` of the size `canvas`.
pub(crate) fn frames<'a>(
    bytes: &'a [u8],
    image: &PngImage<'a>,
    canvas: Size,
    has_alpha: bool,
    count: u32,
) -> impl Iterator<Item = SourceFrame<'a>> + use<'a> {
    let mut cursor = Cursor::new(bytes);
    let _signature = cursor.take(SIGNATURE_LENGTH);
    let mut walk = Walk { cursor, image: image.clone(), canvas, has_alpha, sequence: 0, first: true };
    std::iter::from_fn(move || walk.next()).take(usize::try_from(count).unwrap_or(usize::MAX))
}

/// A walk over the chunks of an APNG.
struct Walk<'a> {
    cursor: Cursor<'a>,
    image: PngImage<'a>,
    canvas: Size,
    has_alpha: bool,
    /// The sequence number of the next fcTL or fdAT.
    sequence: u32,
    /// Whether no frame was read yet.
    first: bool,
}

const OUT_OF_ORDER: &str = "the sequence numbers of fcTL and fdAT chunks are out of order";

impl<'a> Walk<'a> {
    fn next(&mut self) -> Option<SourceFrame<'a>> {
        let control = loop {
            let chunk = next_chunk(&mut self.cursor).filter(Chunk::is_whole)?;
            match &chunk.kind {
                b"fcTL" => break chunk,
                b"IEND" => return None,
                _ => {}
            }
        };
        let Some(read) = FrameControl::read(control.data) else {
            return Some(self.broken("an fcTL chunk is too short"));
        };
        let mut broken = self.fault(&read, &control);
        self.sequence = read.sequence.wrapping_add(1);
        let (chunks, fault) = self.data(read.size);
        broken = broken.or(fault);
        self.first = false;
        Some(SourceFrame {
            data: FrameData::Png(PngFrame { image: self.image.clone(), chunks }),
            left: read.left,
            top: read.top,
            size: read.size,
            has_alpha: self.has_alpha,
            delay: read.delay,
            blend: if read.blend == 0 { Blend::Replace } else { Blend::Over },
            disposal: match read.disposal {
                1 => Disposal::Clear,
                2 => Disposal::Restore,
                _ => Disposal::Keep,
            },
            broken,
        })
    }

    /// A frame that cannot be decoded.
    fn broken(&mut self, reason: &'static str) -> SourceFrame<'a> {
        self.first = false;
        SourceFrame {
            data: FrameData::Png(PngFrame { image: self.image.clone(), chunks: Vec::new() }),
            left: 0,
            top: 0,
            size: self.canvas,
            has_alpha: self.has_alpha,
            delay: Duration::ZERO,
            blend: Blend::Replace,
            disposal: Disposal::Keep,
            broken: Some(reason),
        }
    }

    /// What is wrong with an fcTL chunk.
    fn fault(&self, control: &FrameControl, chunk: &Chunk<'_>) -> Option<&'static str> {
        let FrameControl { size, left, top, .. } = *control;
        let fits = |start: u32, length: u32, side: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= side)
        };
        if !chunk.is_sound() {
            Some("the checksum of an fcTL chunk is wrong")
        } else if control.sequence != self.sequence {
            Some(OUT_OF_ORDER)
        } else if control.disposal > 2 || control.blend > 1 {
            Some("an fcTL chunk has an unknown disposal or blend operation")
        } else if !fits(left, size.width, self.canvas.width) || !fits(top, size.height, self.canvas.height) {
            Some("a frame is empty, or not inside the canvas")
        } else {
            None
        }
    }

    /// The data of a frame of `size` as a PNG without its signature: IHDR, and the chunks up to the
    /// next fcTL or IEND as IDAT. The second value says what is wrong with them.
    fn data(&mut self, size: Size) -> (Vec<u8>, Option<&'static str>) {
        let ihdr = ihdr(self.image.header, size);
        let mut fault = ihdr.is_none().then_some("the IHDR chunk does not have 13 bytes");
        let mut chunks = ihdr.unwrap_or_default();
        loop {
            let mut ahead = self.cursor;
            let Some(chunk) = next_chunk(&mut ahead) else { break };
            match &chunk.kind {
                b"fcTL" | b"IEND" => break,
                // The still image is the first frame.
                b"IDAT" if self.first => {
                    chunks.extend_from_slice(chunk.bytes);
                    if size != self.canvas {
                        fault = fault.or(Some("the first frame does not cover the canvas"));
                    }
                }
                b"fdAT" => match chunk.data.split_first_chunk() {
                    Some((sequence, data)) => {
                        if u32::from_be_bytes(*sequence) != self.sequence {
                            fault = fault.or(Some(OUT_OF_ORDER));
                        }
                        self.sequence = self.sequence.wrapping_add(1);
                        add_idat(&mut chunks, data, &chunk);
                    }
                    None => fault = fault.or(Some("an fdAT chunk is too short")),
                },
                _ => {}
            }
            self.cursor = ahead;
        }
        if chunks.len() <= IHDR_BYTES {
            fault = fault.or(Some("a frame has no image data"));
        }
        (chunks, fault)
    }
}

/// The IHDR chunk of the file with another size; `None` if it does not have 13 bytes.
fn ihdr(original: &[u8], size: Size) -> Option<Vec<u8>> {
    let rest = original.get(16..21).filter(|_| original.len() == IHDR_BYTES)?;
    let body = [b"IHDR", &size.width.to_be_bytes()[..], &size.height.to_be_bytes(), rest].concat();
    Some([&13_u32.to_be_bytes(), &body[..], &crc32fast::hash(&body).to_be_bytes()].concat())
}

/// Appends the data of the chunk `from` as IDAT. If the checksum of `from` is wrong or missing, so is
/// that of the new chunk.
fn add_idat(chunks: &mut Vec<u8>, data: &[u8], from: &Chunk<'_>) {
    // Shorter than the chunk, whose length has 32 bits.
    chunks.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    let start = chunks.len();
    chunks.extend_from_slice(b"IDAT");
    chunks.extend_from_slice(data);
    if !from.is_whole() {
        return;
    }
    let checksum = crc32fast::hash(chunks.get(start..).unwrap_or_default());
    let stored = if from.is_sound() { checksum } else { !checksum };
    chunks.extend(stored.to_be_bytes());
}
