//! What a file system can do, found out by doing it.
//!
//! The real GekkoFS refuses much of POSIX by design, and what it supports depends on its version and build. So a test that
//! needs something asks for it, and is skipped with the file system's own answer where it is missing.

use std::path::{Path, PathBuf};

use gkfs_io::Fd;
use serde_json::json;

use crate::operations::Operations;
use crate::oracle::TryingOut;
use crate::outcome::skip;
use crate::steps::Steps;

/// Something that not every file system can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cap {
    /// Rename a file.
    Rename,
    /// Rename a file over another one.
    RenameReplace,
    /// Rename a directory with what lies in it.
    RenameDir,
    /// Refuse to rename into a directory that is not there.
    RenameChecked,
    /// Refuse what a descriptor is not open for.
    DescriptorMode,
    /// Refuse to open a directory for writing.
    DirectoryKind,
    /// Zeros where a file has a chunk that was never written.
    ChunkHoles,
    /// Refuse names of more than 255 bytes.
    NameMax,
    /// Symbolic links.
    Symlink,
    /// Hard links.
    HardLink,
    /// Change permissions.
    Chmod,
    /// Extended attributes.
    Xattr,
    /// Allocate space for a file.
    Fallocate,
    /// Copy inside the file system.
    CopyFileRange,
    /// Shared writable mappings.
    MmapWrite,
    /// Descriptors that only name a file, `O_PATH`.
    OpenPath,
    /// Set times.
    Utimens,
    /// File mode creation mask.
    Umask,
    /// Serve a child made by `fork`, as shells make them for pipes, subshells and redirections.
    Fork,
}

impl Cap {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Rename,
        Self::RenameReplace,
        Self::RenameDir,
        Self::RenameChecked,
        Self::DescriptorMode,
        Self::DirectoryKind,
        Self::ChunkHoles,
        Self::NameMax,
        Self::Symlink,
        Self::HardLink,
        Self::Chmod,
        Self::Xattr,
        Self::Fallocate,
        Self::CopyFileRange,
        Self::MmapWrite,
        Self::OpenPath,
        Self::Utimens,
        Self::Umask,
        Self::Fork,
    ];

    /// What it is called in reasons and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::RenameReplace => "rename-replace",
            Self::RenameDir => "rename-dir",
            Self::RenameChecked => "rename-checked",
            Self::DescriptorMode => "descriptor-mode",
            Self::DirectoryKind => "directory-kind",
            Self::ChunkHoles => "chunk-holes",
            Self::NameMax => "name-max",
            Self::Symlink => "symlink",
            Self::HardLink => "link",
            Self::Chmod => "chmod",
            Self::Xattr => "xattr",
            Self::Fallocate => "fallocate",
            Self::CopyFileRange => "copy_file_range",
            Self::MmapWrite => "mmap_write",
            Self::OpenPath => "O_PATH",
            Self::Utimens => "utimensat",
            Self::Umask => "umask",
            Self::Fork => "fork",
        }
    }
}

/// Skips the test unless the file system at `mountdir` can do it. Our own `gkfs.io` is needed for most: probe with a
/// [`Session`](crate::Session).
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test(tags("posix"))]
/// fn attributes_are_kept(daemon: &Daemon, session: &Session) {
///     require(session, daemon.mountdir(), Cap::Xattr);
///     // …
/// }
/// # fn main() {}
/// ```
#[track_caller]
pub fn require(ops: &impl Operations, mountdir: impl AsRef<Path>, cap: Cap) {
    if let Err(refusal) = probe(ops, mountdir, cap) {
        skip(format!("the stack does not support {}: {refusal}", cap.as_str()));
    }
}

/// Whether the file system at `mountdir` can do it.
#[track_caller]
pub fn supports(ops: &impl Operations, mountdir: impl AsRef<Path>, cap: Cap) -> bool {
    probe(ops, mountdir, cap).is_ok()
}

/// Does it in a directory of its own, which is removed again. The answer stands in the test's steps, and what a run's
/// tests found possible in its record.
///
/// # Errors
/// The file system's refusal, as text.
///
/// # Panics
/// As operations do, when the client gives no reply.
#[track_caller]
pub fn probe(ops: &impl Operations, mountdir: impl AsRef<Path>, cap: Cap) -> Result<(), String> {
    let _trying = TryingOut::begin();
    let dir = mountdir.as_ref().join(format!(".probe-{}", cap.as_str()));
    let made = ops.mkdir(&dir, 0o755);
    refusal(made.retval, made.errno)?;
    let file = dir.join("file");
    let opened = ops.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644);
    let written = ops.write(&file, "probe", 5, None);
    let other = dir.join("other");
    let answer = refusal(opened.retval.into(), opened.errno)
        .and_then(|()| refusal(written.retval, written.errno))
        .and_then(|()| attempt(ops, cap, &file, &other));
    for path in [&file, &other] {
        ops.unlink(path);
        ops.rmdir(path);
    }
    ops.rmdir(&dir);
    note(cap, &answer);
    answer
}

fn note(cap: Cap, answer: &Result<(), String>) {
    if let Some(steps) = Steps::current() {
        let refusal = answer.as_ref().err();
        steps.instant(
            "cap",
            json!({ "name": cap.as_str(), "ok": answer.is_ok(), "answer": refusal }),
        );
    }
}

#[track_caller]
fn attempt(ops: &impl Operations, cap: Cap, file: &PathBuf, other: &PathBuf) -> Result<(), String> {
    let status = match cap {
        Cap::Rename => ops.rename(file, other),
        Cap::RenameReplace => {
            let opened = ops.open(other, libc::O_CREAT | libc::O_RDWR, 0o644);
            refusal(opened.retval.into(), opened.errno)?;
            ops.rename(file, other)
        }
        Cap::RenameDir => return rename_dir(ops, file, other),
        Cap::RenameChecked => return rename_checked(ops, file, other),
        Cap::DescriptorMode => return descriptor_mode(ops, file),
        Cap::DirectoryKind => return directory_kind(ops, other),
        Cap::ChunkHoles => return chunk_holes(ops, file),
        Cap::NameMax => return name_max(ops, other),
        Cap::Symlink => ops.symlink(file, other),
        Cap::HardLink => ops.link(file, other),
        Cap::Chmod => ops.chmod(file, 0o600),
        Cap::Xattr => ops.setxattr(file, "user.probe", "x", None),
        Cap::Fallocate => ops.fallocate(file, 0, 0, 4096),
        Cap::MmapWrite => ops.mmap_write(file, "p", 0),
        Cap::Utimens => ops.utimensat(file, 1, 0, 1, 0, None),
        Cap::Umask => return umask(ops, other),
        Cap::Fork => return fork(ops, file),
        Cap::CopyFileRange => {
            let opened = ops.open(other, libc::O_CREAT | libc::O_RDWR, 0o644);
            refusal(opened.retval.into(), opened.errno)?;
            ops.copy_file_range(file, other, 5, None, None, None)
        }
        Cap::OpenPath => {
            let opened = ops.open(file, libc::O_PATH, None);
            return refusal(opened.retval.into(), opened.errno);
        }
    };
    refusal(status.retval, status.errno)
}

/// A client may move the entry alone, so that what lies in the directory is lost from view.
#[track_caller]
fn rename_dir(ops: &impl Operations, file: &Path, dir: &Path) -> Result<(), String> {
    let made = ops.mkdir(dir, 0o755);
    refusal(made.retval, made.errno)?;
    let inner = dir.join("inner");
    let filled = ops.rename(file, &inner);
    refusal(filled.retval, filled.errno)?;
    let target = dir.with_extension("renamed");
    let renamed = ops.rename(dir, &target);
    let found = ops.stat(target.join("inner"));
    ops.unlink(&inner);
    ops.unlink(target.join("inner"));
    ops.rmdir(&target);
    refusal(renamed.retval, renamed.errno)?;
    refusal(found.retval, found.errno).map_err(|error| format!("its content is lost: {error}"))
}

#[track_caller]
fn umask(ops: &impl Operations, dir: &Path) -> Result<(), String> {
    let before = ops.umask(0o077);
    let made = ops.mkdir(dir, 0o777);
    let permissions = ops.stat(dir).statbuf.permissions();
    ops.umask(u32::try_from(before.retval).unwrap_or(0o022));
    refusal(made.retval, made.errno)?;
    match permissions {
        0o700 => Ok(()),
        other => Err(format!("a directory has the permissions {other:o}")),
    }
}

/// The real client answers through a thread, which a child does not have: there a call waits for ever.
#[track_caller]
fn fork(ops: &impl Operations, file: &Path) -> Result<(), String> {
    let asked = ops.fork_access(file, libc::R_OK, None);
    match asked.errno {
        libc::ETIMEDOUT => Err("a forked child waits for ever for its first answer".into()),
        errno => refusal(asked.retval, errno),
    }
}

#[track_caller]
fn rename_checked(ops: &impl Operations, file: &Path, missing: &Path) -> Result<(), String> {
    let target = missing.join("file");
    let renamed = ops.rename(file, &target);
    ops.unlink(&target);
    refused(renamed.retval, "a file goes into a directory that is not there")
}

/// Only a session keeps the descriptor.
#[track_caller]
fn descriptor_mode(ops: &impl Operations, file: &Path) -> Result<(), String> {
    let opened = ops.open(file, libc::O_WRONLY, None);
    refusal(opened.retval.into(), opened.errno)?;
    let read = ops.read(Fd(opened.retval), 1);
    ops.close(Fd(opened.retval));
    refused(read.retval, "a descriptor open for writing is read")
}

#[track_caller]
fn directory_kind(ops: &impl Operations, dir: &Path) -> Result<(), String> {
    let made = ops.mkdir(dir, 0o755);
    refusal(made.retval, made.errno)?;
    let opened = ops.open(dir, libc::O_WRONLY, None);
    refused(opened.retval.into(), "a directory is opened for writing")
}

#[track_caller]
fn chunk_holes(ops: &impl Operations, file: &Path) -> Result<(), String> {
    const CHUNK: i64 = 512 * 1024;
    let written = ops.pwrite(file, "x", 1, 2 * CHUNK);
    refusal(written.retval, written.errno)?;
    match ops.pread(file, 4, CHUNK).retval {
        4 => Ok(()),
        _ => Err("a chunk that was never written ends the file".into()),
    }
}

#[track_caller]
fn name_max(ops: &impl Operations, beside: &Path) -> Result<(), String> {
    let long = beside.with_file_name("n".repeat(256));
    let made = ops.mkdir(&long, 0o755);
    ops.rmdir(&long);
    match made.errno {
        libc::ENAMETOOLONG => Ok(()),
        _ => Err("a name of 256 bytes is taken".into()),
    }
}

fn refused(retval: i64, instead: &str) -> Result<(), String> {
    if retval < 0 { Ok(()) } else { Err(instead.into()) }
}

fn refusal(retval: i64, errno: i32) -> Result<(), String> {
    if retval >= 0 {
        Ok(())
    } else {
        Err(std::io::Error::from_raw_os_error(errno).to_string())
    }
}
