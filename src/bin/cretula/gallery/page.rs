//! The web page of the gallery, and the parts that it shares with the page of options.
//!
//! In: the image and its variants. Out: HTML that needs only the files next to it. Must not know
//! how they were rendered.

use std::fmt::Write;

use cretula::{Fit, Rendered};

use super::{Cell, Picture, Row, Source};

const STYLE: &str = "\
:root { color-scheme: light dark; --paper: light-dark(#f3f4f6, #15181d); --card: light-dark(#fff, #1f242b);
  --ink: light-dark(#161b22, #e8eaee); --gray: light-dark(#5c6673, #98a2b0); --line: light-dark(#d9dde3, #333a44); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 80rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.8rem; margin: 0; } h2 { font-size: 1.2rem; margin: 3rem 0 1rem; } p { margin: .25rem 0 0; }
.lead, figcaption p { color: var(--gray); }
.sheet { display: block; width: 100%; height: auto; margin-top: 2rem; border-radius: .75rem; }
.row { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
figure { margin: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.stage { display: grid; place-items: center; height: 14rem; margin-bottom: .75rem; }
.stage img { max-width: 100%; max-height: 14rem; outline: 1px solid var(--line);
  background: repeating-conic-gradient(#fff 0 25%, #d4d8de 0 50%) 0 0 / 16px 16px; }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; } code { font-size: .9em; }
figcaption a { color: inherit; }
.numbers { font-variant-numeric: tabular-nums; }
";

/// The whole page.
pub(super) fn html(source: &Source, rows: &[Row], sheet: &Picture, strip: Option<&Picture>) -> String {
    let name = escaped(&source.name);
    let mut page = start(&format!("Five fits of {name}"), &lead(source));
    let alt = format!("All variants of {name} side by side, each with the requested box");
    page.push_str(&picture(sheet, &alt));
    if let Some(strip) = strip {
        page.push_str(&picture(strip, &format!("Frames of {name}, each with the time at which it is shown")));
    }
    for row in rows {
        let (width, height) = row.bounds.size;
        let relation = row.bounds.relation;
        let comma = if relation.is_empty() { "" } else { ", " };
        let _ =
            write!(page, "<h2>Box {width}&nbsp;×&nbsp;{height}{comma}{relation}</h2>\n<div class=\"row\">\n");
        for cell in &row.cells {
            let Cell { fit, rendered, file, .. } = cell;
            let alt = format!("{name}, {fit} in a box of {width} by {height}");
            page.push_str(&figure(&fit.to_string(), &alt, rendered, file, sentence(*fit)));
        }
        page.push_str("</div>\n");
    }
    page.push_str("</html>\n");
    page
}

/// A picture as wide as the page. `alt` is HTML.
fn picture(Picture { file, size: (width, height) }: &Picture, alt: &str) -> String {
    format!("<img class=\"sheet\" src=\"{file}\" width=\"{width}\" height=\"{height}\" alt=\"{alt}\">\n")
}

/// The page up to its first paragraph. The arguments are HTML.
pub(super) fn start(title: &str, lead: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n\
         <h1>{title}</h1>\n<p class=\"lead\">{lead}</p>\n"
    )
}

/// The size of the image, and of the copy that the variants are rendered from.
pub(super) fn lead(source: &Source) -> String {
    let (width, height) = source.full;
    let copy = if source.full == source.size {
        String::new()
    } else {
        format!(
            " The variants below are rendered from a copy of {}&nbsp;×&nbsp;{}&nbsp;px.",
            source.size.0, source.size.1
        )
    };
    format!("The image is {width}&nbsp;×&nbsp;{height}&nbsp;px as displayed.{copy}")
}

/// One variant with its size and its file. `heading`, `alt` and `text` are HTML.
pub(super) fn figure(heading: &str, alt: &str, rendered: &Rendered, file: &str, text: &str) -> String {
    let (width, height, bytes) = (rendered.info.width, rendered.info.height, thousands(rendered.bytes.len()));
    format!(
        "<figure><div class=\"stage\"><img src=\"{file}\" width=\"{width}\" height=\"{height}\" \
         style=\"width:auto;height:auto\" loading=\"lazy\" alt=\"{alt}: {width} by {height} pixels\"></div>\n\
         <figcaption><h3>{heading}</h3><span class=\"numbers\">{width}&nbsp;×&nbsp;{height}&nbsp;px, \
         {bytes}&nbsp;bytes</span> · <a href=\"{file}\"><code>{file}</code></a>\n<p>{text}</p></figcaption></figure>\n"
    )
}

/// Describes a fit.
fn sentence(fit: Fit) -> &'static str {
    match fit {
        Fit::ScaleDown => "Scales the image down to fit inside the box; never enlarges it.",
        Fit::Contain => "Scales the image to fit inside the box, enlarging if necessary.",
        Fit::Cover => "Scales to fill the box, enlarging if necessary, and crops the overflow.",
        Fit::Crop => "Like cover, but never enlarges: a smaller image is only cropped.",
        Fit::Pad => "Like contain, then padded to the size of the box: white, unless a background is given.",
        Fit::Squeeze => "Scales to exactly the box, without keeping the aspect ratio.",
        Fit::ScaleUp => "Like contain, but never reduces.",
        Fit::AspectCrop => "Crops to the aspect ratio of the box; never enlarges.",
        _ => fit.as_str(),
    }
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_numbers_are_grouped() {
        assert_eq!(escaped("<a \"b\"&c>"), "&lt;a &quot;b&quot;&amp;c&gt;");
        assert_eq!(["7", "999"].map(str::to_owned), [thousands(7), thousands(999)]);
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
