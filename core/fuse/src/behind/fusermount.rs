//! A stand-in for `fusermount3`: for servers that never try to mount by themselves.
//!
//! It opens the device, mounts it and hands it to whoever started it, as that program does. It has no more rights than its
//! caller; behind ours, the two calls are answered by [`Server::start`](super::Server::start).

use std::ffi::{CString, OsString};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// The names that a server looks for on `PATH`.
pub const NAMES: [&str; 2] = ["fusermount3", "fusermount"];
/// Names the descriptor that the device goes through.
const SOCKET: &str = "_FUSE_COMMFD";

/// Nothing was mounted, or unmounted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FusermountError {
    /// No mount point was named.
    #[error("no mount point")]
    NoPlace,
    /// Nobody waits for the device.
    #[error("{SOCKET} names no open descriptor: a server is to start this, not a person")]
    NoSocket,
    /// A call failed.
    #[error("cannot {what} {}: {source}", path.display())]
    Call {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What the words ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    unmount: bool,
    lazy: bool,
    options: Vec<String>,
    place: Option<PathBuf>,
    socket: Option<i32>,
}

impl Asked {
    fn read(words: impl IntoIterator<Item = OsString>) -> Self {
        let mut asked = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("-u" | "--unmount") => asked.unmount = true,
                Some("-z" | "--lazy") => asked.lazy = true,
                Some("-o" | "--options") => {
                    let options = words.next().unwrap_or_default();
                    asked
                        .options
                        .extend(options.to_string_lossy().split(',').map(str::to_owned));
                }
                Some("--comm-fd") => asked.socket = words.next().and_then(|word| word.to_str()?.parse().ok()),
                Some("-q" | "--quiet" | "--" | "--auto-unmount") => {}
                Some(text) if text.starts_with("--comm-fd=") => {
                    asked.socket = text.split('=').nth(1).and_then(|number| number.parse().ok());
                }
                _ => asked.place = Some(word.into()),
            }
        }
        asked
    }

    /// The options of the call: the device, and those of the server's that are the kernel's.
    fn data(&self, device: i32) -> String {
        let uid = rustix::process::getuid().as_raw();
        let gid = rustix::process::getgid().as_raw();
        let mut data = format!("fd={device},rootmode=40000,user_id={uid},group_id={gid}");
        let kernels = self.options.iter().filter(|option| {
            matches!(option.as_str(), "allow_other" | "default_permissions")
                || option.starts_with("max_read=")
        });
        for option in kernels {
            data.push(',');
            data.push_str(option);
        }
        data
    }
}

/// Mounts, or unmounts, as the words behind the program's name say; `socket` is the value of `_FUSE_COMMFD`.
///
/// # Errors
/// What could not be done.
pub fn fusermount(
    words: impl IntoIterator<Item = OsString>,
    socket: Option<OsString>,
) -> Result<(), FusermountError> {
    let asked = Asked::read(words);
    let place = asked.place.as_deref().ok_or(FusermountError::NoPlace)?;
    let failed = |what, path: &Path| {
        let path = path.to_owned();
        move |errno: rustix::io::Errno| FusermountError::Call {
            what,
            path,
            source: errno.into(),
        }
    };
    if asked.unmount {
        let flags = if asked.lazy {
            UnmountFlags::DETACH
        } else {
            UnmountFlags::empty()
        };
        return unmount(place, flags).map_err(failed("unmount", place));
    }
    let number = asked.socket.or_else(|| socket?.to_str()?.parse().ok());
    let socket = number.and_then(inherited).ok_or(FusermountError::NoSocket)?;
    let device = Path::new("/dev/fuse");
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    let opened = rustix::fs::open(device, flags, Mode::empty()).map_err(failed("open", device))?;
    let data = CString::new(asked.data(opened.as_raw_fd())).unwrap_or_default();
    let source = asked
        .options
        .iter()
        .find_map(|option| option.strip_prefix("fsname="));
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount(source.unwrap_or("fuse"), place, "fuse", flags, data.as_c_str()).map_err(failed("mount", place))?;
    hand_over(&socket, &opened).map_err(failed("hand over", device))
}

/// A descriptor that this process was started with, by its number alone.
fn inherited(number: i32) -> Option<OwnedFd> {
    let number = u32::try_from(number).ok()?.cast_signed();
    let own = pidfd_open(getpid(), PidfdFlags::empty()).ok()?;
    pidfd_getfd(own, number, PidfdGetfdFlags::empty()).ok()
}

fn hand_over(socket: &OwnedFd, device: &OwnedFd) -> rustix::io::Result<()> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut room);
    let one = [device.as_fd()];
    control.push(SendAncillaryMessage::ScmRights(&one));
    sendmsg(socket, &[IoSlice::new(&[0])], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Whether a program of this name is meant.
pub fn is_named(program: &std::ffi::OsStr) -> bool {
    let name = Path::new(program).file_name().unwrap_or_default().as_bytes();
    NAMES.iter().any(|known| known.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Asked {
        Asked::read(words.iter().map(OsString::from))
    }

    #[test]
    fn words_are_those_of_the_program_it_stands_for() {
        let asked = read(&["-o", "rw,fsname=x,max_read=4096,allow_other", "--", "/mnt"]);
        assert_eq!(asked.place.as_deref(), Some(Path::new("/mnt")));
        let data = asked.data(7);
        assert!(data.starts_with("fd=7,rootmode=40000,") && data.ends_with(",max_read=4096,allow_other"));
        let asked = read(&["-u", "-q", "-z", "/mnt"]);
        assert!(asked.unmount && asked.lazy);
        assert_eq!(read(&["--comm-fd=9", "/mnt"]).socket, Some(9));
        assert!(is_named("/x/fusermount3".as_ref()) && !is_named("fusermount4".as_ref()));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(matches!(fusermount([], None), Err(FusermountError::NoPlace)));
        assert!(matches!(
            fusermount(["/mnt".into()], Some("-1".into())),
            Err(FusermountError::NoSocket)
        ));
    }
}
