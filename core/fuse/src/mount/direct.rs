//! The mount itself: a file system context, its options, a detached mount, and a place for it.

mod classic;

use std::ffi::CStr;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, UnmountFlags, fsconfig_create,
    fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, move_mount, unmount,
};

use super::{MountOptions, Mounted, StartError, device_error};
pub(crate) use classic::Place;

/// As the caller. Allocates nothing where all goes well, so that a forked child may use it.
pub(super) fn mount(options: &MountOptions) -> Result<Mounted, StartError> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let device = rustix::fs::open(c"/dev/fuse", flags, Mode::empty()).map_err(device_error)?;
    let context = match fsopen(c"fuse", FsOpenFlags::FSOPEN_CLOEXEC) {
        // A forked child may not ask for the memory that this takes.
        Err(Errno::NOSYS) if !options.mute => return classic::mount(device, options),
        opened => opened.map_err(StartError::step("fsopen"))?,
    };
    let mount = mount_device(&context, &device, options)?;
    Ok(Mounted {
        device,
        mount,
        by_helper: false,
        keeper: None,
        place: None,
    })
}

fn mount_device(context: &OwnedFd, device: &OwnedFd, options: &MountOptions) -> Result<OwnedFd, StartError> {
    let explain = |step| {
        move |errno| match options.mute {
            true => StartError::step(step)(errno),
            false => explained(context, step, errno),
        }
    };
    configure(context, device, options).map_err(explain("the mount's options"))?;
    fsconfig_create(context.as_fd()).map_err(explain("the mount"))?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes).map_err(StartError::step("fsmount"))
}

fn configure(context: &OwnedFd, device: &OwnedFd, options: &MountOptions) -> Result<(), Errno> {
    let mut buffer = [0; 24];
    let context = context.as_fd();
    fsconfig_set_string(context, c"source", c"fake")?;
    fsconfig_set_string(context, c"subtype", c"fake")?;
    fsconfig_set_string(context, c"fd", number(&mut buffer, device.as_raw_fd() as u32))?;
    fsconfig_set_string(context, c"rootmode", c"40000")?;
    let uid = rustix::process::geteuid().as_raw();
    fsconfig_set_string(context, c"user_id", number(&mut buffer, uid))?;
    let gid = rustix::process::getegid().as_raw();
    fsconfig_set_string(context, c"group_id", number(&mut buffer, gid))?;
    if let Some(max_read) = options.max_read {
        fsconfig_set_string(context, c"max_read", number(&mut buffer, max_read))?;
    }
    if options.allow_other {
        fsconfig_set_flag(context, c"allow_other")?;
    }
    if options.default_permissions {
        fsconfig_set_flag(context, c"default_permissions")?;
    }
    Ok(())
}

fn number(buffer: &mut [u8; 24], value: u32) -> &CStr {
    let mut rest: &mut [u8] = &mut buffer[..];
    // A u32 and a NUL fit, and there is a NUL.
    let _: std::io::Result<()> = write!(rest, "{value}\0");
    CStr::from_bytes_until_nul(buffer).unwrap_or(c"0")
}

/// The kernel's own words about what it refused.
fn explained(context: &OwnedFd, step: &'static str, errno: Errno) -> StartError {
    let mut words = [0; 512];
    let log = match rustix::io::read(context, &mut words) {
        Ok(length) if length > 0 => {
            format!(": {}", String::from_utf8_lossy(&words[..length]).trim())
        }
        _ => String::new(),
    };
    StartError::Mount { step, errno, log }
}

/// Puts a detached mount where others see it.
pub(super) fn attach(mount: &OwnedFd, path: &Path) -> Result<(), StartError> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    move_mount(mount.as_fd(), c"", CWD, path, flags).map_err(StartError::step("move_mount"))
}

/// Takes a mount away from its place; what is in use ends with its last user.
pub(super) fn detach(path: &CStr) -> Result<(), Errno> {
    unmount(path, UnmountFlags::DETACH)
}
