//! What has changed, as a list that can be asserted.

use std::fmt;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use serde::ser::{Serialize, SerializeMap, Serializer};

mod compare;
mod renames;
mod view;
mod walk;

pub(crate) use view::{View, Views};
pub(crate) use walk::walk;

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It was not there before.
    Add,
    /// It was there before and is now.
    Mod,
    /// It is not there any more.
    Del,
}

impl Kind {
    /// The three letters that stand for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Mod => "mod",
            Self::Del => "del",
        }
    }
}

/// In what a path differs from what it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Detail {
    /// Its bytes, or where a link leads.
    Content,
    /// Its permissions.
    Mode,
    /// Its user or group.
    Owner,
    /// Its extended attributes.
    Xattr,
    /// The time of its last modification.
    Times,
    /// It is something else now: a directory where a file was.
    Type,
    /// It was moved here.
    Renamed {
        /// From this path.
        from: PathBuf,
    },
}

impl Detail {
    /// The word that stands for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Xattr => "xattr",
            Self::Times => "times",
            Self::Type => "type",
            Self::Renamed { .. } => "renamed",
        }
    }
}

/// When a file that was there before counts as modified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// As soon as it was opened for writing, or otherwise copied into the view.
    #[default]
    CopyUp,
    /// When anything differs that `stat` or reading would show, times included.
    Difference,
    /// When anything but times differs.
    Content,
}

/// One changed path. Its text is `add:/p`, `mod:/p` or `del:/p`, and it compares with such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// To which path.
    pub path: PathBuf,
    /// In what it differs; empty for a plain addition or deletion, and for a file that was only opened.
    pub what: Vec<Detail>,
}

impl Change {
    /// Where it was moved from, if it was.
    pub fn renamed_from(&self) -> Option<&Path> {
        self.what.iter().find_map(|detail| match detail {
            Detail::Renamed { from } => Some(from.as_path()),
            _ => None,
        })
    }

    /// The text with its details: `mod:/etc/passwd (content, mode)`.
    pub fn described(&self) -> String {
        let words: Vec<String> = self
            .what
            .iter()
            .map(|detail| match detail {
                Detail::Renamed { from } => format!("from {}", from.display()),
                other => other.word().to_owned(),
            })
            .collect();
        if words.is_empty() {
            self.to_string()
        } else {
            format!("{self} ({})", words.join(", "))
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.path.display())
    }
}

impl PartialEq<str> for Change {
    fn eq(&self, other: &str) -> bool {
        let text = other
            .strip_prefix(self.kind.word())
            .and_then(|rest| rest.strip_prefix(':'));
        text == Some(&*self.path.to_string_lossy())
    }
}

impl PartialEq<&str> for Change {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// `{"change":"mod","path":"/p","what":["content"],"from":"/q"}`; a path that is no text is `{"b64":…}`.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("change", self.kind.word())?;
        map.serialize_entry("path", &Bytes(&self.path))?;
        if !self.what.is_empty() {
            let words: Vec<&str> = self.what.iter().map(Detail::word).collect();
            map.serialize_entry("what", &words)?;
        }
        if let Some(from) = self.renamed_from() {
            map.serialize_entry("from", &Bytes(from))?;
        }
        map.end()
    }
}

struct Bytes<'a>(&'a Path);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_str() {
            Some(text) => serializer.serialize_str(text),
            None => {
                let mut map = serializer.serialize_map(Some(1))?;
                let bytes = self.0.as_os_str().as_bytes();
                map.serialize_entry("b64", &base64::engine::general_purpose::STANDARD.encode(bytes))?;
                map.end()
            }
        }
    }
}

/// All changes of a view, sorted by path. They compare with a list of texts:
/// `assert_eq!(changes, ["add:/p", "del:/q"])`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(pub(crate) Vec<Change>);

impl Changes {
    /// Sorts by the bytes of the path, as a list of strings would be.
    pub(crate) fn sorted(mut changes: Vec<Change>) -> Self {
        changes.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
        Self(changes)
    }

    /// The change of this path, if it has one.
    pub fn of(&self, path: impl AsRef<Path>) -> Option<&Change> {
        self.0.iter().find(|change| change.path == path.as_ref())
    }

    /// The changes whose path satisfies the condition.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Path) -> bool) -> Self {
        Self(
            self.0
                .iter()
                .filter(|change| keep(&change.path))
                .cloned()
                .collect(),
        )
    }

    /// The changes as texts.
    pub fn to_strings(&self) -> Vec<String> {
        self.0.iter().map(Change::to_string).collect()
    }
}

impl Deref for Changes {
    type Target = [Change];

    fn deref(&self) -> &[Change] {
        &self.0
    }
}

impl FromIterator<Change> for Changes {
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        Self::sorted(changes.into_iter().collect())
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Changes {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: AsRef<str>> PartialEq<[T]> for Changes {
    fn eq(&self, other: &[T]) -> bool {
        self.0.len() == other.len()
            && self
                .0
                .iter()
                .zip(other)
                .all(|(change, text)| change == text.as_ref())
    }
}

impl<T: AsRef<str>, const N: usize> PartialEq<[T; N]> for Changes {
    fn eq(&self, other: &[T; N]) -> bool {
        self == other.as_slice()
    }
}

impl<T: AsRef<str>> PartialEq<Vec<T>> for Changes {
    fn eq(&self, other: &Vec<T>) -> bool {
        self == other.as_slice()
    }
}
