//! Any bytes as JPEG, compared with libjpeg-turbo: files that both accept without warnings have the
//! same samples, files that libjpeg-turbo accepts without warnings are not rejected as malformed,
//! and files that it rejects are not accepted.
#![no_main]

use cretula::{ErrorKind, Format, Renderer, probe};
use cretula_fuzz::{fair, small_limits, whole};
use libfuzzer_sys::fuzz_target;

#[link(name = "judge", kind = "static")]
unsafe extern "C" {
    fn judge_jpeg(
        data: *const u8,
        len: usize,
        width: u32,
        height: u32,
        out: *mut u8,
        out_len: usize,
        warnings: *mut std::ffi::c_long,
        wild: *mut std::ffi::c_int,
    ) -> std::ffi::c_int;
}

fuzz_target!(|bytes: &[u8]| {
    let limits = small_limits();
    let Ok(info) = probe(bytes, &limits) else { return };
    // Orientation is tested by the render target, and a thumbnail is large enough.
    if info.format != Format::Jpeg || info.orientation != 1 || info.width * info.height > 1 << 16 {
        return;
    }
    let ours = whole(&mut Renderer::with_limits(limits), bytes);
    let mut theirs = vec![0; (info.width * info.height * 3) as usize];
    let (mut warnings, mut wild) = (0, 0);
    // SAFETY: pointers and lengths are those of slices that outlive the call.
    let channels = unsafe {
        let (out, len) = (theirs.as_mut_ptr(), theirs.len());
        judge_jpeg(bytes.as_ptr(), bytes.len(), info.width, info.height, out, len, &mut warnings, &mut wild)
    };
    match ours {
        Ok(rendered) if channels > 0 && warnings == 0 && wild == 0 => {
            let (samples, count) = read_png(&rendered.bytes);
            // Gray with an RGB profile, which is kept, is written as RGB.
            if (count, channels) == (3, 1) && info.has_profile {
                theirs = theirs.iter().take(samples.len() / 3).flat_map(|&gray| [gray; 3]).collect();
            } else {
                assert_eq!(count, channels as usize, "samples per pixel");
            }
            theirs.truncate(samples.len());
            let far = samples.iter().zip(&theirs).map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
            assert!(far <= Some(0), "off by {far:?}");
        }
        Ok(_) => {}
        Err(error) => {
            fair(&error);
            // A run past the end of the block: libjpeg stores the coefficient in the last position
            // without a warning.
            let silent = error.to_string().contains("past the end of its block");
            let sound = channels > 0 && warnings == 0 && !silent;
            assert!(!sound || error.kind() != ErrorKind::MalformedImage, "libjpeg accepts it without warnings: {error}");
        }
    }
});

fn read_png(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("our PNG");
    let mut samples = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut samples).expect("our PNG");
    samples.truncate(frame.buffer_size());
    (samples, frame.color_type.samples())
}
