//! A test's own words in its record.

use serde_json::json;

use crate::steps::Steps;

/// Writes a line to the test's steps, if the calling thread belongs to a test; [`log!`](macro@crate::log) formats.
pub fn log(level: &str, text: String) {
    if let Some(steps) = Steps::current() {
        steps.instant("log", json!({ "level": level, "text": text }));
    }
}

/// Writes a line to the test's steps, at one of the usual levels: `error`, `warn`, `info`, `debug`, `trace`.
///
/// ```
/// gkfs_harness::log!(info, "wrote {} bytes", 4096);
/// ```
///
/// A thread that the test started belongs to it after [`Steps::enter`](crate::Steps::enter).
#[macro_export]
macro_rules! log {
    (error, $($text:tt)+) => { $crate::log("error", ::std::format!($($text)+)) };
    (warn, $($text:tt)+) => { $crate::log("warn", ::std::format!($($text)+)) };
    (info, $($text:tt)+) => { $crate::log("info", ::std::format!($($text)+)) };
    (debug, $($text:tt)+) => { $crate::log("debug", ::std::format!($($text)+)) };
    (trace, $($text:tt)+) => { $crate::log("trace", ::std::format!($($text)+)) };
}
