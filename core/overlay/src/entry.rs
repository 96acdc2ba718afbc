//! What stands at a changed path, readable while the view is there and after.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat, openat2};

use crate::changes::{Changes, Kind, Views};
use crate::error::ReadError;
use crate::tree::{file_type, look, target};

/// What kind of thing stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// Nothing any more.
    Deleted,
}

impl EntryKind {
    /// The word that stands for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Symlink => "link",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::Device => "device",
            Self::Deleted => "nothing",
        }
    }
}

/// A changed path as it is now.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What stands there.
    pub kind: EntryKind,
    /// What happened to it.
    pub change: Kind,
    /// Its permissions, without the type.
    pub mode: u32,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its size in bytes.
    pub size: u64,
    pub(crate) mtime: (i64, u64),
    pub(crate) rdev: u64,
    pub(crate) source: Option<Source>,
}

/// Where an entry's bytes are.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) root: Arc<OwnedFd>,
    pub(crate) relative: PathBuf,
}

impl Source {
    /// Opens the directory around the entry, in the source's own tree whatever the links in it say.
    pub(crate) fn parent(&self) -> io::Result<(OwnedFd, Vec<u8>)> {
        let name = self
            .relative
            .file_name()
            .map_or(&b"."[..], |name| name.as_bytes());
        let parent = match self.relative.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
        let directory = openat2(&*self.root, parent, flags, Mode::empty(), resolve)?;
        Ok((directory, name.to_vec()))
    }

    pub(crate) fn open(&self) -> io::Result<File> {
        let (directory, name) = self.parent()?;
        crate::tree::open_file(&directory, &name)
    }
}

impl Entry {
    fn gone() -> Self {
        Self {
            kind: EntryKind::Deleted,
            change: Kind::Del,
            mode: 0,
            uid: 0,
            gid: 0,
            size: 0,
            mtime: (0, 0),
            rdev: 0,
            source: None,
        }
    }

    fn new(change: Kind, stat: &Stat, source: Source) -> Self {
        Self {
            kind: match file_type(stat) {
                FileType::Directory => EntryKind::Directory,
                FileType::Symlink => EntryKind::Symlink,
                FileType::Fifo => EntryKind::Fifo,
                FileType::Socket => EntryKind::Socket,
                FileType::CharacterDevice | FileType::BlockDevice => EntryKind::Device,
                _ => EntryKind::File,
            },
            change,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: stat.st_size.cast_unsigned(),
            mtime: (stat.st_mtime, stat.st_mtime_nsec),
            rdev: stat.st_rdev,
            source: Some(source),
        }
    }

    /// When its content was changed last, in microseconds since the epoch.
    pub fn modified(&self) -> i64 {
        let (seconds, nanoseconds) = self.mtime;
        seconds.saturating_mul(1_000_000) + (nanoseconds / 1000).cast_signed()
    }

    /// Opens a file for reading; anything else is refused.
    pub fn open(&self) -> io::Result<File> {
        match &self.source {
            Some(source) if self.kind == EntryKind::File => source.open(),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Returns a file's bytes, or where a link leads.
    pub fn content(&self) -> io::Result<Vec<u8>> {
        if let (EntryKind::Symlink, Some(source)) = (self.kind, &self.source) {
            let (directory, name) = source.parent()?;
            return target(&directory, &name);
        }
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Returns a file's text.
    pub fn text(&self) -> io::Result<String> {
        String::from_utf8(self.content()?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Returns the entry of each change.
pub(crate) fn entries(views: &Views, changes: &Changes) -> Result<BTreeMap<PathBuf, Entry>, ReadError> {
    changes
        .iter()
        .map(|change| Ok((change.path.clone(), entry(views, change.kind, &change.path)?)))
        .collect()
}

fn entry(views: &Views, kind: Kind, path: &Path) -> Result<Entry, ReadError> {
    let (Some(view), true) = (views.holding(path), kind != Kind::Del) else {
        return Ok(Entry::gone());
    };
    let source = view.source(path);
    let (directory, name) = source.parent().map_err(ReadError::on("find", path))?;
    match look(&directory, &name, path)? {
        Some(stat) => Ok(Entry::new(kind, &stat, source)),
        None => Ok(Entry::gone()),
    }
}

/// Returns what stood at the path before, if anything did.
pub(crate) fn entry_before(views: &Views, path: &Path) -> Option<Entry> {
    let view = views.holding(path)?;
    let source = Source {
        root: Arc::clone(&view.old),
        relative: path.strip_prefix(&view.path).ok()?.to_path_buf(),
    };
    let (directory, name) = source.parent().ok()?;
    let stat = look(&directory, &name, path).ok()??;
    Some(Entry::new(Kind::Mod, &stat, source))
}

impl crate::changes::View {
    fn source(&self, path: &Path) -> Source {
        Source {
            root: Arc::clone(&self.new),
            relative: path.strip_prefix(&self.path).unwrap_or(path).to_path_buf(),
        }
    }
}
