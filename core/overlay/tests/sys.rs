//! What a test does to itself that no safe code can do.
#![allow(unsafe_code)]

/// Goes to another thread whatever it is. The thread that it comes from must not touch it, or what it shares, meanwhile.
pub(crate) struct Anywhere<T>(pub(crate) T);

// SAFETY: those who use this keep its promise: one thread waits for the other.
unsafe impl<T> Send for Anywhere<T> {}
