//! The overhead of a call through the C ABI over the same call of the Rust API: both in one
//! process, alternating, with the same results. Prints a table; with `--test`, runs each call once.
#![allow(unsafe_code, reason = "it calls the shared library like a C program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench stops where it fails"
)]

use std::env;
use std::ffi::{c_char, c_void};
use std::hint::black_box;
use std::process::Command;
use std::ptr::{null, null_mut};
use std::time::Instant;

use cretula::sign::{Keyring, SignOptions, SigningKey};
use cretula::{Fit, Limits, OutputOptions, Renderer, Request, VariantOptions, place, probe};
use libloading::Library;

const ROCKET: &[u8] = include_bytes!("../tests/images/rocket.jpg");
const ROUNDS: usize = 15;

#[repr(C)]
struct Buffer {
    data: *mut u8,
    len: usize,
}

#[repr(C)]
struct Variant {
    struct_size: usize,
    fit: i32,
    width: u32,
    height: u32,
    metadata: i32,
}

/// Storage for `cretula_info` and `cretula_placement`: the struct size, and room for the other
/// fields.
type Struct = [usize; 8];

type Status = i32;
type Handle = *mut c_void;
type NewRing = unsafe extern "C" fn(usize, *mut Handle, *mut Handle) -> Status;
type Put = unsafe extern "C" fn(Handle, *const c_char, usize, *const c_char, usize, *mut Handle) -> Status;
type Verify =
    unsafe extern "C" fn(Handle, *const c_char, usize, u64, *mut Buffer, *mut u64, *mut Handle) -> Status;
type Probe = unsafe extern "C" fn(*const u8, usize, *const c_void, *mut Struct, *mut Handle) -> Status;
type Place = unsafe extern "C" fn(*const Variant, u32, u32, *mut Struct, *mut Handle) -> Status;
type NewRenderer = unsafe extern "C" fn(*const c_void, *mut Handle, *mut Handle) -> Status;
type Render = unsafe extern "C" fn(
    Handle,
    *const u8,
    usize,
    *const Variant,
    *const c_void,
    *const c_void,
    *mut Buffer,
    *mut c_void,
    *mut Handle,
) -> Status;
type FreeBuffer = unsafe extern "C" fn(*mut Buffer);

fn main() {
    // Packages, features and targets as in `cargo bench --workspace --all-features`, so that Cargo does
    // not compile the core again with others.
    let build = ["build", "--release", "--workspace", "--all-features", "--lib", "--bench", "abi"];
    assert!(Command::new(env!("CARGO")).args(build).status().expect("cargo runs").success());
    let program = env::current_exe().expect("a path");
    let folder = program.parent().and_then(|deps| deps.parent()).expect("target/release");
    // SAFETY: the initializers of this library do nothing.
    let library = unsafe { Library::new(folder.join("libcretula.so")) }.expect("the shared library");
    let once = env::args().any(|argument| argument == "--test");
    println!("| call | Rust, µs | C, µs | difference, µs |\n|---|---|---|---|");
    verify(&library, once);
    geometry(&library, once);
    header(&library, once);
    render(&library, once);
}

fn verify(library: &Library, once: bool) {
    let url = "/ZWd9g1K7eljCn_KDTu_MWA/083eb7b2-5392-4565-b69e-aff66acddd00/public";
    let mut keys = Keyring::new();
    keys.insert(SigningKey::new("default".parse().unwrap(), "secret").unwrap()).unwrap();
    let signed = keys.sign("default", url, &SignOptions::new()).unwrap();
    let mut ring = null_mut();
    // SAFETY: here and below, the symbols have the signatures declared in the header.
    let call = unsafe {
        library.get::<NewRing>("cretula_keyring_new").unwrap()(0, &raw mut ring, null_mut());
        let put = library.get::<Put>("cretula_keyring_put").unwrap();
        assert_eq!(put(ring, c"default".as_ptr(), 7, c"secret".as_ptr(), 6, null_mut()), 0);
        library.get::<Verify>("cretula_keyring_verify").unwrap()
    };
    let rust = || assert!(keys.verify(black_box(&signed), 1).is_ok());
    let c = || {
        let text = black_box(&signed);
        let (text, len) = (text.as_ptr().cast(), text.len());
        // SAFETY: as above; the text lives for the call.
        assert_eq!(unsafe { call(ring, text, len, 1, null_mut(), null_mut(), null_mut()) }, 0);
    };
    compare("verify, one key", 20_000, once, rust, c);
}

fn geometry(library: &Library, once: bool) {
    // SAFETY: as above.
    let call = unsafe { library.get::<Place>("cretula_place").unwrap() };
    let options = VariantOptions::new(Fit::Cover, 320, 320);
    let variant = Variant { struct_size: size_of::<Variant>(), fit: 2, width: 320, height: 320, metadata: 0 };
    let rust = || assert_eq!(place(black_box(4000), 3000, &options).unwrap().canvas.width, 320);
    let c = || {
        let mut out: Struct = [64, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: as above; the struct has the size that it states.
        assert_eq!(unsafe { call(&raw const variant, black_box(4000), 3000, &raw mut out, null_mut()) }, 0);
        assert_eq!(f64::from_bits(black_box(out)[1] as u64), 500.0);
    };
    compare("place", 200_000, once, rust, c);
}

fn header(library: &Library, once: bool) {
    // SAFETY: as above.
    let call = unsafe { library.get::<Probe>("cretula_probe").unwrap() };
    let limits = Limits::default();
    let rust = || assert_eq!(probe(black_box(ROCKET), &limits).unwrap().width, 640);
    let c = || {
        let mut out: Struct = [56, 0, 0, 0, 0, 0, 0, 0];
        let bytes = black_box(ROCKET);
        // SAFETY: as above.
        let status = unsafe { call(bytes.as_ptr(), bytes.len(), null(), &raw mut out, null_mut()) };
        assert_eq!((status, black_box(out)[1] >> 32), (0, 640));
    };
    compare("probe, a JPEG", 20_000, once, rust, c);
}

fn render(library: &Library, once: bool) {
    let options = VariantOptions::new(Fit::Cover, 16, 12);
    let output = OutputOptions::new();
    let small = Renderer::new()
        .render(ROCKET, &Request::new(VariantOptions::new(Fit::Cover, 32, 24)).output(output.clone()))
        .unwrap()
        .bytes;
    let variant = Variant { struct_size: size_of::<Variant>(), fit: 2, width: 16, height: 12, metadata: 0 };
    let mut bench = null_mut();
    // SAFETY: as above.
    let (call, free) = unsafe {
        library.get::<NewRenderer>("cretula_renderer_new").unwrap()(null(), &raw mut bench, null_mut());
        let free = library.get::<FreeBuffer>("cretula_buffer_free").unwrap();
        (library.get::<Render>("cretula_renderer_render").unwrap(), free)
    };
    let mut renderer = Renderer::new();
    let expected = renderer.render(&small, &Request::new(options).output(output.clone())).unwrap().bytes;
    let rust = || {
        assert_eq!(
            renderer.render(black_box(&small), &Request::new(options).output(output.clone())).unwrap().bytes,
            expected
        )
    };
    let c = || {
        let mut out = Buffer { data: null_mut(), len: 0 };
        let (src, none) = (black_box(&small), null_mut());
        // SAFETY: as above; the buffer is read before it is freed, and freed once.
        unsafe {
            let (src, len, variant) = (src.as_ptr(), src.len(), &raw const variant);
            assert_eq!(call(bench, src, len, variant, null(), null(), &raw mut out, none, null_mut()), 0);
            assert_eq!(std::slice::from_raw_parts(out.data, out.len), expected, "byte for byte");
            free(&raw mut out);
        }
    };
    compare("render, 32x24 JPEG to 16x12", 2_000, once, rust, c);
}

/// Medians of alternating rounds, per call.
fn compare(name: &str, calls: usize, once: bool, mut rust: impl FnMut(), mut c: impl FnMut()) {
    let (rounds, calls) = if once { (1, 1) } else { (ROUNDS, calls) };
    let timed = |call: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..calls).for_each(|_| call());
        started.elapsed().as_secs_f64() * 1e6 / calls as f64
    };
    let mut times: Vec<(f64, f64)> = (0..rounds).map(|_| (timed(&mut rust), timed(&mut c))).collect();
    let mut median = |of: fn(&(f64, f64)) -> f64| {
        times.sort_by(|a, b| of(a).total_cmp(&of(b)));
        of(&times[times.len() / 2])
    };
    let (rust, c, more) = (median(|t| t.0), median(|t| t.1), median(|t| t.1 - t.0));
    println!("| {name} | {rust:.3} | {c:.3} | {more:.3} |");
}
