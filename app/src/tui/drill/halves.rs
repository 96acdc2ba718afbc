//! A part of a file, looked through by two threads at once where it is worth it.

use std::thread;

/// A half is at least so large, in bytes: less is not worth a thread. Tests have smaller logs.
const SHARE: u64 = if cfg!(test) { 512 } else { 2 << 20 };
/// More threads would take from the tests that run meanwhile what the screen does not need.
const THREADS: usize = 2;

/// Whether so many bytes are to be looked through in two halves.
pub(super) fn is_worth_it(bytes: u64) -> bool {
    let threads = if cfg!(test) {
        THREADS
    } else {
        thread::available_parallelism().map_or(1, |threads| threads.get().min(THREADS))
    };
    threads == THREADS && bytes >= 2 * SHARE
}

/// Does both at once. A panic in either is one of this thread.
pub(super) fn both<T, U: Send>(first: impl FnOnce() -> T, second: impl FnOnce() -> U + Send) -> (T, U) {
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(second);
        (first(), second.join())
    });
    (
        first,
        second.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    )
}
