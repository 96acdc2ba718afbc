//! How a test ends: passed, failed by an error, or skipped.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

/// What a test function may return, so that `?` can be used on any error.
pub type TestResult<T = ()> = Result<T, TestError>;

/// Any error that ended a test, with the place of the `?` that let it through.
pub struct TestError {
    source: Box<dyn StdError + Send + Sync>,
    location: &'static Location<'static>,
}

impl TestError {
    /// Where the error left the test.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for TestError {
    #[track_caller]
    fn from(error: E) -> Self {
        Self {
            source: error.into(),
            location: Location::caller(),
        }
    }
}

impl fmt::Display for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            // A message that ends in its cause's says it already.
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({})", self.location)
    }
}

/// What a test function returns: nothing, or a [`TestResult`].
pub trait TestOutcome {
    /// As a result.
    fn into_result(self) -> TestResult;
}

impl TestOutcome for () {
    fn into_result(self) -> TestResult {
        Ok(())
    }
}

impl TestOutcome for TestResult {
    fn into_result(self) -> TestResult {
        self
    }
}

/// Carried by the unwinding that ends a skipped test.
#[derive(Debug)]
pub(crate) struct Skipped(pub(crate) String);

/// Ends the test as skipped; [`skip!`](macro@crate::skip) formats the reason.
///
/// # Panics
/// Always, without a message: this is how it leaves the test.
pub fn skip(reason: impl Into<String>) -> ! {
    // Not panic_any: no hook is to report a skip as a panic.
    std::panic::resume_unwind(Box::new(Skipped(reason.into())))
}

/// Ends the test as skipped, with a reason that the reader of the run needs.
///
/// ```no_run
/// # let python: Option<String> = None;
/// if python.is_none() {
///     gkfs_harness::skip!("no python3 on this machine");
/// }
/// ```
#[macro_export]
macro_rules! skip {
    ($($reason:tt)+) => { $crate::skip(::std::format!($($reason)+)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_remembers_where_it_left_the_test() {
        fn body() -> TestResult {
            "x".parse::<u8>()?;
            Ok(())
        }
        let error = body().unwrap_err();
        assert_eq!(error.location().file(), file!());
        assert!(format!("{error:?}").starts_with("invalid digit found in string ("));
    }

    #[test]
    fn text_is_an_error_too() {
        fn body() -> TestResult {
            Err("plain words")?;
            Ok(())
        }
        assert_eq!(body().unwrap_err().to_string(), "plain words");
    }
}
