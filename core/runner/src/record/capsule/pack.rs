//! Making a capsule.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::{CapsuleError, MARK, Mark, On as _, VERSION};
use crate::record::{Record, Shown, TestRecord};
use crate::status::Status;

/// Logs are packed to a thirtieth at this level, in less time than it takes to read them from a disk.
const LEVEL: i32 = 9;

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// How many files.
    pub files: u64,
    /// What they take unpacked, in bytes.
    pub bytes: u64,
    /// What the capsule takes.
    pub packed: u64,
    /// Files that could not be read, or are none: sockets, pipes, devices.
    pub left_out: Vec<PathBuf>,
}

/// Packs a run into `file`, whole, or, if `failed`, with the directories of those tests alone that did not pass at once.
///
/// # Errors
/// The run goes on, something of it cannot be read, or the file cannot be written. Then there is no file.
pub fn pack(record: &Record, failed: bool, file: &Path) -> Result<Packed, CapsuleError> {
    if record.shown() == Shown::Running {
        return Err(CapsuleError::Running(record.file.id.clone()));
    }
    let dir = record.dir.canonicalize().on("read", &record.dir)?;
    let parent = file
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Beside its final name: what is cut short by a full disk never bears it.
    let unfinished = tempfile::NamedTempFile::new_in(parent).on("write", file)?;
    let encoder = unfinished
        .reopen()
        .and_then(|out| zstd::Encoder::new(out, LEVEL))
        .on("write", file)?;
    let mut packing = Packing {
        archive: Builder::new(encoder),
        root: &dir,
        without: if failed { dull(record)? } else { BTreeSet::new() },
        packed: Packed {
            files: 0,
            bytes: 0,
            packed: 0,
            left_out: Vec::new(),
        },
    };
    let mark = Mark {
        v: VERSION,
        run: record.file.id.clone(),
        dir: super::original(&dir)
            .unwrap_or_else(|| dir.clone())
            .as_path()
            .into(),
        failed,
    };
    let json = serde_json::to_vec(&mark)
        .map_err(io::Error::from)
        .on("write", file)?;
    packing
        .file(Path::new(MARK), json.len() as u64, (0, 0), &json[..])
        .on("write", file)?;
    packing.directory(Path::new(""))?;
    let Packing {
        archive, mut packed, ..
    } = packing;
    archive
        .into_inner()
        .and_then(zstd::Encoder::finish)
        .on("write", file)?;
    packed.packed = unfinished.as_file().metadata().on("write", file)?.len();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    unfinished.as_file().set_permissions(mode).on("write", file)?;
    unfinished
        .persist(file)
        .map_err(|error| error.error)
        .on("write", file)?;
    Ok(packed)
}

/// The directories of tests that have nothing to tell of a failure.
fn dull(record: &Record) -> Result<BTreeSet<PathBuf>, CapsuleError> {
    let tests = record.tests().map_err(io::Error::other).on("read", &record.dir)?;
    let passed = |test: &&TestRecord| matches!(test.status, Some(Status::Passed | Status::Skipped) | None);
    let attempts = tests.iter().filter(passed).flat_map(|test| &test.attempts);
    Ok(attempts.map(|attempt| PathBuf::from(&attempt.dir)).collect())
}

struct Packing<'a, W: Write> {
    archive: Builder<W>,
    root: &'a Path,
    without: BTreeSet<PathBuf>,
    packed: Packed,
}

impl<W: Write> Packing<'_, W> {
    /// Packs what lies in a directory, by name.
    fn directory(&mut self, below: &Path) -> Result<(), CapsuleError> {
        let dir = self.root.join(below);
        let Ok(entries) = fs::read_dir(&dir) else {
            self.packed.left_out.push(below.to_owned());
            return Ok(());
        };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let below = below.join(name);
            if below != Path::new(MARK) && !self.without.contains(&below) {
                self.entry(&below)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, below: &Path) -> Result<(), CapsuleError> {
        let path = self.root.join(below);
        let meta = fs::symlink_metadata(&path).on("read", &path)?;
        if meta.is_dir() {
            self.add(below, EntryType::Directory, 0, modified(&meta), io::empty())
                .on("pack", &path)?;
            return self.directory(below);
        }
        if meta.is_symlink() {
            let target = fs::read_link(&path).on("read", &path)?;
            let mut header = header(EntryType::Symlink, 0, modified(&meta));
            return self
                .archive
                .append_link(&mut header, below, target)
                .on("pack", &path);
        }
        match File::open(&path).ok().filter(|_| meta.is_file()) {
            // A log may grow while it is read; what the header says is what is packed.
            Some(file) => {
                let content = file.chain(io::repeat(0)).take(meta.len());
                self.file(below, meta.len(), modified(&meta), content)
                    .on("pack", &path)
            }
            None => {
                self.packed.left_out.push(below.to_owned());
                Ok(())
            }
        }
    }

    fn file(&mut self, below: &Path, len: u64, mtime: (i64, i64), content: impl io::Read) -> io::Result<()> {
        self.packed.files += 1;
        self.packed.bytes += len;
        self.add(below, EntryType::Regular, len, mtime, content)
    }

    fn add(
        &mut self,
        below: &Path,
        kind: EntryType,
        len: u64,
        mtime: (i64, i64),
        content: impl io::Read,
    ) -> io::Result<()> {
        if kind == EntryType::Regular {
            // Lines without a time are told with that of their file, which the header knows to the second alone.
            let time = format!("{}.{:09}", mtime.0, mtime.1);
            self.archive.append_pax_extensions([("mtime", time.as_bytes())])?;
        }
        let mut header = header(kind, len, mtime);
        self.archive.append_data(&mut header, below, content)
    }
}

/// Seconds and nanoseconds.
fn modified(meta: &fs::Metadata) -> (i64, i64) {
    (meta.mtime(), meta.mtime_nsec())
}

/// Nothing of who made it: neither owner nor permissions are anybody's business elsewhere.
fn header(kind: EntryType, len: u64, mtime: (i64, i64)) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(len);
    header.set_mtime(mtime.0.max(0).unsigned_abs());
    header.set_mode(if kind == EntryType::Directory {
        0o755
    } else {
        0o644
    });
    header.set_uid(0);
    header.set_gid(0);
    header
}
