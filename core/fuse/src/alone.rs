//! Calls whose files no other process has a copy of.

use std::panic::resume_unwind;
use std::thread;

use crate::sys;

/// Runs this in a thread with a descriptor table of its own, and returns what it returns.
///
/// A process that is started meanwhile by another thread, of another test for example, has a copy of every open file for a
/// moment, and closes it: the server hears of a `FLUSH` that no test made, and of the `RELEASE` later. Of files that are opened
/// in here there is no such copy. Files that were opened before are not there, and none may be returned.
///
/// # Panics
/// As `work` does, or where the system has no thread or no table for it.
pub fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = thread::scope(|scope| {
        let named = thread::Builder::new().name("alone".into());
        let thread = named.spawn_scoped(scope, || {
            sys::leave_descriptor_table().expect("a descriptor table");
            work()
        });
        thread.expect("a thread").join()
    });
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_others_are_not_there() {
        let file = tempfile::tempfile().expect("a file");
        let number = std::os::fd::AsRawFd::as_raw_fd(&file);
        let own = alone(move || std::fs::read_link(format!("/proc/thread-self/fd/{number}")).is_ok());
        assert!(!own);
        assert!(file.metadata().is_ok(), "it is still open here");
    }
}
