//! Any bytes, under small limits: decoding gives what `probe` reports, and every error is caused by
//! the file.
#![no_main]

use cretula::{Renderer, probe};
use cretula_fuzz::{fair, small_limits, whole};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = small_limits();
    let mut renderer = Renderer::with_limits(limits.clone());
    match (probe(bytes, &limits), whole(&mut renderer, bytes)) {
        (Ok(info), Ok(rendered)) => {
            assert_eq!((info.width, info.height), (rendered.info.width, rendered.info.height));
            let again = probe(&rendered.bytes, &limits).expect("our PNG");
            assert_eq!((info.width, info.height, 1), (again.width, again.height, again.orientation));
            // An opaque animation is written with alpha: pixels that stay are transparent.
            assert!(info.has_alpha || !again.has_alpha || info.frames > 1, "alpha that probe did not report");
            assert!((1..=8).contains(&info.orientation) && info.frames >= 1);
        }
        (Ok(_), Err(error)) => fair(&error),
        (Err(refused), Err(error)) => {
            fair(&refused);
            assert_eq!(refused.to_string(), error.to_string());
        }
        (Err(refused), Ok(_)) => panic!("decoded, although probe failed: {refused}"),
    }
});
