//! Builds the client library and hands its bytes to `embed`.
//!
//! A nested cargo build, because a shared library of another package is no dependency that cargo can link: with
//! its own target directory, as this build holds the lock of the outer one, and with its own profile.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const LIBRARY: &str = "libgkfs_intercept.so";

/// What the outer build sets for itself and the nested one must not inherit.
const OUTER: &[&str] = &[
    "RUSTC",
    "RUSTDOC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_MAKEFLAGS",
    "MAKEFLAGS",
    "LLVM_PROFILE_FILE",
];

fn main() {
    let out = PathBuf::from(variable("OUT_DIR"));
    let embedded = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let workspace = embedded
        .ancestors()
        .nth(2)
        .expect("the crate lies two directories below the workspace");
    for path in [
        "core/embedded/preload",
        "core/embedded/proto",
        "Cargo.lock",
        "Cargo.toml",
    ] {
        println!("cargo::rerun-if-changed={}", workspace.join(path).display());
    }
    println!("cargo::rerun-if-changed={}", embedded.join("build.rs").display());

    let library = out.join(LIBRARY);
    if variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ARCH") == "x86_64" {
        fs::copy(build(workspace, &out), &library).expect("the client library can be copied");
    } else {
        // The stack says so when it is asked for.
        fs::write(&library, b"").expect("OUT_DIR can be written");
    }
}

/// Builds the library and returns where it is.
fn build(workspace: &Path, out: &Path) -> PathBuf {
    let (target, target_dir) = (variable("TARGET"), out.join("preload-target"));
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .current_dir(workspace)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "gkfs-preload",
            "--profile",
            "preload",
        ])
        .args(["--target", &target])
        .arg("--target-dir")
        .arg(&target_dir);
    for name in OUTER {
        cargo.env_remove(name);
    }
    let output = cargo.output().expect("cargo can be started");
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        panic!("the client library (package gkfs-preload) does not build:\n{text}\n{cargo:?}");
    }
    target_dir.join(target).join("preload").join(LIBRARY)
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}
