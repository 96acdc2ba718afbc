//! A copy-on-write view of the whole file system, private to one thread, whose changes can be asserted.
//!
//! Inside of a view, real code does what it likes: it writes to `/etc`, deletes, renames, makes sockets and devices,
//! spawns programs. It sees the effects, and so do the programs that it spawns; nobody else does. Then the view says
//! exactly what has changed, and vanishes.
//!
//! ```
//! use std::fs;
//!
//! let view = match gkfs_overlay::push() {
//!     Ok(view) => view,
//!     Err(error) if error.is_unsupported() => {
//!         eprintln!("SKIP: {error}");
//!         return Ok(());
//!     }
//!     Err(error) => return Err(error.into()),
//! };
//! fs::write("/etc/foobar.conf", "an example\n")?;
//! fs::remove_file("/etc/passwd")?;
//! assert_eq!(view.changes()?, ["add:/etc/foobar.conf", "del:/etc/passwd"]);
//!
//! let vaporized = view.pop()?;
//! assert!(fs::metadata("/etc/foobar.conf").is_err() && fs::metadata("/etc/passwd").is_ok());
//! let entries = vaporized.entries()?;
//! assert_eq!(entries[std::path::Path::new("/etc/foobar.conf")].text()?, "an example\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Changes
//!
//! A [`Change`] is `add`, `mod` or `del` and a path, and says in [`what`](Change::what) it differs. The list is sorted by
//! path, and follows the rules of Python's *fso*: a path that was deleted and made again is `mod`; what was made and
//! deleted again is not listed; a deleted directory lists all that was in it; a write through a link changes its
//! target. A file counts as modified as soon as it was opened for writing, unless [`Compare`] says otherwise.
//!
//! Views nest: [`push`] inside of a view makes one that sees the outer one's files and reports its own changes alone.
//! [`Builder`] lets paths pass through, hides them, makes them read-only, and limits what fits. [`Overlay::commit`] carries
//! chosen changes over to what lies below.
//!
//! # How it works
//!
//! The thread gets a mount namespace and a root of its own. On a file system in memory, to which no path leads, lie
//! the upper directories of one overlay for each mount that holds data; where there is nothing in it, a new directory
//! does. `/proc`, `/dev/pts` and their like come as they are, `/sys` and `/proc/sys` read-only. Nothing is made on any disk, and when the last thread or process of the view
//! has gone, however it ended, the kernel has taken everything away. Before [`push`] returns, it has proven that what is
//! written does not reach the tree below; if anything fails, the thread is back where it was, and [`PushError`] says why.
//!
//! An ordinary user needs a user namespace, which a process can enter only before it has a second thread:
//! [`enter_user_namespace_before_main!`] does that in a test binary. His views then obey the permissions that he has:
//! he may make and delete files in a top directory such as `/etc`, as its copy is his, but not change what root owns.
//! Top directories themselves cannot be removed, and moving a directory that was there before fails with `EXDEV`, as
//! between file systems.
//!
//! # What it does not hold
//!
//! * Threads that existed before, such as those of a thread pool, are not in the view ([`Overlay::threads_outside`]),
//!   and descriptors opened before lead out of it ([`Overlay::leaks`]).
//! * The network, running services, and sockets bound outside: a service that is asked does its work outside. A socket
//!   file answers only where its directory passes through ([`Builder::pass`]).
//! * What lies below is taken as frozen. A file made there meanwhile may be seen or not; a hard link of a file that was
//!   there before is broken by a write to one of its names.
//! * Files have the device number of the view, not of the disk below. Everything written takes memory.
//! * A thread spawned inside that pushes makes an overlay of an overlay; the kernel stacks no third.
//!
//! # Where the kernel makes no overlay
//!
//! Code that was promised a copy must not meet the original. So a mount of which the kernel makes no overlay is read-only
//! in the view, and named with the reason ([`Overlay::fallbacks`]); and where it makes none of the root, there is no view
//! ([`PushError`]), unless it was said what is to be written: [`Builder::copy`] takes copies of those directories, and all
//! else is read-only. So there are views in a container whose root is an overlay on an overlay, too; and an ordinary user
//! can change what root owns, as copies are his.
//!
//! Refused is what has nothing to fall back on: a user who may neither mount nor make a user namespace; a thread whose
//! root is no mount point; Linux before 5.12, which cannot make a mount read-only by a descriptor, and for ordinary users
//! before 6.6, whose tmpfs has no attributes for them; a kernel without overlays. Each error says what would help. A file system in user space
//! that imitates overlays is no back end: the same container that forbids mounting has no `/dev/fuse` either, and where
//! there is one, every call would pay for what a copy pays once.

mod builder;
mod changes;
mod commit;
mod compared;
mod diff;
mod entry;
mod error;
mod leaks;
mod level;
mod mask;
mod mount;
mod overlay;
mod place;
mod push;
mod snapshot;
mod stack;
mod sys;
mod tree;
mod userns;
mod vaporized;
mod verify;

pub use builder::Builder;
pub use changes::{Change, Changes, Compare, Detail, Kind};
pub use compared::Compared;
pub use entry::{Entry, EntryKind};
pub use error::{CONTAINER_HINT, PopError, PushError, ReadError};
pub use leaks::Leak;
pub use level::Fallback;
pub use overlay::{Overlay, Recurse, Relative};
pub use snapshot::Snapshot;
#[doc(hidden)]
pub use userns::before_main;
pub use userns::{EnterError, enter_user_namespace, may_mount};
pub use vaporized::Vaporized;

/// Moves the calling thread, and what it spawns from now on, into a view of its own.
pub fn push() -> Result<Overlay, PushError> {
    Builder::new().push()
}

/// Calls the function in a view, on a thread of its own ([`Builder::run`]).
pub fn run<T: Send>(f: impl FnOnce(&Overlay) -> T + Send) -> Result<T, PushError> {
    Builder::new().run(f)
}

/// Returns how many views the calling thread is in.
pub fn depth() -> usize {
    stack::depth()
}
