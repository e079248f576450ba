//! Shared by the targets: options derived from bytes, limits for fuzzing, and properties that hold
//! for every result.

pub mod container;

use cretula::{
    Color, ColorPolicy, Damaged, ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer, Request,
    ShrinkOnLoad, VariantOptions, WebpOptions,
};

/// Choices taken from the end of an input, so that its beginning remains a valid file.
#[derive(Debug)]
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// The last `count` bytes as choices, and the bytes before them.
    pub fn split(input: &'a [u8], count: usize) -> Option<(Self, &'a [u8])> {
        let (rest, choices) = input.split_at_checked(input.len().checked_sub(count)?)?;
        Some((Self(choices), rest))
    }

    /// The next byte; 0 when none is left.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// The next two bytes.
    pub fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// The next four bytes.
    pub fn word(&mut self) -> u32 {
        u32::from(self.short()) | u32::from(self.short()) << 16
    }

    /// One of `some`.
    pub fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[usize::from(self.byte()) % some.len()]
    }

    /// A variant; a side has the size of a thumbnail with probability 4/5.
    pub fn variant(&mut self) -> VariantOptions {
        let mut side = || {
            let side = u32::from(self.short());
            if side % 5 == 0 { side % 1500 + 1 } else { side % 160 + 1 }
        };
        let (width, height) = (side(), side());
        let fit = self.of(&Fit::ALL);
        VariantOptions::new(fit, width, height).metadata(self.of(&MetadataPolicy::ALL))
    }

    /// A request.
    pub fn request(&mut self) -> Request {
        let variant = self.variant();
        let format = self.of(&[None, Some(Format::Jpeg), Some(Format::Png), Some(Format::WebP), Some(Format::Gif)]);
        let [red, green, blue, alpha] = self.word().to_le_bytes();
        let quality = self.byte();
        let mut output = OutputOptions::new()
            .quality(quality % 100 + 1)
            .webp(WebpOptions::new().quality(quality % 100 + 1).effort(quality / 43 + 1).lossless(quality % 16 == 15))
            .background(Color { red, green, blue, alpha })
            .color(self.of(&ColorPolicy::ALL));
        output.format = format;
        Request::new(variant).output(output).shrink(self.of(&ShrinkOnLoad::ALL)).damaged(self.of(&Damaged::ALL))
    }
}

/// The number of bytes that [`Choices::request`] uses.
pub const RENDER_CHOICES: usize = 15;

/// Small enough for a few hundred calls per second.
pub fn small_limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_pixels = 1 << 18;
    limits.max_total_pixels = 1 << 19;
    limits.max_memory_bytes = 24 << 20;
    limits.max_side = 5000;
    limits.max_frames = 50;
    limits
}

/// The whole image as PNG, in its own color space.
pub fn whole(renderer: &mut Renderer, bytes: &[u8]) -> cretula::Result<cretula::Rendered> {
    let same = VariantOptions::new(Fit::ScaleDown, renderer.limits().max_side, renderer.limits().max_side);
    renderer.render(bytes, &Request::new(same).output(OutputOptions::new().format(Format::Png).color(ColorPolicy::Preserve)))
}

/// Asserts that an error is caused by the input, not by the library, and has a message of one line.
pub fn fair(error: &cretula::Error) {
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    let said = error.to_string();
    assert!(!said.is_empty() && !said.contains('\n'), "{said:?}");
}
