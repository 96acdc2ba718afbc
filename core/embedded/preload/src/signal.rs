//! Signals. SIGSYS must never be blocked, and what sigreturn will set has to be changed in the frame.

use crate::{
    client::CLIENT,
    dispatch::on_sigsys,
    frame::{Call, Context, Info},
    process,
    sys::{self, *},
};
use core::{arch::naked_asm, cell::UnsafeCell, mem::offset_of};
use linux_raw_sys::errno::EINVAL;

const SYS_BIT: u64 = 1 << (SIGSYS - 1);
/// SIGKILL and SIGSTOP cannot be blocked; the kernel drops them silently.
const NEVER: u64 = SYS_BIT | 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1);
const SET_SIZE: usize = 8;
const RESTORER: u64 = 0x0400_0000;
const DEFAULT: usize = 0;
const IGNORE: usize = 1;

/// `struct sigaction` of the kernel.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Action {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

/// The program's own action for SIGSYS, which the kernel must not know.
pub(crate) struct OwnSigsys(UnsafeCell<Action>);

// SAFETY: a program that sets one signal's action from several threads at once has a race of its own; what
// is read then is one of the values word by word, as good as any other.
unsafe impl Sync for OwnSigsys {}

impl OwnSigsys {
    pub(crate) const fn new() -> OwnSigsys {
        OwnSigsys(UnsafeCell::new(Action {
            handler: DEFAULT,
            flags: 0,
            restorer: 0,
            mask: 0,
        }))
    }
}

/// Installs the handler and makes sure that its signal gets through.
pub(crate) fn install() -> Result<(), Errno> {
    let action = Action {
        handler: on_sigsys as *const () as usize,
        // No SA_ONSTACK: a posix_spawn child shares the alternate stack with a parent whose frame may be on it.
        flags: u64::from(SA_SIGINFO | SA_NODEFER) | RESTORER,
        restorer: restore as *const () as usize,
        mask: 0,
    };
    let set = SYS_BIT;
    sys!(__NR_rt_sigaction, SIGSYS, &raw const action, 0, SET_SIZE)?;
    sys!(__NR_rt_sigprocmask, SIG_UNBLOCK, &raw const set, 0, SET_SIZE)?;
    Ok(())
}

/// Blocks all signals until the handler returns.
pub(crate) fn block_all() {
    set_mask(!SYS_BIT);
}

/// All signals blocked for code that the program calls itself, outside any handler.
pub(crate) struct Blocked(u64);

impl Blocked {
    pub(crate) fn new() -> Blocked {
        let (all, mut before) = (!SYS_BIT, 0u64);
        let _ = sys!(
            __NR_rt_sigprocmask,
            SIG_SETMASK,
            &raw const all,
            &raw mut before,
            SET_SIZE
        );
        Blocked(before)
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        set_mask(self.0 & !SYS_BIT);
    }
}

/// Sets the real mask.
pub(crate) fn set_mask(mask: u64) {
    let _ = sys!(__NR_rt_sigprocmask, SIG_SETMASK, &raw const mask, 0, SET_SIZE);
}

/// The handler's way back: the only sigreturn that dispatch does not see.
#[unsafe(naked)]
unsafe extern "C" fn restore() {
    naked_asm!("mov eax, 15", "syscall")
}

/// A SIGSYS that is not ours: a seccomp trap or a kill.
pub(crate) fn forward(signal: i32, info: *mut Info, context: *mut Context) {
    // SAFETY: see `OwnSigsys`.
    let action = unsafe { *CLIENT.sigsys.0.get() };
    match action.handler {
        IGNORE => {}
        DEFAULT => die(),
        handler => {
            let mask = action.mask & !SYS_BIT;
            let _ = sys!(__NR_rt_sigprocmask, SIG_BLOCK, &raw const mask, 0, SET_SIZE);
            // SAFETY: the program registered this function for exactly these arguments.
            let handler: extern "C" fn(i32, *mut Info, *mut Context) = unsafe {
                core::mem::transmute::<usize, extern "C" fn(i32, *mut Info, *mut Context)>(handler)
            };
            handler(signal, info, context);
        }
    }
}

fn die() {
    let default = Action {
        handler: DEFAULT,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    let _ = sys!(__NR_rt_sigaction, SIGSYS, &raw const default, 0, SET_SIZE);
    let pid = sys!(__NR_getpid).unwrap_or(0);
    let tid = sys!(__NR_gettid).unwrap_or(0);
    let _ = sys!(__NR_tgkill, pid, tid, SIGSYS);
}

/// `rt_sigaction(signal, new, old, size)`.
pub(crate) fn rt_sigaction(call: &Call) -> isize {
    let [signal, new, old, size, ..] = call.args;
    let own = signal as u32 == SIGSYS;
    if size != SET_SIZE || (new == 0 && !own) {
        return call.pass();
    }
    if own {
        // SAFETY: the program passes its own structures; ours is described at `OwnSigsys`.
        unsafe {
            let mine = CLIENT.sigsys.0.get();
            let before = *mine;
            // A posix_spawn child resets what its parent must keep.
            if new != 0 && process::is_own() {
                *mine = (new as *const Action).read_unaligned();
            }
            if old != 0 {
                (old as *mut Action).write_unaligned(before);
            }
        }
        return 0;
    }
    // SAFETY: the program's own structure.
    let mut action = unsafe { (new as *const Action).read_unaligned() };
    action.mask &= !SYS_BIT;
    pass_with(call, 1, &raw const action as usize)
}

/// `rt_sigprocmask(how, set, old, size)`: works on the mask that our sigreturn will set, and not on the real one.
pub(crate) fn rt_sigprocmask(call: &Call) -> isize {
    let [how, set, old, size, ..] = call.args;
    if size != SET_SIZE {
        return Errno(EINVAL).ret();
    }
    let frame = call.frame();
    let before = frame.mask;
    if set != 0 {
        // SAFETY: the program's own set.
        let set = unsafe { (set as *const u64).read_unaligned() };
        let after = match how as u32 {
            SIG_BLOCK => before | set,
            SIG_UNBLOCK => before & !set,
            SIG_SETMASK => set,
            _ => return Errno(EINVAL).ret(),
        };
        frame.mask = after & !NEVER;
    }
    if old != 0 {
        // SAFETY: the program's own set.
        unsafe { (old as *mut u64).write_unaligned(before) };
    }
    0
}

/// The program's handler returns: from our text, with the stack pointer that it had.
pub(crate) fn rt_sigreturn(call: &Call) -> isize {
    let frame = call.frame().rsp;
    // SAFETY: at the restorer's call the stack pointer is at the frame's ucontext.
    unsafe {
        let mask = (frame + offset_of!(Context, mask)) as *mut u64;
        mask.write_unaligned(mask.read_unaligned() & !SYS_BIT);
        return_from(frame)
    }
}

#[unsafe(naked)]
unsafe extern "C" fn return_from(frame: usize) -> ! {
    naked_asm!("mov rsp, rdi", "mov eax, 15", "syscall")
}

/// `sigaltstack(new, old)`: the frame remembers the stack of before, so it is read anew.
pub(crate) fn sigaltstack(call: &Call) -> isize {
    let ret = call.pass();
    let _ = sys!(__NR_sigaltstack, 0, &raw mut call.frame().stack);
    ret
}

/// `rt_sigsuspend(set, size)`.
pub(crate) fn rt_sigsuspend(call: &Call) -> isize {
    with_set(call, 0)
}

/// `ppoll(fds, count, timeout, set, size)`.
pub(crate) fn ppoll(call: &Call) -> isize {
    with_set(call, 3)
}

/// `epoll_pwait(epoll, events, count, timeout, set, size)`.
pub(crate) fn epoll_pwait(call: &Call) -> isize {
    with_set(call, 4)
}

/// `pselect6(…, {set, size})`.
pub(crate) fn pselect(call: &Call) -> isize {
    let pair = call.args[5] as *const [usize; 2];
    if pair.is_null() {
        return call.pass();
    }
    // SAFETY: the program's own structure.
    let [set, size] = unsafe { pair.read_unaligned() };
    let Some(mask) = without_sigsys(set) else {
        return call.pass();
    };
    let pair = [&raw const mask as usize, size];
    pass_with(call, 5, pair.as_ptr() as usize)
}

fn with_set(call: &Call, index: usize) -> isize {
    match without_sigsys(call.args[index]) {
        Some(mask) => pass_with(call, index, &raw const mask as usize),
        None => call.pass(),
    }
}

fn without_sigsys(set: usize) -> Option<u64> {
    // SAFETY: the program's own set.
    (set != 0).then(|| unsafe { (set as *const u64).read_unaligned() } & !SYS_BIT)
}

fn pass_with(call: &Call, index: usize, value: usize) -> isize {
    let mut args = call.args;
    args[index] = value;
    // SAFETY: the program's own call with one structure replaced by ours, which lives until it returns.
    unsafe { sys::raw(call.nr, args) }
}
