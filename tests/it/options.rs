//! Options as text and as JSON: the cases of `tests/cases/options.toml`, and properties of any text.

use cretula::{
    Border, Color, Decimal, Effects, ErrorKind, Fit, Flip, FormatChoice, Gravity, Limits, MetadataPolicy,
    Rotation, Trim, TrimBorder, VariantOptions,
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// A text with its canonical form or a part of its error's message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    canonical: Option<String>,
    error_contains: Option<String>,
}

#[test]
fn texts_have_a_canonical_form_or_an_error_that_names_the_value() {
    let cases: Cases = toml::from_str(include_str!("../cases/options.toml")).unwrap();
    assert!(cases.case.len() > 100);
    for Case { text, canonical, error_contains } in cases.case {
        match (text.parse::<VariantOptions>(), canonical, error_contains) {
            (Ok(options), Some(canonical), None) => {
                assert_eq!(options.to_string(), canonical, "{text}");
                assert_eq!(canonical.parse::<VariantOptions>().unwrap(), options, "{text}");
                options.check(&Limits::default()).unwrap();
            }
            (Err(error), None, Some(part)) => {
                assert_eq!((error.kind(), error.http_status()), (ErrorKind::InvalidArgument, 400), "{text}");
                assert!(error.to_string().contains(&part), "{text}: {error}");
            }
            (result, ..) => panic!("{text}: {result:?}"),
        }
    }
}

fn decimals(range: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = Decimal> {
    let (start, end) = range.into_inner();
    prop_oneof![
        (start..=end).prop_map(Decimal::from_millionths),
        (start.div_ceil(100_000)..=end / 100_000)
            .prop_map(|tenths| Decimal::from_millionths(tenths * 100_000)),
    ]
}

fn colors() -> impl Strategy<Value = Color> {
    prop_oneof![any::<u32>(), any::<u32>().prop_map(|word| word | 0xff)].prop_map(|word| {
        let [red, green, blue, alpha] = word.to_be_bytes();
        Color { red, green, blue, alpha }
    })
}

fn trims() -> impl Strategy<Value = Trim> {
    let border = (prop::option::of(colors()), any::<u8>(), 0..100_u32)
        .prop_map(|(color, tolerance, keep)| Trim::Border(TrimBorder { color, tolerance, keep }));
    let sides = prop::array::uniform4(0..9000_u32).prop_map(|[top, right, bottom, left]| {
        match top + right + bottom + left {
            0 => Trim::None,
            _ => Trim::Sides { top, right, bottom, left },
        }
    });
    prop_oneof![Just(Trim::None), Just(Trim::BORDER), border, sides]
}

fn gravities() -> impl Strategy<Value = Gravity> {
    let fractions = || prop_oneof![Just(0), Just(500_000), Just(1_000_000), 0..=1_000_000_u32];
    let point = |(x, y)| Gravity::Point { x: Decimal::from_millionths(x), y: Decimal::from_millionths(y) };
    prop_oneof![Just(Gravity::Auto), (fractions(), fractions()).prop_map(point)]
}

fn effects() -> impl Strategy<Value = Effects> {
    let factor = || prop_oneof![Just(Decimal::ONE), decimals(1..=u32::MAX), decimals(1..=3_000_000)];
    let saturation = prop_oneof![Just(Decimal::ONE), Just(Decimal::ZERO), decimals(0..=3_000_000)];
    let blur = prop::option::of(decimals(1_000_000..=250_000_000));
    let sharpen = prop_oneof![Just(Decimal::ZERO), decimals(0..=10_000_000)];
    (factor(), factor(), factor(), saturation, blur, sharpen).prop_map(
        |(brightness, contrast, gamma, saturation, blur, sharpen)| {
            let mut effects = Effects::new();
            (effects.brightness, effects.contrast, effects.gamma) = (brightness, contrast, gamma);
            (effects.saturation, effects.blur, effects.sharpen) = (saturation, blur, sharpen);
            effects
        },
    )
}

fn borders() -> impl Strategy<Value = Border> {
    let border = |(sides, color): ([u32; 4], Color)| match sides {
        [0, 0, 0, 0] => Border::NONE,
        sides => Border::sides(sides, color),
    };
    let uncolored = |width| {
        let mut border = Border::new(width, Color::WHITE);
        border.color = None;
        border
    };
    prop_oneof![
        Just(Border::NONE),
        (1..50_u32).prop_map(uncolored),
        (prop::array::uniform4(0..40_u32), colors()).prop_map(border),
    ]
}

const FORMATS: [FormatChoice; 8] = [
    FormatChoice::Auto,
    FormatChoice::Format(cretula::Format::Avif),
    FormatChoice::Format(cretula::Format::WebP),
    FormatChoice::Format(cretula::Format::Jpeg),
    FormatChoice::BaselineJpeg,
    FormatChoice::Format(cretula::Format::Png),
    FormatChoice::Format(cretula::Format::Gif),
    FormatChoice::Json,
];

prop_compose! {
    /// Any valid options with at least one side.
    fn options()(
        (fit, width, height) in (prop::sample::select(&Fit::ALL[..]), 1..=12_000_u32, prop::option::of(1..=12_000_u32)),
        metadata in prop::sample::select(&MetadataPolicy::ALL[..]),
        dpr in prop_oneof![Just(Decimal::ONE), decimals(1..=3_000_000)],
        gravity in gravities(),
        trim in trims(),
        flip in prop::sample::select(&Flip::ALL[..]),
        rotate in prop::sample::select(&Rotation::ALL[..]),
        background in prop::option::of(colors()),
        border in borders(),
        effects in effects(),
        (quality, slow) in (prop::option::of(1..=100_u8), prop::option::of(1..=100_u8)),
        (format, fast, anim) in (prop::option::of(prop::sample::select(&FORMATS[..])), any::<bool>(), any::<bool>()),
    ) -> VariantOptions {
        let mut options = VariantOptions::with_width(fit, width).metadata(metadata).gravity(gravity).trim(trim);
        (options.height, options.dpr) = (height, dpr);
        (options.flip, options.rotate, options.background) = (flip, rotate, background);
        (options.border, options.effects) = (border, effects);
        (options.quality, options.slow_connection_quality) = (quality, slow);
        (options.format, options.fast_compression, options.anim) = (format, fast, anim);
        options
    }
}

proptest! {
    #[test]
    fn options_are_parsed_as_they_are_printed(options in options()) {
        options.check(&Limits::default()).unwrap();
        let text = options.to_string();
        let parsed: VariantOptions = text.parse().unwrap();
        prop_assert_eq!(parsed, options, "{}", text);
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#\"<>".contains(&byte)), "{}", text);
    }

    #[test]
    fn options_are_read_as_they_are_written_as_json(options in options()) {
        let json = serde_json::to_string(&options).unwrap();
        prop_assert_eq!(VariantOptions::from_json(&json, &Limits::default()).unwrap(), options, "{}", json);
    }

    #[test]
    fn any_text_is_options_or_an_error_of_one_line(text in any::<String>()) {
        if let Err(error) = text.parse::<VariantOptions>() {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    /// Texts from pieces of valid ones: what is accepted has a canonical text that means the same.
    #[test]
    fn mixed_up_texts_are_canonical_after_one_pass(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..12),
    ) {
        let text = pieces.concat();
        match text.parse::<VariantOptions>() {
            Ok(options) => {
                let canonical = options.to_string();
                prop_assert_eq!(canonical.parse::<VariantOptions>().unwrap(), options);
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::InvalidArgument),
        }
    }
}

const PIECES: &[&str] = &[
    ",",
    ",",
    ",",
    "=",
    ";",
    "w=",
    "h=",
    "fit=",
    "cover",
    "g=",
    "auto",
    "0.5x",
    "1",
    "20",
    ".",
    "5",
    "trim=",
    "border",
    ".color=",
    "trim.border.",
    "tolerance=",
    "keep=",
    "rgb(1,2,3)",
    "rgba(1,2,3,0.5)",
    "%23abc",
    "#ff0",
    "red",
    "blur=",
    "sharpen=",
    "q=",
    "low",
    "f=",
    "jpeg",
    "rotate=90",
    "flip=hv",
    "-",
    "x",
    "%2C",
    "%",
    "(",
    ")",
];

#[test]
fn json_groups_what_texts_join() {
    let limits = Limits::default();
    let read = |json: &str| {
        let json = json.replace('\'', "\"");
        VariantOptions::from_json(&json, &limits).map(|options| options.to_string())
    };
    let same = |json: &str, text: &str| assert_eq!(read(json).unwrap(), text, "{json}");
    let base = "'fit':'cover','metadata':'copyright','width':9,'height':8";
    let full = |rest: &str| format!("{{{base},{rest}}}");
    let text = |rest: &str| format!("width=9,height=8,fit=cover,{rest}");
    same(&full("'gravity':{'x':0.25,'y':1}"), &text("gravity=0.25x1"));
    same(&full("'gravity':'auto','dpr':2"), "width=9,height=8,dpr=2,fit=cover,gravity=auto");
    same(&full("'trim':{'top':1,'left':4}"), &text("trim=1;0;0;4"));
    same(&full("'trim':{'border':true}"), &text("trim=border"));
    same(
        &full("'trim':{'border':{'color':'#fff','tolerance':3,'keep':2}}"),
        &text("trim=border,trim.border.color=%23ffffff,trim.border.tolerance=3,trim.border.keep=2"),
    );
    same(&full("'border':{'width':3,'color':'red'}"), &text("border=3,border.color=%23ff0000"));
    same(&full("'border':{'top':1,'color':'red'}"), &text("border=1;0;0;0,border.color=%23ff0000"));
    same(&full("'blur':20,'browser_ttl':3600,'background':null"), &text("blur=20"));
    same(&full("'rotate':90,'flip':'h','anim':false"), &text("rotate=90,flip=h,anim=false"));
    for (json, part) in [
        (full("'blur':0"), "blur must be a number from 1 to 250"),
        (full("'gravity':'face'"), "gravity=face is not supported"),
        (full("'draw':[]"), "draw is not supported"),
        (full("'quality':101"), "quality must be"),
        ("{'fit':'cover','metadata':'none'}".to_owned(), "width and height are both missing"),
    ] {
        let error = read(&json).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{json}");
        assert!(error.to_string().contains(part), "{json}: {error}");
    }
}
