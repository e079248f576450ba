//! Any bytes as JPEG, judged by libjpeg-turbo: what both take without a word shows the same samples, what it takes
//! without a word is not refused as malformed, and what it refuses is not taken.
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
    // Turned samples are the render target's business, and a thumbnail is enough of a picture.
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
            assert_eq!(count, channels as usize, "samples a pixel");
            theirs.truncate(samples.len());
            let far = samples.iter().zip(&theirs).map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
            assert!(far <= Some(0), "off by {far:?}");
        }
        Ok(_) => {}
        Err(error) => {
            fair(&error);
            // A coefficient whose run leads past the block: libjpeg puts it into the last place without a word.
            let silent = error.to_string().contains("past the end of its block");
            let sound = channels > 0 && warnings == 0 && !silent;
            assert!(!sound || error.kind() != ErrorKind::MalformedImage, "libjpeg sees nothing wrong: {error}");
        }
    }
});

fn read_png(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG of ours");
    let mut samples = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut samples).expect("a PNG of ours");
    samples.truncate(frame.buffer_size());
    (samples, frame.color_type.samples())
}
