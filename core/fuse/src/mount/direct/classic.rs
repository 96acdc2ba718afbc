//! A mount by the one old call, for kernels that have no other, as gVisor's: at a directory for temporary files, which goes with
//! the server.

use std::ffi::{CString, OsString};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, unmount};

use super::{MountOptions, Mounted, StartError};

/// A directory with a mount on it; both go with this.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn make() -> Result<Self, Errno> {
        let mut name = std::env::temp_dir()
            .join("gkfs-fuse-XXXXXX")
            .into_os_string()
            .into_vec();
        for _ in 0..100 {
            let end = name.len() - 6;
            for byte in &mut name[end..] {
                *byte = fastrand::lowercase() as u8;
            }
            let path = PathBuf::from(OsString::from_vec(name.clone()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO)),
            }
        }
        Err(Errno::EXIST)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is in use ends with its last user.
        let _: Result<(), Errno> = unmount(&self.0, UnmountFlags::DETACH);
        let _: std::io::Result<()> = fs::remove_dir(&self.0);
    }
}

/// Mounts the device. In place of the mount there is a descriptor of what lies above it: to open its root may have to wait for
/// the handshake.
pub(super) fn mount(device: OwnedFd, options: &MountOptions) -> Result<Mounted, StartError> {
    let place = Place::make().map_err(StartError::step("a directory to mount at"))?;
    let uid = rustix::process::geteuid().as_raw();
    let gid = rustix::process::getegid().as_raw();
    let mut data = format!(
        "fd={},rootmode=40000,user_id={uid},group_id={gid}",
        device.as_raw_fd()
    );
    if let Some(max_read) = options.max_read {
        data.push_str(&format!(",max_read={max_read}"));
    }
    for (is_set, option) in [
        (options.allow_other, ",allow_other"),
        (options.default_permissions, ",default_permissions"),
    ] {
        if is_set {
            data.push_str(option);
        }
    }
    let data = CString::new(data).unwrap_or_default();
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("fake", &place.0, "fuse", flags, data.as_c_str())
        .map_err(StartError::step("the mount"))?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let above = rustix::fs::open(std::env::temp_dir(), flags, Mode::empty());
    Ok(Mounted {
        device,
        mount: above.map_err(StartError::step("a directory to mount at"))?,
        by_helper: false,
        keeper: None,
        place: Some(place),
    })
}
