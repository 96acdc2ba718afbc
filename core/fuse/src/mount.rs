//! How the file system comes to be mounted, and why it cannot be.

mod direct;
mod helper;
mod keeper;

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, StatxAttributes, StatxFlags, statx};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

pub(crate) use direct::Place;
pub(crate) use keeper::Keeper;

/// The device of the protocol.
pub(crate) const DEVICE: &str = "/dev/fuse";

/// Where the file system appears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mount {
    /// Nowhere: a mount that hangs on a descriptor of the server. Whoever knows [`path`](crate::FakeFuse::path) reaches it,
    /// no mount table shows it, and the kernel takes it away with the process, however that ends.
    #[default]
    Detached,
    /// At this directory, for every process to see. Only root can do that; a small process beside takes the mount away
    /// when the test's process dies without having done so.
    At(PathBuf),
}

/// What else the mount is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MountOptions {
    pub(crate) max_read: Option<u32>,
    pub(crate) allow_other: bool,
    pub(crate) default_permissions: bool,
    pub(crate) no_helper: bool,
    /// Without the kernel's words, which take memory that a forked child may not ask for.
    pub(crate) mute: bool,
}

/// Why there is no server, and what would help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The kernel has no FUSE, or the machine no device for it.
    #[error(
        "no {DEVICE} ({0}): load the module with `modprobe fuse`, or run the container with `--device {DEVICE}`"
    )]
    NoDevice(Errno),
    /// The device may not be opened.
    #[error(
        "{DEVICE} may not be opened ({0}): `chmod 666 {DEVICE}`, as udev does it, or run the tests as root"
    )]
    DeviceDenied(Errno),
    /// Neither may this user mount nor make a user namespace to mount in.
    #[error(
        "this user may not mount, and no user namespace can be had ({0}): run the tests as root, or set \
         /proc/sys/user/max_user_namespaces and kernel.unprivileged_userns_clone"
    )]
    NoUserNamespace(Errno),
    /// The kernel has no descriptor tables for one thread, or no mounts without a place.
    #[error("this kernel is older than Linux 5.11: {what} is missing ({errno})")]
    OldKernel {
        /// What it lacks.
        what: &'static str,
        /// What it said.
        errno: Errno,
    },
    /// The mount point is no directory.
    #[error("{} cannot be a mount point ({errno}): it must be a directory", path.display())]
    NotADirectory {
        /// The mount point.
        path: PathBuf,
        /// What the system said.
        errno: Errno,
    },
    /// Something is mounted there.
    #[error("{} is a mount point already: `umount {0}` first, or take another one", path.display())]
    Busy {
        /// The mount point.
        path: PathBuf,
    },
    /// Only root can mount where others see it.
    #[error("only root can mount at {}: leave the place out, and the mount is reached by FakeFuse::path", path.display())]
    NotRoot {
        /// The mount point.
        path: PathBuf,
    },
    /// The kernel refused the mount.
    #[error("the kernel refused {step} ({errno}){log}")]
    Mount {
        /// What was tried.
        step: &'static str,
        /// What it said.
        errno: Errno,
        /// What else it told, beginning with a separator, or nothing.
        log: String,
    },
    /// No thread or process could be made.
    #[error("cannot start {what}: {source}")]
    Spawn {
        /// What for.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The kernel never began to speak, or the handshake failed.
    #[error("the kernel did not take the handshake: {0}")]
    Handshake(String),
}

impl StartError {
    /// Whether this machine or user cannot have a FUSE mount, so that a test may be skipped for it.
    pub const fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::NoDevice(_)
                | Self::DeviceDenied(_)
                | Self::NoUserNamespace(_)
                | Self::OldKernel { .. }
                | Self::NotRoot { .. }
        )
    }

    fn step(step: &'static str) -> impl Fn(Errno) -> Self {
        move |errno| match errno {
            Errno::NOSYS => Self::OldKernel { what: step, errno },
            Errno::NODEV => Self::NoDevice(errno),
            _ => Self::Mount {
                step,
                errno,
                log: String::new(),
            },
        }
    }
}

/// A connection and the mount that it serves, both in the calling thread's descriptor table.
#[derive(Debug)]
pub(crate) struct Mounted {
    pub(crate) device: OwnedFd,
    pub(crate) mount: OwnedFd,
    pub(crate) by_helper: bool,
    pub(crate) keeper: Option<Keeper>,
    /// Where it hangs, in a kernel that has no mounts without a place.
    pub(crate) place: Option<Place>,
}

/// Mounts, as this user can.
pub(crate) fn mount(options: &MountOptions, place: &Mount) -> Result<Mounted, StartError> {
    if let Mount::At(path) = place {
        usable(path)?;
    }
    match direct::mount(options) {
        Err(StartError::Mount {
            errno: Errno::PERM | Errno::ACCESS,
            ..
        }) if !options.no_helper => match place {
            Mount::Detached => helper::mount(options),
            Mount::At(path) => Err(StartError::NotRoot { path: path.clone() }),
        },
        done => {
            let mut mounted = done?;
            if let Mount::At(path) = place {
                let keeper = Keeper::start(path, &mounted.mount).map_err(|source| StartError::Spawn {
                    what: "who unmounts after a kill",
                    source,
                })?;
                if let Err(error) = direct::attach(&mounted.mount, path) {
                    keeper.finish();
                    return Err(error);
                }
                mounted.keeper = Some(keeper);
            }
            Ok(mounted)
        }
    }
}

fn usable(path: &Path) -> Result<(), StartError> {
    let not = |errno| StartError::NotADirectory {
        path: path.to_owned(),
        errno,
    };
    let about = statx(CWD, path, AtFlags::NO_AUTOMOUNT, StatxFlags::TYPE).map_err(not)?;
    if u32::from(about.stx_mode) & libc::S_IFMT != libc::S_IFDIR {
        return Err(not(Errno::NOTDIR));
    }
    if about.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
        return Err(StartError::Busy {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Whether a fake server can be had here at all, found out by a look at the device.
///
/// # Errors
/// The reason, and what would help.
pub fn available() -> Result<(), StartError> {
    match rustix::fs::access(DEVICE, Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => Ok(()),
        Err(errno) => Err(device_error(errno)),
    }
}

/// Whether this process may mount where others see it: what root may, unless it was taken from it.
pub fn may_attach() -> bool {
    let sets = rustix::thread::capabilities(None);
    sets.is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN))
}

pub(crate) fn device_error(errno: Errno) -> StartError {
    match errno {
        Errno::ACCESS | Errno::PERM => StartError::DeviceDenied(errno),
        _ => StartError::NoDevice(errno),
    }
}
