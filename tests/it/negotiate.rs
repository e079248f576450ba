//! Content negotiation by this build: the cases of `tests/cases/negotiate.toml`, and headers that are made at random. The unit
//! tests of `src/negotiate.rs` run the same cases for every build.

use std::str::FromStr;

use cretula::{Format, Limits, NegotiateOptions, Source, negotiate, probe};
use proptest::prelude::*;
use proptest::sample::select;

fn format(accept: &[u8], source: Source) -> Format {
    negotiate(accept, source, &NegotiateOptions::new()).format
}

fn sources() -> [Source; 3] {
    let gif = Source::new(Format::Gif).has_alpha(true).frames(12);
    [Source::new(Format::Jpeg), Source::new(Format::Png).has_alpha(true), gif]
}

#[test]
fn cases() {
    #[derive(serde::Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        accept: String,
        jpeg: [String; 4],
        png: [String; 4],
        gif: [String; 4],
    }
    let cases: Cases = toml::from_str(include_str!("../cases/negotiate.toml")).unwrap();
    assert!(cases.case.len() >= 40);
    for Case { name, accept, jpeg, png, gif } in cases.case {
        for (source, answers) in sources().into_iter().zip([jpeg, png, gif]) {
            // This version writes WebP and animations, but not AVIF, which no animation becomes.
            let build = if source.frames > 1 { 3 } else { 1 };
            let expected = Format::from_str(&answers[build]).unwrap();
            let answer = negotiate(&accept, source, &NegotiateOptions::new());
            assert_eq!((answer.format, answer.vary), (expected, "Accept"), "{name}, from {}", source.format);
        }
    }
}

#[test]
fn what_probe_reports_is_a_source() {
    let info = probe(include_bytes!("../images/rocket.jpg"), &Limits::default()).unwrap();
    let source = Source::from(&info);
    assert_eq!(source, Source::new(Format::Jpeg));
    assert_eq!(negotiate("image/webp", &info, &NegotiateOptions::new()).format, Format::WebP);
}

#[test]
fn an_unwritable_source_becomes_jpeg_or_png_with_alpha() {
    let avif = Source::new(Format::Avif);
    assert_eq!(format(b"image/avif,*/*", avif), Format::Jpeg);
    assert_eq!(format(b"image/avif,*/*", avif.has_alpha(true)), Format::Png);
}

#[cfg(feature = "serde")]
#[test]
fn an_answer_is_json() {
    let answer = negotiate("image/webp", Source::new(Format::Jpeg), &NegotiateOptions::new());
    assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"format":"webp","vary":"Accept"}"#);
}

#[test]
fn a_header_of_a_megabyte_is_read_to_its_end() {
    for part in
        [",", ";", "\"\"", "\\", "a;b=\"\\\",\",", "image/webp;", "image/webp;q=1;", "image/webp;q=0,"]
    {
        let mut header = part.repeat(1_000_000 / part.len()).into_bytes();
        assert_eq!(format(&header, Source::new(Format::Jpeg)), Format::Jpeg, "{part}");
        header.extend_from_slice(b",image/webp");
        assert_eq!(format(&header, Source::new(Format::Jpeg)), Format::WebP, "{part}");
    }
}

/// A header's members, and whether one of them accepts WebP.
fn members() -> impl Strategy<Value = Vec<(String, bool)>> {
    let gap = || select(vec!["", " ", "\t ", "  "]);
    let name =
        select(vec!["image/webp", "IMAGE/WEBP", "image/WebP", "image/png", "image/*", "*/*", "image/avif"]);
    let weight = select(vec![
        "", "q=1", "Q=1.000", "q=0.5", "q=0.001", "q=0", "q=0.000", "q=2", "q=.5", "q=0.5x", "q",
    ]);
    let other =
        select(vec!["", "", "", "level=1", "a=\"image/webp, b;q=1\"", "a=\"\\\",image/webp,\\\\\"", "b"]);
    let member = (name, weight, other, any::<bool>(), gap(), gap()).prop_map(
        |(name, weight, other, weight_first, before, after)| {
            let (first, second) = if weight_first { (weight, other) } else { (other, weight) };
            let text = format!("{before}{name}{after};{before}{first}{after}; {second}{before}");
            let accepts = ["", "q=1", "Q=1.000", "q=0.5", "q=0.001"].contains(&weight) && other.is_empty();
            (text, accepts && name.eq_ignore_ascii_case("image/webp"))
        },
    );
    proptest::collection::vec(member, 0..6)
}

proptest! {
    #[test]
    fn any_bytes_choose_a_format_that_this_build_writes(accept: Vec<u8>) {
        for source in Format::ALL.map(Source::new).into_iter().chain(sources()) {
            prop_assert_ne!(format(&accept, source), Format::Avif);
        }
    }

    #[test]
    fn webp_is_chosen_if_and_only_if_a_member_accepts_it(members in members()) {
        let expected = if members.iter().any(|member| member.1) { Format::WebP } else { Format::Jpeg };
        let texts: Vec<&str> = members.iter().map(|member| member.0.as_str()).collect();
        let header = texts.join(",");
        prop_assert_eq!(format(header.as_bytes(), Source::new(Format::Jpeg)), expected, "{}", header);
    }
}
