//! Raw system calls. Every `syscall` instruction of the library is inlined from here into its own text, the
//! one range that dispatch lets pass.

use core::arch::asm;

/// An errno.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) u32);

impl Errno {
    /// What a system call returns for it.
    pub(crate) fn ret(self) -> isize {
        -(self.0 as isize)
    }
}

/// Issues system call `nr` as it is.
///
/// # Safety
/// The kernel acts on the arguments: pointers must be good for what the call does with them, or come from the
/// program that asked for this very call.
#[inline(always)]
pub(crate) unsafe fn raw(nr: u32, args: [usize; 6]) -> isize {
    let ret: isize;
    // SAFETY: the kernel clobbers rcx and r11 and nothing else of ours; the caller answers for the rest.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") nr as isize => ret,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    ret
}

/// Splits a raw return value.
#[inline(always)]
pub(crate) fn check(ret: isize) -> Result<usize, Errno> {
    if (-4095..0).contains(&ret) {
        Err(Errno(-ret as u32))
    } else {
        Ok(ret as usize)
    }
}

/// `sys!(number, arguments…)`: a system call with up to six integer or pointer arguments.
macro_rules! sys {
    ($nr:expr $(, $arg:expr)* $(,)?) => {{
        let given = [$($arg as usize),*];
        let mut args = [0usize; 6];
        args[..given.len()].copy_from_slice(&given);
        // SAFETY: every use passes pointers to live memory of its own, or the program's own arguments.
        $crate::sys::check(unsafe { $crate::sys::raw($nr, args) })
    }};
}
pub(crate) use sys;

pub(crate) use linux_raw_sys::general::*;
