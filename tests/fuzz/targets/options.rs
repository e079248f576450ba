//! Any text: options are printed and parsed again as the same value, as text and as JSON, or rejected
//! with an error of one line. Any header: `negotiate` answers a format that is written.
#![no_main]

use cretula::{Format, Limits, NegotiateOptions, Source, VariantOptions, negotiate};
use cretula_fuzz::fair;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let source = Source::new(Format::Jpeg).has_alpha(input.len() % 2 == 0).frames(input.len() as u32 % 3);
    let chosen = negotiate(input, source, &NegotiateOptions::new());
    assert!([Format::Jpeg, Format::WebP].contains(&chosen.format));
    let Ok(text) = std::str::from_utf8(input) else { return };
    let options: VariantOptions = match text.parse() {
        Ok(options) => options,
        Err(error) => return fair(&error),
    };
    let canonical = options.to_string();
    assert_eq!(canonical.parse::<VariantOptions>().expect("as printed"), options);
    assert_eq!(canonical.parse::<VariantOptions>().expect("as printed").to_string(), canonical);
    let json = serde_json::to_string(&options).expect("options");
    let read = VariantOptions::from_json(&json, &Limits::default());
    let has_side = options.width.or(options.height).is_some();
    assert_eq!(read.is_ok(), has_side && options.check(&Limits::default()).is_ok(), "{json}");
    if let Ok(read) = read {
        assert_eq!(read, options);
    }
});
