//! The table of options: the name of each, how its value is read and written.
//!
//! In: a key and a value, as text. Out: a change of [`VariantOptions`], or the values that differ
//! from a default. Texts and JSON are two ways to write the same keys.

use std::str::FromStr;

use super::color::Color;
use super::trim::{Border, Trim, TrimBorder};
use super::variant::VariantOptions;
use crate::decimal::Decimal;
use crate::error::{Cause, Error, Result, Stage};

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(Decimal),
    Whole(u32),
    Flag(bool),
    Color(Color),
}

/// Sets the option `key`, long or short, to `value`. Returns its long name.
pub(super) fn set(options: &mut VariantOptions, key: &str, value: &str) -> Result<&'static str> {
    let key = long(key).ok_or_else(|| {
        let key = key.chars().take(40).collect();
        Error::new(Stage::Options, Cause::UnknownOption(key))
    })?;
    let effects = &mut options.effects;
    match key {
        "width" => options.width = Some(side(key, value)?),
        "height" => options.height = Some(side(key, value)?),
        "dpr" => options.dpr = number(key, value, "a number above 0, at most 3")?,
        "fit" => options.fit = value.parse()?,
        "gravity" => options.gravity = value.parse()?,
        "trim" => set_trim(&mut options.trim, value)?,
        "trim.border.color" => trim_border(&mut options.trim, value)?.color = Some(color(key, value)?),
        "trim.border.tolerance" => {
            let tolerance = whole(key, value, "a whole number from 0 to 255")?;
            trim_border(&mut options.trim, value)?.tolerance = tolerance;
        }
        "trim.border.keep" => {
            trim_border(&mut options.trim, value)?.keep = whole(key, value, "a whole number of pixels")?;
        }
        "rotate" => options.rotate = value.parse()?,
        "flip" => options.flip = value.parse()?,
        "background" => options.background = Some(color(key, value)?),
        "border" => {
            let [top, right, bottom, left] = four(key, value)?;
            options.border = Border { top, right, bottom, left, color: options.border.color };
        }
        "border.color" => options.border.color = Some(color(key, value)?),
        "blur" => effects.blur = Some(number(key, value, "a number from 1 to 250")?),
        "sharpen" => effects.sharpen = number(key, value, "a number from 0 to 10")?,
        "brightness" => effects.brightness = number(key, value, FACTOR)?,
        "contrast" => effects.contrast = number(key, value, FACTOR)?,
        "gamma" => effects.gamma = number(key, value, FACTOR)?,
        "saturation" => effects.saturation = number(key, value, "a number from 0")?,
        "quality" => options.quality = Some(quality(key, value)?),
        "format" => options.format = Some(value.parse()?),
        "compression" => {
            options.fast_compression = match value {
                "fast" => true,
                _ => return Err(wrong(key, value, "fast")),
            };
        }
        "metadata" => options.metadata = value.parse()?,
        "anim" => {
            options.anim = value.parse().map_err(|_| wrong(key, value, "true or false"))?;
        }
        "slow-connection-quality" => options.slow_connection_quality = Some(quality(key, value)?),
        _ => return Err(unsupported(key)),
    }
    Ok(key)
}

/// Copies the option of the long name `key`. The keys of `trim` are one option.
#[cfg(feature = "serde")]
pub(super) fn copy(key: &str, from: &VariantOptions, to: &mut VariantOptions) {
    match key {
        "width" => to.width = from.width,
        "height" => to.height = from.height,
        "dpr" => to.dpr = from.dpr,
        "fit" => to.fit = from.fit,
        "gravity" => to.gravity = from.gravity,
        "trim" | "trim.border.color" | "trim.border.tolerance" | "trim.border.keep" => to.trim = from.trim,
        "rotate" => to.rotate = from.rotate,
        "flip" => to.flip = from.flip,
        "background" => to.background = from.background,
        "border" => to.border = Border { color: to.border.color, ..from.border },
        "border.color" => to.border.color = from.border.color,
        "blur" => to.effects.blur = from.effects.blur,
        "sharpen" => to.effects.sharpen = from.effects.sharpen,
        "brightness" => to.effects.brightness = from.effects.brightness,
        "contrast" => to.effects.contrast = from.effects.contrast,
        "gamma" => to.effects.gamma = from.effects.gamma,
        "saturation" => to.effects.saturation = from.effects.saturation,
        "quality" => to.quality = from.quality,
        "format" => to.format = from.format,
        "compression" => to.fast_compression = from.fast_compression,
        "metadata" => to.metadata = from.metadata,
        "anim" => to.anim = from.anim,
        "slow-connection-quality" => to.slow_connection_quality = from.slow_connection_quality,
        // `set` takes no other.
        _ => {}
    }
}

/// Drops what has no effect after all keys are set: the color of no border, and no pixels to trim.
pub(super) fn settle(options: &mut VariantOptions) {
    if options.trim == (Trim::Sides { top: 0, right: 0, bottom: 0, left: 0 }) {
        options.trim = Trim::None;
    }
    if options.border.is_none() {
        options.border = Border::NONE;
    }
}

/// The options of `options` that differ from `defaults`, in the contract's order.
pub(super) fn changed(options: &VariantOptions, defaults: &VariantOptions) -> Vec<(&'static str, Value)> {
    let mut entries = Vec::new();
    let mut add = |key, changed: bool, value: &dyn Fn() -> Option<Value>| {
        if changed && let Some(value) = value() {
            entries.push((key, value));
        }
    };
    let (own, standard) = (&options.effects, &defaults.effects);
    add("width", true, &|| options.width.map(Value::Whole));
    add("height", true, &|| options.height.map(Value::Whole));
    add("dpr", options.dpr != defaults.dpr, &|| Some(Value::Number(options.dpr)));
    add("fit", options.fit != defaults.fit, &|| Some(Value::Text(options.fit.to_string())));
    add("gravity", options.gravity != defaults.gravity, &|| Some(Value::Text(options.gravity.to_string())));
    match options.trim {
        Trim::None => {}
        Trim::Sides { top, right, bottom, left } => {
            add("trim", true, &|| Some(Value::Text(format!("{top};{right};{bottom};{left}"))));
        }
        Trim::Border(border) => {
            let Trim::Border(standard) = Trim::BORDER else { return entries };
            add("trim", true, &|| Some(Value::Text("border".to_owned())));
            add("trim.border.color", true, &|| border.color.map(Value::Color));
            let tolerance = border.tolerance;
            add("trim.border.tolerance", tolerance != standard.tolerance, &|| {
                Some(Value::Whole(tolerance.into()))
            });
            add("trim.border.keep", border.keep != 0, &|| Some(Value::Whole(border.keep)));
        }
    }
    add("rotate", options.rotate != defaults.rotate, &|| Some(Value::Whole(options.rotate.degrees().into())));
    add("flip", options.flip != defaults.flip, &|| Some(Value::Text(options.flip.to_string())));
    add("background", true, &|| options.background.map(Value::Color));
    if !options.border.is_none() {
        let Border { top, right, bottom, left, color } = options.border;
        add("border", true, &|| {
            let same = [right, bottom, left] == [top; 3];
            Some(if same { Value::Whole(top) } else { Value::Text(format!("{top};{right};{bottom};{left}")) })
        });
        add("border.color", true, &|| color.map(Value::Color));
    }
    add("blur", true, &|| own.blur.map(Value::Number));
    for (key, value, standard) in [
        ("sharpen", own.sharpen, standard.sharpen),
        ("brightness", own.brightness, standard.brightness),
        ("contrast", own.contrast, standard.contrast),
        ("gamma", own.gamma, standard.gamma),
        ("saturation", own.saturation, standard.saturation),
    ] {
        add(key, value != standard, &|| Some(Value::Number(value)));
    }
    add("quality", true, &|| options.quality.map(|quality| Value::Whole(quality.into())));
    add("format", true, &|| options.format.map(|format| Value::Text(format.to_string())));
    add("compression", options.fast_compression, &|| Some(Value::Text("fast".to_owned())));
    add("metadata", options.metadata != defaults.metadata, &|| {
        Some(Value::Text(options.metadata.to_string()))
    });
    add("anim", options.anim != defaults.anim, &|| Some(Value::Flag(options.anim)));
    add("slow-connection-quality", true, &|| {
        options.slow_connection_quality.map(|quality| Value::Whole(quality.into()))
    });
    entries
}

const FACTOR: &str = "a number above 0";

/// Each option's long name and its short one, which may be the same.
const NAMES: [(&str, &str); 31] = [
    ("width", "w"),
    ("height", "h"),
    ("dpr", "dpr"),
    ("fit", "fit"),
    ("gravity", "g"),
    ("trim", "trim"),
    ("trim.border.color", "trim.border.color"),
    ("trim.border.tolerance", "trim.border.tolerance"),
    ("trim.border.keep", "trim.border.keep"),
    ("rotate", "rotate"),
    ("flip", "flip"),
    ("background", "background"),
    ("border", "border"),
    ("border.color", "border.color"),
    ("blur", "blur"),
    ("sharpen", "sharpen"),
    ("brightness", "brightness"),
    ("contrast", "contrast"),
    ("gamma", "gamma"),
    ("saturation", "saturation"),
    ("quality", "q"),
    ("format", "f"),
    ("compression", "compression"),
    ("metadata", "metadata"),
    ("anim", "anim"),
    ("slow-connection-quality", "scq"),
    ("onerror", "onerror"),
    ("segment", "segment"),
    ("upscale", "upscale"),
    ("zoom", "zoom"),
    ("draw", "draw"),
];

/// The long name of a key, long or short.
pub(super) fn long(key: &str) -> Option<&'static str> {
    NAMES.iter().find(|(long, short)| key == *long || key == *short).map(|(long, _)| *long)
}

/// Whether there is an option of that name.
#[cfg(feature = "serde")]
pub(super) fn is_known(key: &str) -> bool {
    long(key).is_some()
}

/// An option of the hosted service that this library does not have.
fn unsupported(option: &'static str) -> Error {
    let reason = match option {
        "onerror" => "redirecting is the server's",
        "segment" => "nothing is segmented here",
        "upscale" => "pixels are interpolated, not generated",
        "zoom" => "this library recognizes no faces",
        _ => "nothing is drawn over pictures here",
    };
    Error::new(Stage::Options, Cause::UnsupportedOption { option, reason })
}

/// `value` is not what the option `key` takes.
fn wrong(key: &'static str, value: &str, expected: &'static str) -> Error {
    let value = value.chars().take(40).collect();
    Error::new(Stage::Options, Cause::OptionValue { key, value, expected })
}

/// A whole number; `20` and `20.0` are the same.
fn whole<T: TryFrom<u32>>(key: &'static str, value: &str, expected: &'static str) -> Result<T> {
    let digits = value.split_once('.').map_or(value, |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') { whole } else { value }
    });
    let number = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<u32>().ok());
    number.flatten().and_then(|number| T::try_from(number).ok()).ok_or_else(|| wrong(key, value, expected))
}

/// A side of the box.
fn side(key: &'static str, value: &str) -> Result<u32> {
    if value == "auto" {
        let option = if key == "width" { "width=auto" } else { "height=auto" };
        let reason = "only the server knows the width that the client displays";
        return Err(Error::new(Stage::Options, Cause::UnsupportedOption { option, reason }));
    }
    whole(key, value, "a whole number of pixels, 1 or more")
}

fn number(key: &'static str, value: &str, expected: &'static str) -> Result<Decimal> {
    Decimal::parse(value).ok_or_else(|| wrong(key, value, expected))
}

fn color(key: &'static str, value: &str) -> Result<Color> {
    let expected = "#rgb, #rrggbb, #rrggbbaa, rgb(), rgba() or a CSS color name";
    Color::from_str(value).map_err(|_| wrong(key, value, expected))
}

/// 1 to 100, or one of the service's names.
fn quality(key: &'static str, value: &str) -> Result<u8> {
    match value {
        "low" => Ok(35),
        "medium-low" => Ok(50),
        "medium-high" => Ok(70),
        "high" => Ok(90),
        _ => {
            let expected = "a whole number from 1 to 100, low, medium-low, medium-high or high";
            let quality = whole(key, value, expected)?;
            if (1..=100).contains(&quality) { Ok(quality) } else { Err(wrong(key, value, expected)) }
        }
    }
}

/// One number of pixels for all sides, or `top;right;bottom;left`.
fn four(key: &'static str, value: &str) -> Result<[u32; 4]> {
    const EXPECTED: &str = "a whole number of pixels, or four as top;right;bottom;left";
    let mut sides = [0; 4];
    let mut given = value.split(';');
    for side in &mut sides {
        let text = given.next().ok_or_else(|| wrong(key, value, EXPECTED))?;
        *side = whole(key, text, EXPECTED).map_err(|_| wrong(key, value, EXPECTED))?;
        if !value.contains(';') {
            return Ok([*side; 4]);
        }
    }
    if given.next().is_some() { Err(wrong(key, value, EXPECTED)) } else { Ok(sides) }
}

/// `border`, or four numbers. The order in which a border's keys are given does not matter.
fn set_trim(trim: &mut Trim, value: &str) -> Result<()> {
    const EXPECTED: &str = "border, or a whole number of pixels as top;right;bottom;left";
    if value == "border" {
        trim_border(trim, value)?;
        return Ok(());
    }
    match four("trim", value) {
        Ok([top, right, bottom, left]) if value.contains(';') && *trim == Trim::None => {
            *trim = Trim::Sides { top, right, bottom, left };
            Ok(())
        }
        _ => Err(wrong("trim", value, EXPECTED)),
    }
}

/// The border that is trimmed; trimming by numbers of pixels excludes it.
fn trim_border<'a>(trim: &'a mut Trim, value: &str) -> Result<&'a mut TrimBorder> {
    if *trim == Trim::None {
        *trim = Trim::BORDER;
    }
    match trim {
        Trim::Border(border) => Ok(border),
        _ => Err(wrong("trim", value, "either border or four numbers of pixels")),
    }
}
