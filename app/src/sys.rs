//! What is asked of the C library itself.
#![allow(unsafe_code)]

/// Lets all threads share one heap. By default each thread that waits for a disk gets one of its own, which keeps what
/// its largest piece of work once needed: a session that is left open all day would grow until all of them have done
/// theirs.
pub(crate) fn share_heap() {
    #[cfg(target_env = "gnu")]
    {
        /// From `malloc.h`.
        const M_ARENA_MAX: i32 = -8;
        // SAFETY: this is how `malloc.h` declares it. It takes two numbers, may be called by any thread at any time,
        // and is asked before there are others.
        unsafe extern "C" {
            safe fn mallopt(param: i32, value: i32) -> i32;
        }
        // That it refuses is no reason not to go on.
        let _ = mallopt(M_ARENA_MAX, 1);
    }
}

/// Stops this process. Returns when it goes on, and not before.
pub(crate) fn stop_self() {
    // SAFETY: it takes a number and touches no memory of ours.
    unsafe extern "C" {
        safe fn raise(signal: i32) -> i32;
    }
    // A signal for this very thread has been acted upon when the call returns; one for the process need not have been.
    let _ = raise(rustix::process::Signal::STOP.as_raw());
}
