//! Calls in a child made by `fork()`.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Errno, Result, c_path};

/// Between two looks at a child: far less than a call through a network takes.
const LOOK: Duration = Duration::from_millis(2);

/// `access()` in a child, which is killed when it has no answer after `patience`: a client library whose threads stay
/// behind in the parent never gets one.
pub(crate) fn access_in_child(path: &Path, mask: i32, patience: Duration) -> Result {
    let path = c_path(path)?;
    // SAFETY: the child makes calls that are safe in a copy of a process with threads, on a string made before, and ends
    // without returning.
    match unsafe { libc::fork() } {
        -1 => Err(Errno::last()),
        0 => unsafe {
            let failed = libc::access(path.as_ptr(), mask) != 0;
            libc::_exit(if failed { *libc::__errno_location() } else { 0 })
        },
        child => wait(child, patience),
    }
}

/// The child's exit status is its error number.
fn wait(child: libc::pid_t, patience: Duration) -> Result {
    let end = Instant::now() + patience;
    let mut status = 0;
    loop {
        // SAFETY: the status is written to a variable of this function.
        match unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } {
            -1 => return Err(Errno::last()),
            0 if Instant::now() < end => std::thread::sleep(LOOK),
            0 => {
                // SAFETY: the child has not been waited for, so its number is its own; the status as above.
                unsafe {
                    libc::kill(child, libc::SIGKILL);
                    libc::waitpid(child, &raw mut status, 0);
                }
                return Err(Errno(libc::ETIMEDOUT));
            }
            _ if !libc::WIFEXITED(status) => return Err(Errno(libc::EIO)),
            _ => match libc::WEXITSTATUS(status) {
                0 => return Ok(0),
                errno => return Err(Errno(errno)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[expect(
        clippy::zombie_processes,
        reason = "what is tested waits for it, by its number"
    )]
    fn wait_for(script: &str, patience: Duration) -> Result {
        let child = Command::new("sh").args(["-c", script]).spawn().unwrap();
        wait(child.id().cast_signed(), patience)
    }

    #[test]
    fn a_child_answers_with_its_status_and_one_that_hangs_is_killed() {
        let long = Duration::from_secs(120);
        assert_eq!(wait_for("exit 0", long), Ok(0));
        assert_eq!(wait_for("exit 13", long), Err(Errno(libc::EACCES)));
        assert_eq!(wait_for("kill -9 $$", long), Err(Errno(libc::EIO)));
        let hanging = wait_for("exec sleep 1000", Duration::from_millis(20));
        assert_eq!(hanging, Err(Errno(libc::ETIMEDOUT)));
    }
}
