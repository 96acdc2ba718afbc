//! The handler of SIGSYS: decides for every system call whether the kernel or a daemon answers it.

use crate::{
    client::{CLIENT, config},
    desk::{Answer, Desk, Fail},
    frame::{Call, Context, Info, USER_DISPATCH, X86_64},
    paths, placeholder, signal,
    sys::*,
    table::{Rule, rule},
    trace,
};
use linux_raw_sys::errno::{ENOSYS, EOPNOTSUPP, EXDEV};

/// An operation in the mount. It runs on a scratch stack, signals blocked.
pub(crate) type Op = fn(&Call, &mut Desk) -> Answer;

/// Where a call's path is among its arguments.
#[derive(Clone, Copy)]
pub(crate) struct PathArg {
    /// The descriptor of the directory it is relative to.
    pub(crate) at: Option<usize>,
    pub(crate) path: usize,
}

impl PathArg {
    /// Descriptor and pointer as the call has them.
    pub(crate) fn of(self, call: &Call) -> (i32, *const u8) {
        (
            self.at.map_or(AT_FDCWD, |index| call.int(index)),
            call.args[self.path] as *const u8,
        )
    }
}

/// The signal handler. Return values go to the interrupted program through its saved `rax`.
pub(crate) extern "C" fn on_sigsys(signal: i32, info: *mut Info, context: *mut Context) {
    // SAFETY: the kernel passes live structures of this layout.
    let (code, nr, arch) = unsafe { ((*info).code, (*info).nr, (*info).arch) };
    if code != USER_DISPATCH {
        signal::forward(signal, info, context);
        return;
    }
    // SAFETY: the frame outlives this handler.
    let call = unsafe { Call::new(nr, context) };
    let ret = if arch == X86_64 {
        dispatch(&call)
    } else {
        Errno(ENOSYS).ret()
    };
    call.frame().rax = ret as usize;
}

fn dispatch(call: &Call) -> isize {
    match rule(call.nr) {
        Rule::Pass => call.pass(),
        Rule::Own(handle) => handle(call),
        Rule::Refuse(errno) => Errno(errno).ret(),
        Rule::File(fd, op) if placeholder::is(call.int(fd)) => run(call, op, None),
        Rule::Files(first, second, errno)
            if placeholder::is(call.int(first)) || placeholder::is(call.int(second)) =>
        {
            Errno(errno).ret()
        }
        Rule::Path(arg, op) if paths::concerns(arg.of(call)) => run(call, op, Some(arg)),
        Rule::Paths(first, second, op)
            if paths::concerns(first.of(call)) || paths::concerns(second.of(call)) =>
        {
            run(call, op, None)
        }
        Rule::File(..) | Rule::Files(..) | Rule::Path(..) | Rule::Paths(..) => call.pass(),
    }
}

/// Carries out an operation in the mount.
pub(crate) fn run(call: &Call, op: Op, path: Option<PathArg>) -> isize {
    // Our sigreturn restores the program's mask.
    signal::block_all();
    let mut ret = 0;
    CLIENT.stacks.run(&mut |desk| {
        trace::entry(call);
        ret = match op(call, desk) {
            Ok(value) => value as isize,
            Err(Fail::Errno(errno)) => errno.ret(),
            Err(Fail::Outside) => outside(call, desk, path),
        };
        trace::exit(call, ret);
    });
    ret
}

/// The kernel's answer for the place outside the mount where a path led.
fn outside(call: &Call, desk: &mut Desk, path: Option<PathArg>) -> isize {
    let Some(arg) = path else {
        // One of two paths is outside: another file system.
        return Errno(if config().strict { EOPNOTSUPP } else { EXDEV }).ret();
    };
    let mut args = call.args;
    args[arg.path] = desk.wire.outside.terminated() as usize;
    if let Some(at) = arg.at {
        args[at] = AT_FDCWD as usize;
    }
    // SAFETY: the program's own call, with a path of ours that is terminated.
    unsafe { raw(call.nr, args) }
}
