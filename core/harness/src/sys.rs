//! What std offers no safe way to do: something between `fork` and `exec`.
#![allow(unsafe_code)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal, setsid};

/// Lets the kernel kill the command's process when the *thread* that spawns it ends.
pub(crate) fn die_with_spawning_thread(command: &mut Command) {
    let parent = Pid::from_raw(std::process::id().cast_signed());
    // SAFETY: the closure runs in the forked child before exec. It makes two system calls, allocates
    // nothing, takes no lock, and touches no memory but its own copy of `parent`.
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // The parent may have died before the line above: then no signal will ever come.
            if getppid() == parent {
                Ok(())
            } else {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        });
    }
}

/// Gives the command's process a session of its own, so that nothing that ends its parent's ends it.
pub(crate) fn begin_session(command: &mut Command) {
    // SAFETY: the closure runs in the forked child before exec, makes one system call, and does nothing else.
    unsafe {
        command.pre_exec(|| {
            setsid()?;
            Ok(())
        });
    }
}
