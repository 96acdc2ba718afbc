//! How a system call is to end, over `io::Result`, rustix's results, and C's -1 with `errno`.

use std::fmt::{self, Debug};
use std::io;

use crate::errno;

/// How a call ended: a value, or an errno.
pub trait Outcome {
    /// What it returns.
    type Value;
    /// As a result whose error is an errno.
    ///
    /// # Errors
    /// The call failed.
    fn outcome(self) -> Result<Self::Value, i32>;
}

impl<T> Outcome for io::Result<T> {
    type Value = T;

    fn outcome(self) -> Result<T, i32> {
        // An error without a number never came from the kernel: it is none that a test can name.
        self.map_err(|error| error.raw_os_error().unwrap_or(0))
    }
}

impl<T> Outcome for rustix::io::Result<T> {
    type Value = T;

    fn outcome(self) -> Result<T, i32> {
        self.map_err(rustix::io::Errno::raw_os_error)
    }
}

macro_rules! outcome_of_numbers {
    ($($number:ty)*) => {
        $(impl Outcome for $number {
            type Value = $number;

            /// -1 is a failure, and the calling thread's `errno` says which; -1 with an errno of 0 is a value.
            fn outcome(self) -> Result<$number, i32> {
                match (self, io::Error::last_os_error().raw_os_error().unwrap_or(0)) {
                    (-1, 0) => Ok(-1),
                    (-1, errno) => Err(errno),
                    (value, _) => Ok(value),
                }
            }
        })*
    };
}

outcome_of_numbers!(i32 i64 isize);

/// Which errnos a failure may have: one, or any of several.
pub trait Errnos {
    /// Whether it may have this one.
    fn allows(&self, errno: i32) -> bool;
    /// In words.
    fn words(&self) -> String;
}

impl Errnos for i32 {
    fn allows(&self, errno: i32) -> bool {
        *self == errno
    }

    fn words(&self) -> String {
        named(*self)
    }
}

impl Errnos for rustix::io::Errno {
    fn allows(&self, errno: i32) -> bool {
        self.raw_os_error() == errno
    }

    fn words(&self) -> String {
        named(self.raw_os_error())
    }
}

impl<T: Errnos, const N: usize> Errnos for [T; N] {
    fn allows(&self, errno: i32) -> bool {
        self.iter().any(|one| one.allows(errno))
    }

    fn words(&self) -> String {
        self.iter().map(Errnos::words).collect::<Vec<_>>().join(" or ")
    }
}

/// `ENOENT (2)`.
fn named(errno: i32) -> String {
    match errno {
        0 => "no errno".to_owned(),
        errno => format!("{} ({errno})", errno::name(errno)),
    }
}

/// The call succeeds, `SyscallSucceeds`. Returns its value.
///
/// # Panics
/// It failed.
#[track_caller]
pub fn succeeds<O: Outcome>(call: O) -> O::Value {
    match call.outcome() {
        Ok(value) => value,
        Err(errno) => panic!("the call failed with {}, and was to succeed", named(errno)),
    }
}

/// The call succeeds with a value that satisfies this, `SyscallSucceedsWithValue`: `succeeds_with(read, 5)` or
/// `succeeds_with(read, |n: &usize| *n > 4096)`. Returns it.
///
/// # Panics
/// It failed, or the value does not satisfy it.
#[track_caller]
pub fn succeeds_with<O: Outcome, W: Wanted<O::Value>>(call: O, wanted: W) -> O::Value
where
    O::Value: Debug,
{
    let value = succeeds(call);
    assert!(
        wanted.accepts(&value),
        "the call returned {value:?}, and {}",
        wanted.words()
    );
    value
}

/// What a value is to be.
pub trait Wanted<T> {
    /// Whether it is.
    fn accepts(&self, value: &T) -> bool;
    /// In words, after "the call returned 5, and".
    fn words(&self) -> String;
}

/// A value is itself; for a predicate use [`that`].
impl<T: PartialEq + Debug> Wanted<T> for T {
    fn accepts(&self, value: &T) -> bool {
        self == value
    }

    fn words(&self) -> String {
        format!("{self:?} was wanted")
    }
}

/// A predicate as something to be wanted; see [`that`].
pub struct That<F>(F);

impl<F> fmt::Debug for That<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("That")
    }
}

/// A value that satisfies this: `succeeds_with(call, that(|size: &usize| *size > 4096))`.
pub const fn that<F>(predicate: F) -> That<F> {
    That(predicate)
}

impl<T, F: Fn(&T) -> bool> Wanted<T> for That<F> {
    fn accepts(&self, value: &T) -> bool {
        (self.0)(value)
    }

    fn words(&self) -> String {
        "that does not satisfy the predicate".to_owned()
    }
}

/// The call fails, `SyscallFails`. Returns the errno.
///
/// # Panics
/// It succeeded.
#[track_caller]
pub fn fails<O: Outcome>(call: O) -> i32
where
    O::Value: Debug,
{
    match call.outcome() {
        Err(errno) => errno,
        Ok(value) => panic!("the call returned {value:?}, and was to fail"),
    }
}

/// The call fails with this errno, or with one of these, `SyscallFailsWithErrno`:
/// `fails_with_errno(call, [libc::EACCES, libc::ENOTDIR])`.
///
/// # Panics
/// It succeeded, or failed with another one.
#[track_caller]
pub fn fails_with_errno<O: Outcome>(call: O, errnos: impl Errnos)
where
    O::Value: Debug,
{
    match call.outcome() {
        Err(errno) if errnos.allows(errno) => {}
        Err(errno) => panic!(
            "the call failed with {}, and was to fail with {}",
            named(errno),
            errnos.words()
        ),
        Ok(value) => panic!(
            "the call returned {value:?}, and was to fail with {}",
            errnos.words()
        ),
    }
}

/// Calls again as long as the call is interrupted, `RetryEINTR`.
pub fn retry_eintr<T, O: Outcome<Value = T>>(mut call: impl FnMut() -> O) -> Result<T, i32> {
    loop {
        match call().outcome() {
            Err(libc::EINTR) => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(check: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let panic = std::panic::catch_unwind(check).expect_err("a panic");
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn messages_name_the_errno() {
        let missing = || std::fs::metadata("/no/such/file");
        fails_with_errno(missing(), libc::ENOENT);
        fails_with_errno(missing(), [libc::EACCES, libc::ENOENT]);
        assert_eq!(fails(missing()), libc::ENOENT);
        assert_eq!(
            said(move || assert!(succeeds(missing()).is_file())),
            "the call failed with ENOENT (2), and was to succeed"
        );
        let wrong = said(move || fails_with_errno(missing(), [libc::EACCES, libc::EIO]));
        assert_eq!(
            wrong,
            "the call failed with ENOENT (2), and was to fail with EACCES (13) or EIO (5)"
        );
        let good = said(|| fails_with_errno(io::Result::Ok(3), libc::EIO));
        assert_eq!(good, "the call returned 3, and was to fail with EIO (5)");
    }

    #[test]
    fn all_three_kinds_of_call_are_understood() {
        let none = rustix::io::Errno::NOENT;
        fails_with_errno(rustix::fs::stat("/no/such/file"), none);
        succeeds_with(io::Result::Ok(5), 5);
        succeeds_with(5_i32, that(|value: &i32| *value > 4));
        assert!(said(|| assert_eq!(succeeds_with(io::Result::Ok(5), 6), 6)).contains("5, and 6 was wanted"));
        let mut left = 3;
        let calls = retry_eintr(|| {
            left -= 1;
            if left > 0 {
                Err(io::Error::from_raw_os_error(libc::EINTR))
            } else {
                Ok(7)
            }
        });
        assert_eq!((calls, left), (Ok(7), 0));
    }
}
