//! Processes and threads: dispatch is per thread and gone after fork, clone and exec.

use crate::{
    client::{CLIENT, config},
    frame::Call,
    log::{self, Level},
    mapping, signal,
    sys::*,
};
use core::{arch::naked_asm, sync::atomic::Ordering::Relaxed};
use gkfs_proto::msg::Forking;
use linux_raw_sys::{
    errno::EINVAL,
    prctl::{PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON},
};

/// Turns dispatch on for this thread: every call from outside our text becomes a SIGSYS.
pub(crate) fn arm() -> Result<(), Errno> {
    let (start, len) = config().text;
    sys!(
        __NR_prctl,
        PR_SET_SYSCALL_USER_DISPATCH,
        PR_SYS_DISPATCH_ON,
        start,
        len,
        0
    )?;
    Ok(())
}

/// `fork()`.
pub(crate) fn fork(_: &Call) -> isize {
    fork_with([SIGCHLD as usize, 0, 0, 0, 0, 0])
}

/// `vfork()`: the child would overwrite our frame on the stack it shares, so it gets a copy. The parent waits
/// all the same.
pub(crate) fn vfork(_: &Call) -> isize {
    fork_with([(CLONE_VFORK | SIGCHLD) as usize, 0, 0, 0, 0, 0])
}

/// `clone(flags, stack, parent_tid, child_tid, tls)`.
pub(crate) fn clone(call: &Call) -> isize {
    let [flags, stack, ..] = call.args;
    if stack == 0 {
        let mut args = call.args;
        if flags & CLONE_VFORK as usize != 0 {
            args[0] &= !(CLONE_VM as usize);
        }
        return fork_with(args);
    }
    if flags & CLONE_THREAD as usize == 0 {
        announce();
    }
    let ret = onto_stack(call);
    if flags & CLONE_VFORK as usize != 0 && ret > 0 {
        // It has left by exec or exit, perhaps from the middle of an operation.
        CLIENT.stacks.reclaim(ret as u32);
    }
    ret
}

/// A child with a copy of our memory goes on where the parent is: in this handler.
fn fork_with(args: [usize; 6]) -> isize {
    signal::block_all();
    announce();
    let guard = CLIENT.mappings.lock();
    // SAFETY: no new stack, so the child returns from this very call on its copy of it.
    let ret = unsafe { raw(__NR_clone, args) };
    drop(guard);
    if ret == 0 {
        CLIENT.pid.store(sys!(__NR_getpid).unwrap_or(0) as u32, Relaxed);
        CLIENT.stacks.reset();
        CLIENT.connections.reset();
        // Without dispatch the child would write to placeholders: better that it ends.
        if arm().is_err() {
            let _ = sys!(__NR_exit_group, 127);
        }
    }
    ret
}

/// Tells the daemons that open files may get a second owner.
fn announce() {
    if !CLIENT.opened.load(Relaxed) || !CLIENT.connections.any() {
        return;
    }
    signal::block_all();
    CLIENT.stacks.run(&mut |desk| {
        for daemon in 0..config().hosts.len() {
            // A daemon that is gone has no files to keep.
            let _ = desk.wire.ask(daemon, &Forking {});
        }
    });
}

/// What a thread on a new stack needs to become what the program expects: our text, then the registers.
#[repr(C)]
struct Resume {
    text: (usize, usize),
    registers: [usize; 13],
}

/// Bytes below a stack pointer that belong to a leaf function.
const RED_ZONE: usize = 128;

fn onto_stack(call: &Call) -> isize {
    let f = call.frame();
    let place = call.args[1] - RED_ZONE - size_of::<Resume>();
    let resume = Resume {
        text: config().text,
        registers: [
            f.rbx, f.rbp, f.r12, f.r13, f.r14, f.r15, f.rdi, f.rsi, f.rdx, f.r8, f.r9, f.r10, f.rip,
        ],
    };
    // The child must start with the program's mask and not with one of ours.
    signal::set_mask(f.mask);
    let [flags, _, parent, child, tls, _] = call.args;
    // SAFETY: the program gave this stack away for the child; what lies below its top is unused.
    unsafe {
        (place as *mut Resume).write_unaligned(resume);
        clone_onto(flags, place, parent, child, tls)
    }
}

/// `clone` whose child turns dispatch on, takes the registers from its stack and goes on in the program.
#[unsafe(naked)]
unsafe extern "C" fn clone_onto(
    flags: usize,
    place: usize,
    parent: usize,
    child: usize,
    tls: usize,
) -> isize {
    naked_asm!(
        "mov r10, rcx",
        "mov eax, 56",
        "syscall",
        "test rax, rax",
        "jz 2f",
        "ret",
        "2:",
        "pop rdx",
        "pop r10",
        "mov edi, 59",
        "mov esi, 1",
        "xor r8d, r8d",
        "mov eax, 157",
        "syscall",
        "pop rbx",
        "pop rbp",
        "pop r12",
        "pop r13",
        "pop r14",
        "pop r15",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop r8",
        "pop r9",
        "pop r10",
        "pop rcx",
        "xor eax, eax",
        "lea rsp, [rsp + 128]",
        "jmp rcx",
    )
}

/// `prctl`: dispatch itself is not the program's to change.
pub(crate) fn prctl(call: &Call) -> isize {
    if call.args[0] as u32 == PR_SET_SYSCALL_USER_DISPATCH {
        return Errno(EINVAL).ret();
    }
    call.pass()
}

/// `umask(mask)`.
pub(crate) fn umask(call: &Call) -> isize {
    CLIENT.umask.store(call.args[0] as u32 & 0o777, Relaxed);
    call.pass()
}

/// Whether this is the process that the memory belongs to, and not a child that shares it until it starts another
/// program.
pub(crate) fn is_own() -> bool {
    sys!(__NR_getpid) == Ok(CLIENT.pid.load(Relaxed) as usize)
}

/// `setuid` and its kin: the daemons must learn who asks from now on.
pub(crate) fn identity(call: &Call) -> isize {
    let ret = call.pass();
    if ret == 0 {
        signal::block_all();
        CLIENT.connections.renew();
    }
    ret
}

/// `exit_group(status)`.
pub(crate) fn exit_group(call: &Call) -> isize {
    mapping::write_back_all(call);
    if log::wants(Level::Info) && is_own() {
        signal::block_all();
        CLIENT.stacks.run(&mut |_| {
            log::log(
                Level::Info,
                format_args!("All subsystems shut down. Client shutdown complete."),
            );
        });
    }
    call.pass()
}
