//! All operations by name, for callers that learn the name only at run time.

use std::ffi::OsString;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::RequestError;
use crate::execute::Execute;
use crate::operation::ArgumentInfo;

/// An operation without its types.
#[derive(Clone, Copy, Debug)]
pub struct OperationInfo {
    /// Its name.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Whether upstream's `gkfs.io` knows it.
    pub upstream: bool,
    /// Its arguments, in order.
    pub arguments: &'static [ArgumentInfo],
    pub(crate) from_words: fn(&[OsString]) -> Parsed,
    pub(crate) from_json: fn(&Map<String, Value>) -> Parsed,
}

/// Arguments read, or what is wrong with them.
type Parsed = Result<Box<dyn Runnable>, RequestError>;

/// An operation with its arguments, its types forgotten.
pub(crate) trait Runnable {
    /// Runs it and returns what its process prints.
    fn print(&self, cx: &mut Context, format: Format) -> serde_json::Result<String>;

    /// Runs it and returns the reply as the session answers it.
    fn answer(&self, cx: &mut Context) -> serde_json::Result<Box<RawValue>>;
}

impl<O: Execute> Runnable for O {
    fn print(&self, cx: &mut Context, format: Format) -> serde_json::Result<String> {
        let reply = self.run(cx);
        match format {
            Format::Verbose => Ok(self.verbose(&reply)),
            Format::Json => serde_json::to_string_pretty(&reply),
        }
    }

    fn answer(&self, cx: &mut Context) -> serde_json::Result<Box<RawValue>> {
        to_raw_value(&self.run(cx))
    }
}

/// How a process prints a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Verbose,
}

impl OperationInfo {
    const fn of<O: Execute + 'static>() -> Self {
        Self {
            name: O::NAME,
            about: O::ABOUT,
            upstream: O::UPSTREAM,
            arguments: O::ARGUMENTS,
            from_words: |words| Ok(Box::new(O::from_words(words)?)),
            from_json: |args| Ok(Box::new(O::from_json(args)?)),
        }
    }
}

macro_rules! list_operations {
    ($(
        $name:ident : $Args:ident -> $Reply:ident, $origin:ident, $about:literal
            { $($arg:ident : $kind:ident = $help:literal,)* }
            { $($opt:ident : $opt_kind:ident = $opt_help:literal,)* }
    )*) => {
        const OPERATIONS: &[OperationInfo] = &[$(OperationInfo::of::<crate::op::$Args>(),)*];
    };
}

crate::for_each_operation!(list_operations);

/// All operations, upstream's first and in its order.
pub fn operations() -> &'static [OperationInfo] {
    OPERATIONS
}

/// The operation of that name.
///
/// # Errors
/// [`RequestError::UnknownOperation`], with the name that was probably meant.
///
/// ```
/// assert!(gkfs_io::find("mkdir").unwrap().upstream);
/// let error = gkfs_io::find("mkdri").unwrap_err();
/// assert_eq!(error.to_string(), "unknown operation 'mkdri', did you mean 'mkdir'?");
/// ```
pub fn find(name: &str) -> Result<&'static OperationInfo, RequestError> {
    OPERATIONS
        .iter()
        .find(|operation| operation.name == name)
        .ok_or_else(|| RequestError::UnknownOperation {
            name: name.chars().take(60).collect(),
            nearest: nearest(name),
        })
}

/// A name at most a third away.
fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > 40 {
        return None;
    }
    OPERATIONS
        .iter()
        .map(|operation| (strsim::damerau_levenshtein(name, operation.name), operation.name))
        .min()
        .filter(|(distance, found)| distance * 3 <= found.len())
        .map(|(_, found)| found)
}
