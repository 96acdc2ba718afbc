//! What an argument can be, as a word of the command line and as a JSON value of the session.
//!
//! The table names an argument's *kind*; the macros here map a kind to the field that keeps it
//! and to the parameter that takes it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::number::{self, Integer};
use crate::{ByteString, Fd, Target};

/// A value that can be written as one command-line word and as one JSON value.
pub trait Argument: Sized {
    /// What a valid value is, to complete "expected ...".
    const EXPECTED: &'static str;

    /// Reads a word of the command line.
    fn from_word(word: &OsStr) -> Option<Self>;

    /// Writes the word that [`from_word`](Self::from_word) reads; `None` where no word can say it.
    fn to_word(&self) -> Option<OsString>;

    /// Reads a JSON value; numbers may also be strings, as they stand on a command line.
    fn from_json(value: &Value) -> Option<Self>;

    /// Writes the value that [`from_json`](Self::from_json) reads.
    fn to_json(&self) -> Value;
}

macro_rules! integers {
    ($($t:ident)*) => { $(
        impl Argument for $t {
            const EXPECTED: &'static str = concat!("a number that fits ", stringify!($t));

            fn from_word(word: &OsStr) -> Option<Self> {
                number::parse(word.to_str()?)
            }

            fn to_word(&self) -> Option<OsString> {
                Some(self.to_string().into())
            }

            fn from_json(value: &Value) -> Option<Self> {
                match value {
                    Value::Number(n) => n
                        .as_i64()
                        .map(i128::from)
                        .or(n.as_u64().map(i128::from))
                        .and_then(Self::from_i128),
                    Value::String(word) => number::parse(word),
                    _ => None,
                }
            }

            fn to_json(&self) -> Value {
                Value::from(*self)
            }
        }
    )* };
}

integers!(i32 u32 i64 u64);

impl Argument for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_word(word: &OsStr) -> Option<Self> {
        number::parse_flag(word.to_str()?)
    }

    fn to_word(&self) -> Option<OsString> {
        Some(if *self { "1" } else { "0" }.into())
    }

    fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(*b),
            Value::Number(n) => Some(n.as_u64()? != 0),
            Value::String(word) => number::parse_flag(word),
            _ => None,
        }
    }

    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Argument for ByteString {
    const EXPECTED: &'static str = "a string, {\"b64\": ...} or an array of bytes";

    fn from_word(word: &OsStr) -> Option<Self> {
        Some(ByteString::from(word.as_bytes()))
    }

    fn to_word(&self) -> Option<OsString> {
        Some(OsString::from_vec(self.to_vec()))
    }

    fn from_json(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }

    fn to_json(&self) -> Value {
        ByteString::to_json(self)
    }
}

impl Argument for PathBuf {
    const EXPECTED: &'static str = "a path: a string or {\"b64\": ...}";

    fn from_word(word: &OsStr) -> Option<Self> {
        Some(word.into())
    }

    fn to_word(&self) -> Option<OsString> {
        Some(self.clone().into_os_string())
    }

    fn from_json(value: &Value) -> Option<Self> {
        let bytes: ByteString = serde_json::from_value(value.clone()).ok()?;
        Some(Path::new(OsStr::from_bytes(&bytes)).to_owned())
    }

    fn to_json(&self) -> Value {
        ByteString::from(self.as_os_str().as_bytes()).to_json()
    }
}

impl Argument for Fd {
    const EXPECTED: &'static str = "a descriptor";

    fn from_word(word: &OsStr) -> Option<Self> {
        i32::from_word(word).map(Fd)
    }

    fn to_word(&self) -> Option<OsString> {
        self.0.to_word()
    }

    fn from_json(value: &Value) -> Option<Self> {
        i32::from_json(value).map(Fd)
    }

    fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

/// A word is always a path, as upstream has it: a process of its own has no descriptor to name. A
/// JSON number is an open descriptor.
impl Argument for Target {
    const EXPECTED: &'static str = "a path (a string or {\"b64\": ...}) or a descriptor (a number)";

    fn from_word(word: &OsStr) -> Option<Self> {
        PathBuf::from_word(word).map(Target::Path)
    }

    fn to_word(&self) -> Option<OsString> {
        match self {
            Target::Path(path) => path.to_word(),
            Target::Fd(_) => None,
        }
    }

    fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Number(_) => Fd::from_json(value).map(Target::Fd),
            _ => PathBuf::from_json(value).map(Target::Path),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Target::Path(path) => path.to_json(),
            Target::Fd(fd) => fd.to_json(),
        }
    }
}

/// The type of the field that keeps an argument of a kind.
#[doc(hidden)]
#[macro_export]
macro_rules! field {
    (path) => {
        ::std::path::PathBuf
    };
    (file) => {
        $crate::Target
    };
    (fd) => {
        $crate::Fd
    };
    (data) => {
        $crate::ByteString
    };
    (mode) => {
        u32
    };
    ($number:ident) => {
        $number
    };
}

/// The type of the parameter that takes a required argument of a kind (see
/// [`for_each_operation!`](crate::for_each_operation)).
#[macro_export]
macro_rules! param {
    (path) => { impl ::std::convert::AsRef<::std::path::Path> };
    (file) => { impl $crate::IntoTarget };
    (fd) => { impl ::std::convert::Into<$crate::Fd> };
    (data) => { impl ::std::convert::AsRef<[u8]> };
    (mode) => { u32 };
    ($number:ident) => { $number };
}

/// The type of the parameter that takes an optional argument of a kind: a value or `None`.
#[macro_export]
macro_rules! optional_param {
    ($kind:ident) => { impl ::std::convert::Into<::std::option::Option<$crate::field!($kind)>> };
}

/// Turns a parameter into its field.
#[doc(hidden)]
#[macro_export]
macro_rules! into_field {
    (path, $value:expr) => {
        ::std::path::Path::to_path_buf($value.as_ref())
    };
    (file, $value:expr) => {
        $crate::IntoTarget::into_target($value)
    };
    (fd, $value:expr) => {
        $value.into()
    };
    (data, $value:expr) => {
        $crate::ByteString::from($value.as_ref())
    };
    ($number:ident, $value:expr) => {
        $value
    };
}
