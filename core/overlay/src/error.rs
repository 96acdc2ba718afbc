//! Why a view could not be made, left or read.

use std::io;
use std::path::PathBuf;

/// Options of a container that let overlays be made in it.
pub const CONTAINER_HINT: &str = "in a container: `--cap-add SYS_ADMIN --security-opt seccomp=unconfined \
                                  --security-opt apparmor=unconfined` (docker and podman), or `--privileged`";

/// No view was made, and the thread is where it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// Mounting is not allowed.
    #[error("no permission to mount: {reason}; {CONTAINER_HINT}")]
    NoPrivilege {
        /// What was refused, and what would be a way out.
        reason: String,
    },
    /// The thread's root is no mount point: somebody has called `chroot` into a plain directory.
    #[error(
        "the root directory of this thread is no mount point: `chroot` was called before; bind it to itself first"
    )]
    ChrootedElsewhere,
    /// The root is an overlay upon an overlay, and the kernel stacks two at most.
    #[error(
        "{} is an overlay on an overlay already, and the kernel stacks no third; run outside of the outer one, {}",
        path.display(),
        "give the container a volume as its root, or have the directories that are to be written copied \
         (`Builder::copy`, `--copy DIR`)"
    )]
    StackingDepth {
        /// The mount point.
        path: PathBuf,
    },
    /// An ordinary user's views keep their notes in attributes that this kernel's tmpfs does not know.
    #[error(
        "tmpfs has no user attributes on this kernel: an ordinary user needs Linux 6.6; as root it works"
    )]
    NoTmpfsXattr,
    /// The kernel has no call that every view is made with.
    #[error("this kernel cannot {what} ({source}): views need Linux 5.12, those of an ordinary user 6.6")]
    OldKernel {
        /// What was tried, as a verb phrase.
        what: String,
        /// What it said.
        source: io::Error,
    },
    /// The kernel has no overlays at all.
    #[error(
        "this kernel has no overlays ({source}): load them with `modprobe overlay`, or have it built with CONFIG_OVERLAY_FS"
    )]
    NoOverlays {
        /// What it said.
        source: io::Error,
    },
    /// The kernel makes no overlay of this mount.
    #[error("no overlay of {} can be made: {source}{}", mount.display(), spaced(log))]
    NotOverlayable {
        /// The mount point.
        mount: PathBuf,
        /// Why not.
        source: io::Error,
        /// What the kernel said besides.
        log: String,
    },
    /// A path given to the builder cannot be used.
    #[error("{option}({}): {source}", path.display())]
    Path {
        /// The builder's method.
        option: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A pattern given to the builder is no regular expression.
    #[error("pass_pattern: {0}")]
    Pattern(#[from] regex::Error),
    /// Something was mounted inside of the outer view, which an inner one could not show.
    #[error("something was mounted on {} inside of this view; unmount it before the next push", path.display())]
    MountedInside {
        /// The mount point.
        path: PathBuf,
    },
    /// A step of making the view failed.
    #[error("cannot {what}: {source}{}", full(source))]
    Step {
        /// What was tried, as a verb phrase.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The view was made, but a write in it would have reached what lies below; it was left at once.
    #[error("the view does not hold: {problem}; it was left again before anything ran in it")]
    Unverified {
        /// What was seen.
        problem: String,
    },
}

impl PushError {
    /// What was tried is put into words only if it failed.
    pub(crate) fn step<S: Into<String>>(what: impl FnOnce() -> S) -> impl FnOnce(rustix::io::Errno) -> Self {
        let failed = Self::failed(what);
        move |errno| failed(errno.into())
    }

    pub(crate) fn failed<S: Into<String>>(what: impl FnOnce() -> S) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let what = what().into();
            match source.raw_os_error() {
                Some(libc::ENOSYS) => Self::OldKernel { what, source },
                _ => Self::Step { what, source },
            }
        }
    }

    /// Whether the machine, not the caller, stands in the way: a reason to skip a test.
    pub fn is_unsupported(&self) -> bool {
        matches!(
            self,
            Self::NoPrivilege { .. }
                | Self::ChrootedElsewhere
                | Self::StackingDepth { .. }
                | Self::NoTmpfsXattr
                | Self::OldKernel { .. }
                | Self::NoOverlays { .. }
                | Self::NotOverlayable { .. }
        )
    }
}

fn spaced(log: &str) -> String {
    if log.is_empty() {
        String::new()
    } else {
        format!(" ({log})")
    }
}

fn full(source: &io::Error) -> &'static str {
    match source.raw_os_error() {
        Some(libc::ENOSPC) => ": the limit of bytes or inodes is too small for the view itself",
        _ => "",
    }
}

/// A view was not left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PopError {
    /// Inner views are still there. This one ends together with the innermost that is popped.
    #[error("view {depth} is not the innermost: {innermost} views are pushed on this thread")]
    NotInnermost {
        /// Which view, counted from 1.
        depth: usize,
        /// How many there are.
        innermost: usize,
    },
    /// The view belongs to another thread, or to the process that this one was forked from.
    #[error("the view belongs to thread {owner}, not to {caller}")]
    WrongThread {
        /// Whose it is.
        owner: i32,
        /// Who asked.
        caller: i32,
    },
    /// What had changed could not be read, or passed through; the view is left all the same.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The changes of a view could not be read, or not be carried over.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {source}", path.display())]
pub struct ReadError {
    /// What was tried, as a verb.
    pub what: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

impl ReadError {
    pub(crate) fn on<E: Into<io::Error>>(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.into();
        move |source| Self {
            what,
            path,
            source: source.into(),
        }
    }
}
