//! What the kernel puts on the stack for a signal, and the call that it stands for.

use crate::sys::sigaltstack;

/// `siginfo_t` of a SIGSYS.
#[repr(C)]
pub(crate) struct Info {
    pub(crate) signo: i32,
    pub(crate) errno: i32,
    /// [`USER_DISPATCH`] when it is ours.
    pub(crate) code: i32,
    pad: i32,
    address: usize,
    pub(crate) nr: u32,
    /// `AUDIT_ARCH_*`.
    pub(crate) arch: u32,
}

/// `si_code` of a dispatched call.
pub(crate) const USER_DISPATCH: i32 = 2;
/// `AUDIT_ARCH_X86_64`.
pub(crate) const X86_64: u32 = 0xc000_003e;

/// `ucontext_t` as the x86-64 kernel lays it out.
#[repr(C)]
pub(crate) struct Context {
    flags: usize,
    link: usize,
    /// The alternate stack that sigreturn sets.
    pub(crate) stack: sigaltstack,
    pub(crate) r8: usize,
    pub(crate) r9: usize,
    pub(crate) r10: usize,
    pub(crate) r11: usize,
    pub(crate) r12: usize,
    pub(crate) r13: usize,
    pub(crate) r14: usize,
    pub(crate) r15: usize,
    pub(crate) rdi: usize,
    pub(crate) rsi: usize,
    pub(crate) rbp: usize,
    pub(crate) rbx: usize,
    pub(crate) rdx: usize,
    pub(crate) rax: usize,
    pub(crate) rcx: usize,
    pub(crate) rsp: usize,
    pub(crate) rip: usize,
    /// Flags, segments, trap numbers, the pointer to the floating point state, reserved words.
    rest: [usize; 15],
    /// The signal mask that sigreturn sets.
    pub(crate) mask: u64,
}

/// One intercepted system call.
pub(crate) struct Call {
    pub(crate) nr: u32,
    pub(crate) args: [usize; 6],
    pub(crate) context: *mut Context,
}

impl Call {
    /// Reads the call from a dispatched signal's frame.
    ///
    /// # Safety
    /// `context` is the frame of this signal and outlives the call.
    pub(crate) unsafe fn new(nr: u32, context: *mut Context) -> Call {
        // SAFETY: as the caller promises.
        let c = unsafe { &*context };
        Call {
            nr,
            args: [c.rdi, c.rsi, c.rdx, c.r10, c.r8, c.r9],
            context,
        }
    }

    /// Issues the call unchanged.
    pub(crate) fn pass(&self) -> isize {
        // SAFETY: these are the program's own arguments; it asked for exactly this.
        unsafe { crate::sys::raw(self.nr, self.args) }
    }

    /// Issues the call unchanged, from an operation.
    pub(crate) fn pass_checked(&self) -> Result<usize, crate::sys::Errno> {
        crate::sys::check(self.pass())
    }

    /// An argument that is a file descriptor or another `int`.
    pub(crate) fn int(&self, index: usize) -> i32 {
        self.args[index] as i32
    }

    /// The frame, for calls that change what sigreturn restores.
    #[expect(
        clippy::mut_from_ref,
        reason = "the frame belongs to this call alone; no reference outlives a handler"
    )]
    pub(crate) fn frame(&self) -> &mut Context {
        // SAFETY: `new` was promised a live frame, and handlers use one reference at a time.
        unsafe { &mut *self.context }
    }
}
