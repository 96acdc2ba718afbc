//! Scratch stacks: a virtual operation needs room for paths and frames, and the stack of a thread may be small.

use crate::desk::Desk;
use crate::sys::{
    __NR_gettid, __NR_mmap, __NR_sched_yield, MAP_ANONYMOUS, MAP_NORESERVE, MAP_PRIVATE, PROT_READ,
    PROT_WRITE, sys,
};
use core::{
    arch::naked_asm,
    mem::MaybeUninit,
    sync::atomic::{
        AtomicU32, AtomicUsize,
        Ordering::{AcqRel, Acquire, Relaxed, Release},
    },
};

const COUNT: usize = 32;
const SIZE: usize = 512 * 1024;

/// A fixed number of stacks, each free or held by one thread. There is no thread-local storage to keep them in.
pub(crate) struct Stacks {
    base: AtomicUsize,
    /// The thread that holds a stack, 0 for none.
    owners: [AtomicU32; COUNT],
}

impl Stacks {
    pub(crate) const fn new() -> Stacks {
        Stacks {
            base: AtomicUsize::new(0),
            owners: [const { AtomicU32::new(0) }; COUNT],
        }
    }

    /// Reserves the memory; pages are only used once touched.
    pub(crate) fn reserve(&self) -> bool {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        let Ok(base) = sys!(
            __NR_mmap,
            0,
            COUNT * SIZE,
            PROT_READ | PROT_WRITE,
            flags,
            usize::MAX,
            0
        ) else {
            return false;
        };
        self.base.store(base, Relaxed);
        true
    }

    /// Runs `job` on a free stack. Signals must be blocked: a handler of the program must neither run on the
    /// scratch stack nor leave it by `siglongjmp`.
    ///
    /// The low end of the stack's memory is the job's desk: as a local variable its pages would all be touched
    /// by stack probes.
    pub(crate) fn run(&self, job: &mut dyn FnMut(&mut Desk)) {
        let (index, owner) = self.take();
        let bottom = self.base.load(Relaxed) + index * SIZE;
        let mut errand = Errand {
            desk: bottom as *mut MaybeUninit<Desk>,
            job,
        };
        // SAFETY: the stack is ours until its owner is cleared; `enter` gets the pointer that it expects.
        unsafe { on_stack(enter, (&raw mut errand).cast(), bottom + SIZE) };
        owner.store(0, Release);
    }

    fn take(&self) -> (usize, &AtomicU32) {
        let me = sys!(__NR_gettid).unwrap_or(1) as u32;
        loop {
            for (index, owner) in self.owners.iter().enumerate() {
                if owner.load(Relaxed) == 0 && owner.compare_exchange(0, me, AcqRel, Acquire).is_ok() {
                    return (index, owner);
                }
            }
            let _ = sys!(__NR_sched_yield);
        }
    }

    /// Frees what `thread` held when it left by `execve` or died while it shared our memory.
    pub(crate) fn reclaim(&self, thread: u32) {
        for owner in &self.owners {
            let _ = owner.compare_exchange(thread, 0, AcqRel, Relaxed);
        }
    }

    /// Frees all, in the only thread of a new process.
    pub(crate) fn reset(&self) {
        for owner in &self.owners {
            owner.store(0, Release);
        }
    }
}

struct Errand<'j> {
    desk: *mut MaybeUninit<Desk>,
    job: &'j mut dyn FnMut(&mut Desk),
}

extern "C" fn enter(errand: *mut ()) {
    // SAFETY: `run` passes a pointer to its own live errand, and the desk's memory is mapped and its alone.
    let (errand, desk) = unsafe {
        let errand = &mut *errand.cast::<Errand<'_>>();
        (&mut errand.job, &mut *errand.desk)
    };
    errand(Desk::prepare(desk));
}

/// Calls `f(argument)` with the stack pointer at `top`.
#[unsafe(naked)]
unsafe extern "C" fn on_stack(f: extern "C" fn(*mut ()), argument: *mut (), top: usize) {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "mov rsp, rdx",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
    )
}
