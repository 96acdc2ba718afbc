//! What the expansion of `#[gkfs_harness::test]` calls. Not for use by hand.

use std::time::Duration;

pub use crate::run::run;

/// A test as the macro knows it.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// `module_path!()` of the `#[test]` function, crate name included.
    pub module: &'static str,
    /// Its name.
    pub function: &'static str,
    /// What stands in the brackets of a case's id.
    pub label: Option<&'static str>,
    /// The test's own limit.
    pub timeout_ms: Option<u64>,
    /// The test's package.
    pub manifest_dir: Option<&'static str>,
    /// `CARGO_BIN_EXE_gkfs-stack` of the test's package.
    pub stack_program: Option<&'static str>,
}

impl Test {
    /// `path::name[label]`, with the test binary's name for a group.
    pub fn id(&self) -> String {
        match self.label {
            Some(label) => format!("{}[{label}]", self.module),
            None => format!("{}::{}", self.module, self.function),
        }
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }
}

/// A piece of the line that describes a test in the ELF section `gkfs_tests`.
///
/// The section is lines of JSON, one for each test:
/// `{"name", "id", "file", "line", "tags", "params"?, "description"?, "ignored"?, "timeout_ms"?}`. `name` is
/// libtest's (for `--exact`), `id` the one for people; they differ for cases: `write::empty`, `write[empty]`.
/// `file` is as the compiler was given it, relative to the workspace.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// JSON as it stands.
    Raw(&'static str),
    /// Text inside a JSON string.
    Text(&'static str),
    /// A module path without its crate.
    Module(&'static str),
    /// The same with `::` at its end, if it is not empty.
    Prefix(&'static str),
}

impl Part {
    const fn bytes(&self) -> &'static [u8] {
        match self {
            Self::Raw(text) | Self::Text(text) => text.as_bytes(),
            Self::Module(path) | Self::Prefix(path) => without_crate(path.as_bytes()),
        }
    }

    const fn suffix(&self) -> &'static [u8] {
        match self {
            Self::Prefix(path) if !without_crate(path.as_bytes()).is_empty() => b"::",
            _ => b"",
        }
    }

    const fn escapes(&self, byte: u8) -> bool {
        matches!(self, Self::Text(_)) && (byte == b'"' || byte == b'\\')
    }
}

const fn without_crate(path: &[u8]) -> &[u8] {
    let mut at = 0;
    while at + 1 < path.len() {
        if path[at] == b':' && path[at + 1] == b':' {
            return path.split_at(at + 2).1;
        }
        at += 1;
    }
    &[]
}

/// The length of the line.
pub const fn length(parts: &[Part]) -> usize {
    let (mut total, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].bytes();
        let mut at = 0;
        while at < bytes.len() {
            total += if parts[part].escapes(bytes[at]) { 2 } else { 1 };
            at += 1;
        }
        total += parts[part].suffix().len();
        part += 1;
    }
    total
}

/// The line itself.
pub const fn join<const N: usize>(parts: &[Part]) -> [u8; N] {
    let (mut out, mut end, mut part) = ([0; N], 0, 0);
    while part < parts.len() {
        let (bytes, suffix) = (parts[part].bytes(), parts[part].suffix());
        let mut at = 0;
        while at < bytes.len() + suffix.len() {
            let byte = if at < bytes.len() {
                bytes[at]
            } else {
                suffix[at - bytes.len()]
            };
            if parts[part].escapes(byte) {
                out[end] = b'\\';
                end += 1;
            }
            out[end] = byte;
            end += 1;
            at += 1;
        }
        part += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &[Part] = &[
        Part::Raw("{\"name\":\""),
        Part::Prefix("krate::a::b"),
        Part::Raw("f\",\"id\":\""),
        Part::Module("krate::a::b"),
        Part::Raw("\",\"file\":\""),
        Part::Text("odd\"name.rs"),
        Part::Raw("\"}\n"),
    ];
    static LINE: [u8; length(PARTS)] = join(PARTS);

    #[test]
    fn the_line_is_json_without_the_crate_name() {
        let line: serde_json::Value = serde_json::from_slice(&LINE).unwrap();
        assert_eq!(line["name"], "a::b::f");
        assert_eq!(line["id"], "a::b");
        assert_eq!(line["file"], "odd\"name.rs");
        assert_eq!(Part::Prefix("krate").bytes(), b"");
        assert_eq!(Part::Prefix("krate").suffix(), b"");
    }
}
