//! What std offers no safe way to do: something between `fork` and `exec`.
#![allow(unsafe_code)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit, setsid,
};

/// Lets a process that crashes leave a core, as large as it may be. One that may leave none does without.
fn raise_core_limit() {
    let limit = getrlimit(Resource::Core);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let _ = setrlimit(Resource::Core, raised);
}

/// Lets the command's process leave a core when it crashes.
pub(crate) fn may_leave_a_core(command: &mut Command) {
    // SAFETY: the closure runs in the forked child before exec, makes two system calls, and does nothing else.
    unsafe {
        command.pre_exec(|| {
            raise_core_limit();
            Ok(())
        });
    }
}

/// Lets the kernel kill the command's process when the *thread* that spawns it ends.
pub(crate) fn die_with_spawning_thread(command: &mut Command) {
    let parent = Pid::from_raw(std::process::id().cast_signed());
    // SAFETY: the closure runs in the forked child before exec. It makes a few system calls, allocates
    // nothing, takes no lock, and touches no memory but its own copy of `parent`.
    unsafe {
        command.pre_exec(move || {
            raise_core_limit();
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
    // SAFETY: the closure runs in the forked child before exec, makes a few system calls, and does nothing else.
    unsafe {
        command.pre_exec(|| {
            raise_core_limit();
            setsid()?;
            Ok(())
        });
    }
}
