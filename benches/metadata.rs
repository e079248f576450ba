//! The cost of metadata: one tiny render of a JPEG with EXIF (including a thumbnail and a maker
//! note), XMP and Display P3, under each policy, and again with the profile preserved. For
//! comparison: the same with a JPEG without metadata.
//!
//! Where the profile is not preserved, the pixels are converted to sRGB. Building that transform
//! for each render is nine tenths of such a figure.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;

use cretula::{ColorPolicy, Fit, Format, MetadataPolicy, Renderer, Request, VariantOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use exif::{In, Tag};
use img_parts::jpeg::{Jpeg, markers};
use img_parts::{ImageEXIF, ImageICC};

use crate::pictures::{camera, output, with_metadata};

fn benches(c: &mut Criterion) {
    use ColorPolicy::{Preserve, Srgb};
    use MetadataPolicy::{Copyright, Keep, None};
    let bare = camera(64, 48, false);
    let annotated = with_metadata(bare.clone());
    let mut renderer = Renderer::new();

    let mut group = c.benchmark_group("metadata");
    for (name, file, policy, color, carries) in [
        ("none", &annotated, None, Srgb, Carried::default()),
        ("copyright", &annotated, Copyright, Srgb, Carried { exif_fields: 1, ..Carried::default() }),
        ("keep", &annotated, Keep, Srgb, Carried { exif_fields: 7, xmp: true, icc: false }),
        ("none, profile preserved", &annotated, None, Preserve, Carried { icc: true, ..Carried::default() }),
        (
            "keep, profile preserved",
            &annotated,
            Keep,
            Preserve,
            Carried { exif_fields: 7, xmp: true, icc: true },
        ),
        ("nothing to carry: none", &bare, None, Srgb, Carried::default()),
        ("nothing to carry: keep", &bare, Keep, Srgb, Carried::default()),
    ] {
        let options = VariantOptions::new(Fit::Cover, 16, 12).metadata(policy);
        let output = output(Format::Jpeg).color(color);
        let rendered = renderer.render(file, &Request::new(options).output(output.clone())).unwrap();
        assert_eq!(Carried::by(rendered.bytes), carries, "{name}");
        assert_eq!(rendered.warnings, [], "{name}");
        group.bench_function(name, |b| {
            b.iter(|| {
                renderer.render(black_box(file), &Request::new(options).output(output.clone())).unwrap()
            });
        });
    }
    group.finish();
}

/// The metadata of a JPEG.
#[derive(Debug, Default, PartialEq, Eq)]
struct Carried {
    exif_fields: usize,
    xmp: bool,
    icc: bool,
}

impl Carried {
    fn by(file: Vec<u8>) -> Self {
        let file = Jpeg::from_bytes(file.into()).unwrap();
        let exif = file.exif().map(|exif| exif::Reader::new().read_raw(exif.to_vec()).unwrap());
        if let Some(exif) = &exif {
            assert!(exif.get_field(Tag::Copyright, In::PRIMARY).is_some());
            assert!(exif.get_field(Tag::JPEGInterchangeFormat, In::THUMBNAIL).is_none());
        }
        Self {
            exif_fields: exif.map_or(0, |exif| exif.fields().count()),
            xmp: file.segments_by_marker(markers::APP1).any(|part| part.contents().starts_with(b"http:")),
            icc: file.icc_profile().is_some(),
        }
    }
}

criterion_group!(all, benches);
criterion_main!(all);
