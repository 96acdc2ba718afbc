//! What a view cannot hold, as far as it can be seen: descriptors and threads that were there before it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat};

use crate::mount::KnownMounts;

/// A descriptor through which the tree below can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// Its number.
    pub fd: i32,
    /// The file that it was opened on.
    pub path: PathBuf,
    /// Whether the file has changed since the push, or in the few milliseconds before it, by whomever.
    pub written: bool,
}

/// Returns the writable descriptors of regular files that do not lie in the view's mounts.
pub(crate) fn leaks(mounts: &KnownMounts, since: (i64, u32)) -> io::Result<Vec<Leak>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let Some(fd) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        // One that was closed meanwhile, by another thread or by this listing's end, leads nowhere.
        let Ok(path) = fs::read_link(entry.path()) else {
            continue;
        };
        if path.starts_with("/") && !path.starts_with("/memfd:") {
            found.extend(one(fd, path, mounts, since));
        }
    }
    found.sort_by_key(|leak| leak.fd);
    Ok(found)
}

fn one(fd: i32, path: PathBuf, mounts: &KnownMounts, since: (i64, u32)) -> Option<Leak> {
    let borrowed = crate::sys::borrow(fd)?;
    let flags = fcntl_getfl(borrowed).ok()?;
    let writes = flags.intersects(OFlags::WRONLY | OFlags::RDWR) && !flags.contains(OFlags::PATH);
    let stat = fstat(borrowed).ok()?;
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if !writes || !regular || mounts.hold(borrowed).ok()? {
        return None;
    }
    Some(Leak {
        fd,
        path,
        written: (stat.st_ctime, u32::try_from(stat.st_ctime_nsec).unwrap_or(0)) >= since,
    })
}

/// Returns the threads of the process that live in another mount namespace than this one: what they write is real.
pub(crate) fn threads_outside() -> io::Result<Vec<i32>> {
    let here = fs::read_link("/proc/thread-self/ns/mnt")?;
    let outside = |task: &Path| fs::read_link(task.join("ns/mnt")).is_ok_and(|there| there != here);
    let mut found = Vec::new();
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?;
        if outside(&task.path()) {
            found.extend(
                task.file_name()
                    .to_str()
                    .and_then(|name| name.parse::<i32>().ok()),
            );
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The time by the clock that stamps files, which runs behind the exact one by up to a tick.
pub(crate) fn file_time() -> (i64, u32) {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    (now.tv_sec, u32::try_from(now.tv_nsec).unwrap_or(0))
}
