//! Owns the choice of the board's memory map: the linker script of the runtime includes it by the name memory.x.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let board = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("arm") => "mps2_an385.x",
        Ok("riscv32") => "virt.x",
        other => panic!("no board for {other:?}: the targets are thumbv7m-none-eabi and riscv32imac-unknown-none-elf"),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    fs::copy(board, out.join("memory.x")).expect("the memory map can be copied");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed={board}");
    println!("cargo:rerun-if-changed=build.rs");
}
