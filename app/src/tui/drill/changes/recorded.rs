//! Changes as the record has them: in the step that lists them, and in the file beside the steps that shows them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use gkfs_runner::ByteString;
use serde::{Deserialize, Deserializer};

/// What happened to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::tui::drill) enum Kind {
    /// It is new.
    Add,
    /// It is another than it was.
    Mod,
    /// It is gone.
    Del,
}

impl Kind {
    pub(in crate::tui::drill) const ALL: [Kind; 3] = [Kind::Add, Kind::Mod, Kind::Del];

    /// Returns the word that tests say it with.
    pub(in crate::tui::drill) fn word(self) -> &'static str {
        match self {
            Kind::Add => "add",
            Kind::Mod => "mod",
            Kind::Del => "del",
        }
    }

    /// Returns the sign in front of it, which tells the kinds apart without colours too.
    pub(in crate::tui::drill) fn sign(self) -> char {
        match self {
            Kind::Add => '+',
            Kind::Mod => '~',
            Kind::Del => '-',
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Recorded {
    #[serde(rename = "change")]
    pub(in crate::tui::drill) kind: Kind,
    #[serde(deserialize_with = "path")]
    pub(in crate::tui::drill) path: PathBuf,
    /// In what it differs, in words.
    #[serde(default)]
    pub(in crate::tui::drill) what: Vec<String>,
    /// Where it was moved from.
    #[serde(default, deserialize_with = "some_path")]
    pub(in crate::tui::drill) from: Option<PathBuf>,
    #[serde(default)]
    pub(in crate::tui::drill) before: Option<Side>,
    #[serde(default)]
    pub(in crate::tui::drill) now: Option<Side>,
    /// A unified diff of what is text.
    #[serde(default)]
    pub(in crate::tui::drill) diff: Option<String>,
    /// Why there is none, where it would be missed.
    #[serde(default)]
    pub(in crate::tui::drill) note: Option<String>,
}

/// What stood at a path, or stands there now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in crate::tui::drill) struct Side {
    #[serde(rename = "type")]
    pub(in crate::tui::drill) kind: String,
    pub(in crate::tui::drill) mode: u32,
    pub(in crate::tui::drill) uid: u32,
    pub(in crate::tui::drill) gid: u32,
    pub(in crate::tui::drill) size: u64,
    /// Microseconds since the epoch.
    pub(in crate::tui::drill) modified: i64,
    #[serde(default, deserialize_with = "some_path")]
    pub(in crate::tui::drill) link: Option<PathBuf>,
}

impl Recorded {
    /// Returns it as tests say it.
    pub(in crate::tui::drill) fn text(&self) -> String {
        format!("{}:{}", self.kind.word(), self.path.display())
    }
}

/// Reads the lines of the file; one that is no change is passed over.
pub(in crate::tui::drill) fn parse(bytes: &[u8]) -> Vec<Recorded> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

fn to_path(bytes: &ByteString) -> PathBuf {
    OsStr::from_bytes(&bytes.to_bytes()).into()
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    ByteString::deserialize(deserializer).map(|bytes| to_path(&bytes))
}

fn some_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let bytes = Option::<ByteString>::deserialize(deserializer)?;
    Ok(bytes.as_ref().map(to_path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_rubbish_is_passed_over() {
        let text = concat!(
            r#"{"change":"mod","path":"/etc/motd","what":["content","mode"],"later":1,"#,
            r#""before":{"type":"file","mode":420,"uid":0,"gid":0,"size":3,"modified":5},"diff":"-a\n+b\n"}"#,
            "\n",
            r#"{"change":"add","path":{"b64":"L/8="},"from":"/a"}"#,
            "\n",
            r#"{"change":"eat","path":"/"}"#,
            "\n\n\u{0}",
        );
        let changes = parse(text.as_bytes());
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0].text(), "mod:/etc/motd");
        assert_eq!(changes[0].before.as_ref().map(|side| side.mode), Some(0o644));
        assert_eq!(changes[1].path.as_os_str().as_bytes(), b"/\xff");
        assert_eq!(changes[1].from.as_deref(), Some("/a".as_ref()));
    }
}
