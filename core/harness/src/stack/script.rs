//! Scripts under a wrapper: a debugger or a checker of memory takes programs only, so the interpreter is named for it.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

/// No kernel reads more of a script's first line.
const LONGEST: u64 = 256;

/// The words with which the kernel would run a script: its interpreter, and what stands behind that in the first line, as
/// one word. Nothing for a program, and for what cannot be read.
pub(super) fn interpreter(program: &Path) -> Vec<OsString> {
    let mut head = Vec::new();
    let read = File::open(program).and_then(|file| file.take(LONGEST).read_to_end(&mut head));
    let Some(line) = read.ok().and_then(|_| first_line(&head)) else {
        return Vec::new();
    };
    let mut words = line.splitn(2, |byte| byte.is_ascii_whitespace());
    let words = words.by_ref().map(<[u8]>::trim_ascii);
    words
        .filter(|word| !word.is_empty())
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect()
}

/// What stands behind `#!`.
fn first_line(head: &[u8]) -> Option<&[u8]> {
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(line.trim_ascii()).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_it_as_the_kernel_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let words = |text: &str| {
            let file = dir.path().join("script");
            std::fs::write(&file, text).unwrap();
            interpreter(&file)
        };
        assert_eq!(words("#!/bin/sh\nexit 0\n"), ["/bin/sh"]);
        assert_eq!(words("#! /usr/bin/env  bash -e \n"), ["/usr/bin/env", "bash -e"]);
        for text in ["\x7fELF", "", "#!\n", "echo hello\n"] {
            assert!(words(text).is_empty(), "{text:?}");
        }
        assert!(interpreter(Path::new("/nowhere")).is_empty());
    }
}
