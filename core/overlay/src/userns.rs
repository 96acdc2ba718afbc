//! How an ordinary user comes to be allowed to mount: a user namespace of the process's own.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use rustix::process::{getegid, geteuid};
use rustix::thread::{CapabilitySet, capabilities};

use crate::sys;

/// Why [`enter_user_namespace`] failed before `main`, for the message of a later push.
static REFUSED: OnceLock<String> = OnceLock::new();

/// A user namespace could not be entered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnterError {
    /// The kernel does not let this user make one.
    #[error("cannot make a user namespace: {source}{}", hint(source, Path::new(OWN)))]
    Unshare {
        /// Why not.
        source: io::Error,
    },
    /// The namespace is there, but its users could not be named.
    #[error("cannot write {file}: {source}")]
    Map {
        /// The file under `/proc`.
        file: &'static str,
        /// Why not.
        source: io::Error,
    },
}

/// What only a kernel with user namespaces has.
const OWN: &str = "/proc/self/ns/user";

fn hint(source: &io::Error, own: &Path) -> &'static str {
    match source.raw_os_error() {
        Some(libc::EINVAL) if !own.exists() => ": the kernel was built without CONFIG_USER_NS",
        Some(libc::EINVAL) => {
            ": the process has more than one thread already; write \
             `gkfs_overlay::enter_user_namespace_before_main!()` at the top of the program"
        }
        Some(libc::ENOSPC | libc::EUSERS) => " (see /proc/sys/user/max_user_namespaces)",
        Some(libc::EPERM | libc::EACCES) => {
            " (see /proc/sys/kernel/unprivileged_userns_clone and \
             /proc/sys/kernel/apparmor_restrict_unprivileged_userns; in a container, its seccomp profile)"
        }
        _ => "",
    }
}

/// Puts the process into a user namespace and a mount namespace of its own, in which it may mount.
///
/// Returns whether it did: who may mount already stays where he is. User and group keep their numbers. The process
/// must have one thread only, which is why tests use
/// [`enter_user_namespace_before_main!`](crate::enter_user_namespace_before_main).
pub fn enter_user_namespace() -> Result<bool, EnterError> {
    if may_mount() {
        return Ok(false);
    }
    let (user, group) = (geteuid(), getegid());
    sys::unshare_user().map_err(|source| EnterError::Unshare { source })?;
    let write = |file, text: String| fs::write(file, text).map_err(|source| EnterError::Map { file, source });
    write("/proc/self/setgroups", "deny".into())?;
    write("/proc/self/uid_map", format!("{0} {0} 1", user.as_raw()))?;
    write("/proc/self/gid_map", format!("{0} {0} 1", group.as_raw()))?;
    Ok(true)
}

/// What the macro calls; a refusal is told by the push that would have needed it.
#[doc(hidden)]
pub fn before_main() {
    if let Err(error) = enter_user_namespace() {
        let _ = REFUSED.set(error.to_string());
    }
}

/// Why the process is in no user namespace of its own, if it tried.
pub(crate) fn refused() -> Option<&'static str> {
    REFUSED.get().map(String::as_str)
}

/// Whether the thread has what mounting needs, in whatever user namespace it lives: where not, it has to enter one
/// ([`enter_user_namespace`]).
pub fn may_mount() -> bool {
    let needed = CapabilitySet::SYS_ADMIN | CapabilitySet::SYS_CHROOT;
    capabilities(None).is_ok_and(|sets| sets.effective.contains(needed))
}

/// Whether the user namespace is not the machine's: then mounts are locked together, and few owners have a name.
pub(crate) fn is_own() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let words: Vec<&str> = map.split_ascii_whitespace().collect();
    words != ["0", "0", "4294967295"]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_to_two_things_is_told_apart() {
        let refused = io::Error::from_raw_os_error(libc::EINVAL);
        assert!(hint(&refused, Path::new(OWN)).contains("more than one thread"));
        assert!(hint(&refused, Path::new("/no/such/file")).contains("CONFIG_USER_NS"));
    }
}
