//! The calls that make the mounts of a view. Nothing here is attached before the caller says where.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, Timespec, XattrFlags, fsetxattr};
use rustix::fs::{
    CWD, Gid, Mode, OFlags, Timestamps, Uid, chmodat, chownat, fstat, mkdirat, openat, utimensat,
};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_fd, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};

use crate::error::PushError;

/// Why an overlay was not made: the kernel's number, and what it said.
#[derive(Debug)]
pub(crate) struct MakeError {
    pub(crate) errno: Errno,
    pub(crate) log: String,
}

/// The file system in memory that takes what is written in a view. No path leads to it.
#[derive(Debug)]
pub(crate) struct Store {
    mount: OwnedFd,
    /// Whether notes are kept in `user.overlay.*`, as an ordinary user must.
    pub(crate) user_xattr: bool,
    made: u32,
}

/// How much a view may take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) bytes: Option<u64>,
    pub(crate) inodes: Option<u64>,
}

/// What the view itself takes, beside what is written in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Needs {
    pub(crate) bytes: u64,
    pub(crate) inodes: u64,
}

impl Store {
    pub(crate) fn new(limits: Limits, own: Needs, user_xattr: bool) -> Result<Self, PushError> {
        let step = PushError::step(|| "make a file system in memory");
        let mount = tmpfs(limits, own).map_err(step)?;
        let nothing = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
        // On top of the root: lookups of this thread start below it and do not see it. An overlay's upper
        // directory must lie on a mount of the caller's namespace.
        move_mount(&mount, "", CWD, "/", nothing).map_err(PushError::step(|| "attach the memory"))?;
        let store = Self {
            mount,
            user_xattr,
            made: 0,
        };
        if user_xattr {
            store.check_attributes()?;
        }
        Ok(store)
    }

    fn check_attributes(&self) -> Result<(), PushError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root =
            openat(&self.mount, ".", flags, Mode::empty()).map_err(PushError::step(|| "open the memory"))?;
        match fsetxattr(&root, "user.overlay.probe", b"y", XattrFlags::empty()) {
            Err(Errno::OPNOTSUPP) => Err(PushError::NoTmpfsXattr),
            // A limit that is too small says so when the view's directories are made.
            _ => Ok(()),
        }
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.mount.as_fd()
    }

    /// Makes a directory in the store.
    pub(crate) fn directory(&mut self, what: &str) -> Result<OwnedFd, Errno> {
        let name = format!("{what}{}", self.made);
        self.made += 1;
        mkdirat(&self.mount, &name, Mode::RWXU)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(&self.mount, &name, flags, Mode::empty())
    }

    /// Makes an overlay of the layers, topmost first; returns its upper directory and the mount, unattached.
    pub(crate) fn overlay(
        &mut self,
        layers: &[Arc<OwnedFd>],
        looks_like: BorrowedFd<'_>,
        attributes: MountAttrFlags,
    ) -> Result<(OwnedFd, OwnedFd), MakeError> {
        let plain = |errno| MakeError {
            errno,
            log: String::new(),
        };
        let upper = self.directory("u").map_err(plain)?;
        let work = self.directory("w").map_err(plain)?;
        resemble(&upper, looks_like).map_err(plain)?;
        let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).map_err(plain)?;
        let made = self
            .configure(&context, layers, &upper, &work)
            .and_then(|()| fsconfig_create(&context))
            .and_then(|()| fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes));
        match made {
            Ok(mount) => Ok((upper, mount)),
            Err(errno) => Err(MakeError {
                errno,
                log: read_log(&context),
            }),
        }
    }

    fn configure(
        &self,
        context: &OwnedFd,
        layers: &[Arc<OwnedFd>],
        upper: &OwnedFd,
        work: &OwnedFd,
    ) -> Result<(), Errno> {
        let set = |key: &str, value: &str| fsconfig_set_string(context, key, value);
        set("source", "gkfs-overlay")?;
        for (index, layer) in layers.iter().enumerate() {
            match set_directory(context, "lowerdir+", layer) {
                // Before Linux 6.5 the layers are one word.
                Err(Errno::INVAL) if index == 0 => {
                    let all: Vec<String> = layers.iter().map(|layer| path_to(layer)).collect();
                    set("lowerdir", &all.join(":"))?;
                    break;
                }
                result => result?,
            }
        }
        set_directory(context, "upperdir", upper)?;
        set_directory(context, "workdir", work)?;
        for key in ["index", "xino", "metacopy"] {
            set(key, "off")?;
        }
        if self.user_xattr {
            fsconfig_set_flag(context, "userxattr")
        } else {
            set("redirect_dir", "on")
        }
    }
}

/// Gives the overlay a directory: by its descriptor, or before Linux 6.13 by a path that leads to it.
fn set_directory(context: &OwnedFd, key: &str, directory: &OwnedFd) -> Result<(), Errno> {
    match fsconfig_set_fd(context, key, directory) {
        Err(Errno::INVAL | Errno::BADF) => fsconfig_set_string(context, key, path_to(directory)),
        result => result,
    }
}

fn path_to(directory: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", directory.as_raw_fd())
}

fn tmpfs(limits: Limits, own: Needs) -> Result<OwnedFd, Errno> {
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(&context, "source", "gkfs-overlay")?;
    fsconfig_set_string(&context, "mode", "0755")?;
    if let Some(bytes) = limits.bytes {
        // Zero would mean without a limit.
        fsconfig_set_string(&context, "size", (bytes.max(1) + own.bytes).to_string())?;
    }
    if let Some(inodes) = limits.inodes {
        fsconfig_set_string(&context, "nr_inodes", (inodes + own.inodes).to_string())?;
    }
    fsconfig_create(&context)?;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())
}

/// A file system in memory that is attached nowhere; it ends with its last descriptor.
pub(crate) fn loose_memory() -> Result<OwnedFd, Errno> {
    tmpfs(Limits::default(), Needs::default())
}

/// Gives the directory the mode, the times and, where that is allowed, the owner of another.
pub(crate) fn resemble(directory: &OwnedFd, model: BorrowedFd<'_>) -> Result<(), Errno> {
    let stat = fstat(model)?;
    let owner = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    match chownat(directory, "", Some(owner.0), Some(owner.1), AtFlags::EMPTY_PATH) {
        // An owner without a name in this user namespace.
        Ok(()) | Err(Errno::PERM | Errno::INVAL) => {}
        Err(errno) => return Err(errno),
    }
    chmodat(
        directory,
        ".",
        Mode::from_raw_mode(stat.st_mode),
        AtFlags::empty(),
    )?;
    utimensat(directory, ".", &times(&stat), AtFlags::empty())
}

pub(crate) fn times(stat: &rustix::fs::Stat) -> Timestamps {
    let time = |seconds: i64, nanoseconds: u64| Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds.cast_signed(),
    };
    Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    }
}

/// Returns the mount without what is mounted below it, unattached: a view of one file system alone.
pub(crate) fn clone_of(mount: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    open_tree(mount, "", flags)
}

/// Returns a copy of the mounts at the path and below, unattached.
pub(crate) fn clone_tree(directory: BorrowedFd<'_>, path: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
    open_tree(directory, path, flags)
}

/// Attaches the mount below the view's root.
pub(crate) fn attach(mount: BorrowedFd<'_>, root: BorrowedFd<'_>, path: &Path) -> Result<(), Errno> {
    let relative = below_root(path);
    if relative.as_os_str().is_empty() {
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        return move_mount(mount, "", root, "", flags);
    }
    move_mount(
        mount,
        "",
        root,
        relative.as_os_str(),
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )
}

/// The path as seen from the root directory's descriptor.
pub(crate) fn below_root(path: &Path) -> PathBuf {
    path.strip_prefix("/").unwrap_or(path).to_path_buf()
}

/// What the kernel has to say about a file system that it did not make.
fn read_log(context: &OwnedFd) -> String {
    let mut lines = Vec::new();
    let mut buffer = [0_u8; 1024];
    while let Ok(count) = rustix::io::read(context, &mut buffer) {
        if count == 0 {
            break;
        }
        lines.push(String::from_utf8_lossy(&buffer[..count]).trim().to_owned());
    }
    lines.join("; ")
}

impl From<MakeError> for io::Error {
    fn from(error: MakeError) -> Self {
        error.errno.into()
    }
}
