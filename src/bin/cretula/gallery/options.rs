//! `cretula gallery --options`: one picture for each option.
//!
//! In: the image. Out: a folder with a picture for each entry of the list (`entries`), and
//! `options.html`. Must not know which options there are.

mod entries;
mod page;

use std::path::Path;

use cretula::{
    Format, FormatChoice, NegotiateOptions, OutputOptions, Rendered, Renderer, Request, VariantOptions,
    negotiate, probe,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::{files, print};

use self::entries::{Entry, Group, Of};
use super::Source;

const PAGE: &str = "options.html";

/// The client of the page, for `format=auto`.
const ACCEPT: &str = "image/webp,image/*;q=0.8";

/// What an entry gave.
struct Shown<'a> {
    entry: &'a Entry,
    file: String,
    output: Output,
}

enum Output {
    Picture(Rendered),
    /// `format=json`.
    Description(String),
}

impl Output {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Picture(rendered) => &rendered.bytes,
            Self::Description(text) => text.as_bytes(),
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    page: &'a str,
    pictures: Vec<PictureReport<'a>>,
}

#[derive(Serialize)]
struct PictureReport<'a> {
    options: &'a str,
    file: &'a str,
    bytes: usize,
    warnings: Vec<String>,
}

/// Renders every entry before the first file is written. The first error ends the run.
pub(super) fn run(
    source: &Source,
    folder: &Path,
    json: bool,
    renderer: &mut Renderer,
) -> Result<(), Failure> {
    let sources = Sources::new(source, renderer)?;
    let mut groups = Vec::new();
    let mut number = 0;
    for group in entries::GROUPS {
        let mut shown = Vec::new();
        for entry in group.entries {
            number += 1;
            shown.push(show(entry, number, &sources, renderer)?);
        }
        groups.push((group, shown));
    }

    files::create_folder(folder)?;
    for shown in groups.iter().flat_map(|(_, shown)| shown) {
        files::write_output(&folder.join(&shown.file), shown.output.bytes())?;
    }
    files::write_output(&folder.join(PAGE), page::html(source, &groups).as_bytes())?;
    if json {
        return print::json(&report(&groups));
    }
    print::line(&folder.join(PAGE).display().to_string())
}

fn report<'a>(groups: &'a [(&Group, Vec<Shown<'_>>)]) -> Report<'a> {
    let pictures = groups.iter().flat_map(|(_, shown)| shown).map(|shown| PictureReport {
        options: shown.entry.options,
        file: &shown.file,
        bytes: shown.output.bytes().len(),
        warnings: warnings(&shown.output),
    });
    Report { page: PAGE, pictures: pictures.collect() }
}

fn warnings(output: &Output) -> Vec<String> {
    match output {
        Output::Picture(rendered) => rendered.warnings.iter().map(ToString::to_string).collect(),
        Output::Description(_) => Vec::new(),
    }
}

/// The pictures that entries are rendered from.
struct Sources<'a> {
    image: &'a [u8],
    format: Format,
    framed: Vec<u8>,
    translucent: Vec<u8>,
}

impl<'a> Sources<'a> {
    fn new(source: &'a Source, renderer: &mut Renderer) -> Result<Self, Failure> {
        let mut made = |texts: &[&str]| {
            texts.iter().try_fold(source.bytes.clone(), |bytes, text| {
                let request = Request::new(text.parse::<VariantOptions>()?);
                Ok::<_, Failure>(renderer.render(&bytes, &request)?.bytes)
            })
        };
        let framed = made(&entries::FRAMED)?;
        let translucent = made(&entries::TRANSLUCENT)?;
        Ok(Self { image: &source.bytes, format: source.format, framed, translucent })
    }

    /// A source, and the output format without an option.
    fn of(&self, of: Of) -> (&[u8], Format) {
        match of {
            Of::Image => (self.image, self.format),
            Of::Framed => (&self.framed, Format::Png),
            Of::Translucent => (&self.translucent, Format::Png),
        }
    }
}

fn show<'a>(
    entry: &'a Entry,
    number: usize,
    sources: &Sources<'_>,
    renderer: &mut Renderer,
) -> Result<Shown<'a>, Failure> {
    let failed = |error: cretula::Error| Failure::from(error).about(entry.options);
    let variant: VariantOptions = entry.options.parse().map_err(failed)?;
    let (source, mut format) = sources.of(entry.of);
    if variant.format == Some(FormatChoice::Auto) {
        let info = probe(source, renderer.limits()).map_err(failed)?;
        format = negotiate(ACCEPT, &info, &NegotiateOptions::new()).format;
    }
    // Only the entries with `slow-connection-quality` depend on it.
    let output = OutputOptions::new().format(format).slow_connection(true);
    let request = Request::new(variant).output(output);
    let output = if variant.format == Some(FormatChoice::Json) {
        Output::Description(renderer.describe(source, &request).map_err(failed)?)
    } else {
        Output::Picture(renderer.render(source, &request).map_err(failed)?)
    };
    let extension = match &output {
        Output::Picture(rendered) => rendered.info.format.extension(),
        Output::Description(_) => "json",
    };
    Ok(Shown { entry, file: format!("{number:02}-{}.{extension}", slug(entry.options)), output })
}

/// Letters, digits and hyphens: part of a file name that needs no escape in a URL.
fn slug(options: &str) -> String {
    let mut slug = String::with_capacity(options.len());
    for character in options.replace('%', "").chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_need_no_escape() {
        assert_eq!(slug("trim=border,trim.border.color=%23abc"), "trim-border-trim-border-color-23abc");
        assert_eq!(slug("background=rgb(1,2,3)"), "background-rgb-1-2-3");
    }
}
