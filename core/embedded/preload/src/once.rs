//! A value that the constructor fills in, in place: it is too big for the stack.

use core::cell::UnsafeCell;

/// Written once while there is one thread, read by all afterwards.
pub(crate) struct Once<T>(UnsafeCell<T>);

// SAFETY: `fill` is called only by the constructor, before other threads and before any reader.
unsafe impl<T: Sync> Sync for Once<T> {}

impl<T> Once<T> {
    pub(crate) const fn wrap(value: T) -> Self {
        Once(UnsafeCell::new(value))
    }

    /// The value to fill in.
    ///
    /// # Safety
    /// Only for the constructor, and only until it enables dispatch.
    #[expect(clippy::mut_from_ref, reason = "the constructor is the only user then")]
    pub(crate) unsafe fn fill(&self) -> &mut T {
        // SAFETY: as the caller promises, nobody else looks.
        unsafe { &mut *self.0.get() }
    }

    /// The value.
    pub(crate) fn get(&self) -> &T {
        // SAFETY: nobody writes any more.
        unsafe { &*self.0.get() }
    }
}
