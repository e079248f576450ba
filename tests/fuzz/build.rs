//! Compiles the C parts of two targets: the comparison with libjpeg-turbo, and the program of
//! random calls of the C ABI.

fn main() {
    cc::Build::new().file("targets/libjpeg.c").warnings(true).compile("judge");
    cc::Build::new()
        .file("../../ffi/tests/c/fuzz.c")
        .include("../../include")
        .define("CRETULA_FUZZ_INPUT", None)
        .compile("calls");
    println!("cargo::rustc-link-lib=jpeg");
    println!("cargo::rerun-if-changed=targets/libjpeg.c");
    println!("cargo::rerun-if-changed=../../ffi/tests/c");
    println!("cargo::rerun-if-changed=../../include");
}
