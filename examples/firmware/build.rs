//! Owns how the images are linked: with the script that cortex-m-rt or riscv-rt brings.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    // No segment need begin at a page of an operating system.
    println!("cargo:rustc-link-arg-bins=--nmagic");
}
