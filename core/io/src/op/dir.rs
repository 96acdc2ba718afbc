//! Directories.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use libc::{O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY, S_IRWXU, SEEK_SET};

use super::{DirectoryValidate, Getdents, Mkdir, Mkdirat, Opendir, Readdir, Rmdir};
use crate::context::Context;
use crate::execute::{self, Execute};
use crate::reply::{Dirent, GetdentsReply, OpendirReply, ReaddirReply, StatusReply};
use crate::sys::{Errno, Result, dir, fd, path};
use crate::{Fd, Operation as _};

/// What getdents() gets for a buffer if none is asked for: as much as glibc's readdir() takes.
const DEFAULT_BUFFER: u64 = 32 * 1024;

impl Execute for Opendir {
    fn run(&self, cx: &mut Context) -> OpendirReply {
        cx.open_dir(&self.dirname).map(|stream| stream.address()).into()
    }

    /// The argument has the name that the manual gives it.
    fn verbose(&self, reply: &OpendirReply) -> String {
        let arguments = format!("name=\"{}\"", self.dirname.display());
        execute::line(
            Self::NAME,
            &arguments,
            format!("{:#x}", reply.dirp.unwrap_or(0)),
            reply.errno,
        )
    }
}

impl Execute for Mkdir {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::mkdir(&self.pathname, self.mode).into()
    }
}

impl Execute for Mkdirat {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| path::mkdirat(dirfd, &self.pathname, self.mode))
            .into()
    }
}

impl Execute for Rmdir {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::rmdir(&self.pathname).into()
    }
}

impl Execute for Readdir {
    fn run(&self, cx: &mut Context) -> ReaddirReply {
        read_all(cx, &self.pathname).into()
    }

    fn verbose(&self, reply: &ReaddirReply) -> String {
        if reply.errno != 0 {
            return execute::line(Self::NAME, &self.show_arguments(), "NULL", reply.errno);
        }
        let entries: Vec<String> = reply.dirents.iter().map(show_entry).collect();
        let text = Errno(reply.errno).text();
        let arguments = self.show_arguments();
        format!(
            "readdir({arguments}) = [\n{}],\nerrno: {} [{text}]",
            entries.join(",\n"),
            reply.errno
        )
    }
}

fn read_all(cx: &mut Context, path: &Path) -> Result<Vec<Dirent>> {
    let mut stream = cx.open_dir(path)?;
    let mut entries = Vec::new();
    while let Some(entry) = stream.next()? {
        entries.push(entry);
    }
    Ok(entries)
}

fn show_entry(entry: &Dirent) -> String {
    let mut text = String::from("struct dirent {\n");
    let fields: [(&str, &dyn std::fmt::Display); 5] = [
        ("d_ino", &entry.d_ino),
        ("d_off", &entry.d_off),
        ("d_reclen", &entry.d_reclen),
        ("d_type", &entry.d_type),
        ("d_name", &entry.d_name),
    ];
    for (name, value) in fields {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "   {name} = {value};");
    }
    text + "}"
}

impl Execute for Getdents {
    fn run(&self, cx: &mut Context) -> GetdentsReply {
        let count = self.count.unwrap_or(DEFAULT_BUFFER);
        cx.with(&self.pathname, O_RDONLY | O_DIRECTORY, |fd| {
            if let Some(offset) = self.offset {
                fd::lseek(fd, offset, SEEK_SET)?;
            }
            dir::getdents(fd, count)
        })
        .into()
    }
}

impl Execute for DirectoryValidate {
    /// Answers the number of entries; -2 if a file cannot be made, -3 if the directory cannot be read.
    fn run(&self, cx: &mut Context) -> StatusReply {
        let failed = |retval, Errno(errno)| StatusReply { errno, retval };
        if self.count == 0 {
            return match create(cx, &self.pathname) {
                Ok(()) => count_entries(cx, parent(&self.pathname)).unwrap_or_else(|errno| failed(-3, errno)),
                Err(errno) => failed(-2, errno),
            };
        }
        let present = match read_all(cx, &self.pathname) {
            Ok(entries) => entries.len() as u64,
            Err(errno) => return failed(-3, errno),
        };
        for number in present..present.saturating_add(self.count) {
            if let Err(errno) = create(cx, &numbered(&self.pathname, number)) {
                return failed(-2, errno);
            }
        }
        count_entries(cx, &self.pathname).unwrap_or_else(|errno| failed(-3, errno))
    }
}

fn count_entries(cx: &mut Context, path: &Path) -> Result<StatusReply> {
    Ok(StatusReply {
        errno: 0,
        retval: read_all(cx, path)?.len() as i64,
    })
}

fn create(cx: &mut Context, path: &Path) -> Result<()> {
    // As creat() does it, so that the context sees the descriptor.
    let file = cx.open(path, O_CREAT | O_WRONLY | O_TRUNC, S_IRWXU)?;
    fd::close(file).map(drop)
}

/// Upstream's names: `DIRECTORY/file_auto_NUMBER`.
fn numbered(directory: &Path, number: u64) -> PathBuf {
    let mut path = directory.as_os_str().as_bytes().to_vec();
    path.extend_from_slice(format!("/file_auto_{number}").as_bytes());
    OsString::from_vec(path).into()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}
