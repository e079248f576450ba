//! Shared by the targets: options derived from bytes, limits for fuzzing, and properties that hold
//! for every result.

pub mod container;

use cretula::{
    Border, Color, ColorPolicy, Damaged, Decimal, ErrorKind, Fit, Flip, Format, Gravity, Limits, MetadataPolicy,
    OutputOptions, Renderer, Request, Rotation, ShrinkOnLoad, Trim, TrimBorder, VariantOptions, WebpOptions,
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

    /// A variant; a side has the size of a thumbnail with probability 4/5. Half of the variants have
    /// nothing but a box, the others an option for each of eight bits.
    pub fn variant(&mut self) -> VariantOptions {
        let (given, value) = (self.short(), self.short());
        let mut side = || {
            let side = u32::from(self.short());
            if side % 5 == 0 { side % 1500 + 1 } else { side % 160 + 1 }
        };
        let (width, height) = (side(), side());
        let fit = self.of(&Fit::ALL);
        let mut variant = VariantOptions::new(fit, width, height).metadata(self.of(&MetadataPolicy::ALL));
        if given & 1 == 0 {
            return variant;
        }
        let has = |bit: u32| given >> bit & 1 == 1;
        let [low, high] = value.to_le_bytes();
        let side = |shift: u32| u32::from(value >> shift) % 40;
        if has(1) {
            variant.gravity = if low % 2 == 0 { Gravity::Auto } else { Gravity::point(f64::from(low) / 255.0, f64::from(high) / 255.0) };
        }
        if has(2) {
            variant.trim = match low % 3 {
                0 => Trim::Border(TrimBorder { color: None, tolerance: high, keep: u32::from(low) / 64 }),
                _ => Trim::Sides { top: side(0), right: side(3), bottom: side(6), left: side(9) },
            };
        }
        if has(3) {
            variant.flip = Flip::ALL[usize::from(low) % 4];
            variant.rotate = Rotation::ALL[usize::from(high) % 4];
        }
        if has(4) {
            let factor = f64::from(low) / 100.0 + 0.01;
            variant.effects = variant.effects.brightness(factor).saturation(factor).contrast(factor).gamma(factor);
        }
        if has(5) {
            variant.effects = variant.effects.blur(1.0 + f64::from(value % 250));
        }
        if has(6) {
            variant.effects = variant.effects.sharpen(f64::from(high % 11));
        }
        if has(7) {
            variant.border = Border::sides([side(0), side(2), side(4), side(6)], Color { red: low, green: high, blue: 9, alpha: low });
        }
        if has(8) {
            variant.quality = Some(low % 100 + 1);
        }
        // A side that follows another may be thirty times as long.
        let small = |side: u32| Some(side % 160 + 1);
        if has(9) {
            (variant.width, variant.height) = (None, small(height));
        }
        if has(10) {
            (variant.width, variant.height) = (small(width).filter(|_| !has(9)), None);
        }
        if has(11) {
            variant.dpr = Decimal::from_f64(f64::from(low % 10 + 1) / 10.0);
        }
        variant.fast_compression = has(12);
        variant
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
        output.png.sixteen = quality % 4 == 1;
        output.png.quality = if quality % 8 == 2 { quality % 100 + 1 } else { 100 };
        output.jpeg.progressive = quality % 16 == 3;
        output.whole_frames = quality % 8 == 4;
        Request::new(variant).output(output).shrink(self.of(&ShrinkOnLoad::ALL)).damaged(self.of(&Damaged::ALL))
    }
}

/// The number of bytes that [`Choices::request`] uses.
pub const RENDER_CHOICES: usize = 19;

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
