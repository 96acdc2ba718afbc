//! What an operation is, made of the table: a struct of typed arguments and its codecs.

use std::ffi::OsString;
use std::fmt::Debug;

use serde_json::{Map, Value};

use crate::error::RequestError;
use crate::reply::Reply;

/// One argument, for parsers and help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgumentInfo {
    /// Its name, on the command line only in help and messages.
    pub name: &'static str,
    /// Whether an operation cannot be run without it; optional ones come last.
    pub required: bool,
    /// Its help text.
    pub help: &'static str,
    /// What a valid value is.
    pub expected: &'static str,
}

/// Typed arguments of one operation, as a row of the table describes them.
pub trait Operation: Clone + Debug + PartialEq + Sized {
    /// The subcommand of `gkfs.io`, mostly the name of the system call.
    const NAME: &'static str;
    /// One line of help.
    const ABOUT: &'static str;
    /// Whether every `gkfs.io` knows it, or only this one.
    const UPSTREAM: bool;
    /// Its arguments, in order.
    const ARGUMENTS: &'static [ArgumentInfo];
    /// What it answers.
    type Reply: Reply;

    /// Reads the positional words of a command line, unused optional ones left out.
    fn from_words(words: &[OsString]) -> Result<Self, RequestError>;

    /// Writes those words; fails if an argument is a descriptor where a command line has a path.
    fn to_words(&self) -> Result<Vec<OsString>, RequestError>;

    /// Reads the `args` of a session's request.
    fn from_json(args: &Map<String, Value>) -> Result<Self, RequestError>;

    /// Writes the `args` of a session's request.
    fn to_json(&self) -> Map<String, Value>;

    /// The arguments as `-v` shows them: `pathname="/mnt/d", mode=0777`.
    fn show_arguments(&self) -> String;
}
