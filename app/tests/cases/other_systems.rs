//! Where the program cannot be built, what is said is what to do, and nothing else.

use std::path::Path;
use std::process::Command;

/// What the build script says when it builds for a system.
fn said(script: &Path, system: &str) -> String {
    let done = Command::new(script)
        .env("CARGO_CFG_TARGET_OS", system)
        .env("CARGO_CFG_TARGET_ENV", "gnu")
        .output()
        .expect("the build script runs");
    assert!(done.status.success());
    String::from_utf8(done.stdout).expect("utf-8")
}

#[test]
fn where_it_is_not_linux_the_build_ends_with_one_message() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let script = dir.path().join("build");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let rustc = option_env!("RUSTC").unwrap_or("rustc");
    let made = Command::new(rustc)
        .args(["--edition", "2024", "-o"])
        .args([&script, &source])
        .status();
    assert!(made.expect("rustc").success());
    let text = said(&script, "macos");
    let errors: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("cargo::error="))
        .collect();
    let [error] = errors.as_slice() else {
        panic!("{text}")
    };
    for part in [
        "works on Linux only",
        "container or virtual machine",
        "docker run",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!said(&script, "linux").contains("cargo::error"));
}
