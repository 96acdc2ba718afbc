//! A server's system calls that are answered here: opening the device, mounting it, and taking it away.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, sync_channel};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::Mounting;
use super::sys::{self, Stopped};
use crate::mount::may_attach;
use crate::relay::Relay;

/// What is stopped and looked at.
#[cfg(target_arch = "x86_64")]
pub(super) const STOPPED: [i64; 4] = [
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_mount,
    libc::SYS_umount2,
];
/// What is stopped and looked at.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const STOPPED: [i64; 3] = [libc::SYS_openat, libc::SYS_mount, libc::SYS_umount2];

/// What servers can do without: messages would be cut by the one, mounts not be seen by the other.
pub(super) const REFUSED: [(i64, i32); 2] =
    [(libc::SYS_splice, libc::EINVAL), (libc::SYS_fsopen, libc::ENOSYS)];

const DEVICE: &[u8] = b"/dev/fuse";
/// The longest path, and the longest options of a mount.
const LONGEST: usize = 4096;

/// Answers calls until nobody is left to make any.
pub(super) fn watch(listener: &OwnedFd, tell: &Sender<Mounting>) {
    let mut calls = Calls {
        listener: listener.as_fd(),
        tell,
        relays: HashMap::new(),
    };
    loop {
        let mut wanted = [PollFd::new(listener, PollFlags::IN)];
        match poll(&mut wanted, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        let events = wanted[0].revents();
        if events.contains(PollFlags::IN) {
            // Who made the call may have been killed meanwhile: there is nothing to answer then.
            if let Ok(call) = sys::receive(listener.as_fd()) {
                let _: io::Result<()> = calls.take(&call);
            }
        } else if events.intersects(PollFlags::HUP | PollFlags::ERR) {
            return;
        }
    }
}

struct Calls<'a> {
    listener: BorrowedFd<'a>,
    tell: &'a Sender<Mounting>,
    /// Devices that were handed out and are not mounted, by the number of their socket.
    relays: HashMap<u64, Relay>,
}

impl Calls<'_> {
    fn take(&mut self, call: &Stopped) -> io::Result<()> {
        let [first, second, third, _, fifth, _] = call.args;
        match call.number {
            #[cfg(target_arch = "x86_64")]
            libc::SYS_open if is_device(call, first) => self.open(call, second),
            libc::SYS_openat if is_device(call, second) => self.open(call, third),
            libc::SYS_mount if text(call, third).is_ok_and(|kind| is_fuse(&kind)) => {
                let target = at(call, &path(&text(call, second)?));
                let errno = match text(call, fifth) {
                    Ok(options) => self.mount(call, target, &options),
                    Err(_) => libc::EFAULT,
                };
                sys::answer(self.listener, call, errno)
            }
            // An ordinary user has nothing mounted there.
            libc::SYS_umount2 if !may_attach() => sys::answer(self.listener, call, 0),
            _ => sys::pass(self.listener, call),
        }
    }

    fn open(&mut self, call: &Stopped, flags: u64) -> io::Result<()> {
        let (relay, theirs) = Relay::pair()?;
        if flags & libc::O_NONBLOCK as u64 != 0 {
            rustix::io::ioctl_fionbio(&theirs, true)?;
        }
        let number = rustix::fs::fstat(&theirs)?.st_ino;
        sys::answer_with(
            self.listener,
            call,
            theirs.as_fd(),
            flags & libc::O_CLOEXEC as u64 != 0,
        )?;
        self.relays.insert(number, relay);
        Ok(())
    }

    /// Lets whoever started the server mount. Returns what the call ends with.
    fn mount(&mut self, call: &Stopped, target: PathBuf, options: &[u8]) -> i32 {
        let options = String::from_utf8_lossy(options).into_owned();
        let relay = device(call, &options).and_then(|number| self.relays.remove(&number));
        let Some(relay) = relay else {
            return libc::EINVAL;
        };
        let (answer, answered) = sync_channel(1);
        let mounting = Mounting {
            relay,
            target,
            options,
            answer: Some(answer),
        };
        if self.tell.send(mounting).is_err() {
            return libc::EPERM;
        }
        answered.recv().unwrap_or(libc::EPERM)
    }
}

/// `fuse` and `fuse.name`; not what is mounted from a block device, and not the kernel's control files.
fn is_fuse(kind: &[u8]) -> bool {
    kind == b"fuse" || kind.starts_with(b"fuse.")
}

/// The number of the socket that `fd=N` in the options is in the caller's table.
fn device(call: &Stopped, options: &str) -> Option<u64> {
    let number: u32 = options
        .split(',')
        .find_map(|option| option.strip_prefix("fd="))?
        .parse()
        .ok()?;
    let link = std::fs::read_link(format!("/proc/{}/fd/{number}", call.pid)).ok()?;
    let name = link.to_str()?;
    name.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn is_device(call: &Stopped, address: u64) -> bool {
    text(call, address).is_ok_and(|path| path == DEVICE)
}

/// A path as the caller means it.
fn at(call: &Stopped, path: &Path) -> PathBuf {
    let here = std::fs::read_link(format!("/proc/{}/cwd", call.pid)).unwrap_or_default();
    let joined = here.join(path);
    // `.` is what a program is in that went to the mount point first.
    std::fs::canonicalize(&joined).unwrap_or(joined)
}

fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

/// The caller's text at this address, up to its NUL.
fn text(call: &Stopped, address: u64) -> io::Result<Vec<u8>> {
    const PIECE: usize = 256;
    let memory = File::open(format!("/proc/{}/mem", call.pid))?;
    let mut all = Vec::new();
    while all.len() < LONGEST {
        let from = address + all.len() as u64;
        // Never across the end of a piece that lies in one page: what follows may not be there.
        let room = PIECE - (from as usize % PIECE);
        let mut piece = [0; PIECE];
        memory.read_exact_at(&mut piece[..room], from)?;
        if let Some(end) = piece[..room].iter().position(|byte| *byte == 0) {
            all.extend_from_slice(&piece[..end]);
            return Ok(all);
        }
        all.extend_from_slice(&piece[..room]);
    }
    Err(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_process_is_read_across_pieces() {
        let long = format!("{}\0", "x".repeat(1000)).into_bytes();
        let call = Stopped::by(std::process::id());
        assert_eq!(text(&call, long.as_ptr() as u64).unwrap(), long[..1000]);
        assert!(text(&call, 1).is_err());
        assert!(is_fuse(b"fuse.myfs") && !is_fuse(b"fuseblk") && !is_fuse(b"ext4"));
    }
}
