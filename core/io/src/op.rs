//! The operations: a struct of arguments each, generated from the table, and what each does.

mod attr;
mod coverage;
mod cwd;
mod dir;
mod mmap;
mod name;
mod open;
mod position;
mod process;
mod read;
mod size;
mod stat;
mod validate;
mod write;
mod xattr;

use std::ffi::OsString;

use serde_json::{Map, Value};

use crate::argument::Argument;
use crate::codec;
use crate::error::RequestError;
use crate::operation::{ArgumentInfo, Operation};

macro_rules! define_operations {
    ($(
        $name:ident : $Args:ident -> $Reply:ident, $origin:ident, $about:literal
            { $($arg:ident : $kind:ident = $help:literal,)* }
            { $($opt:ident : $opt_kind:ident = $opt_help:literal,)* }
    )*) => { $(
        #[doc = concat!("`", stringify!($name), "`: ", $about, ".")]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Args {
            $(#[doc = concat!($help, ".")] pub $arg: $crate::field!($kind),)*
            $(#[doc = concat!($opt_help, " (optional).")] pub $opt: Option<$crate::field!($opt_kind)>,)*
        }

        impl $Args {
            /// Takes the arguments in the order of the command line.
            pub fn new($($arg: $crate::param!($kind),)* $($opt: $crate::optional_param!($opt_kind),)*) -> Self {
                Self { $($arg: $crate::into_field!($kind, $arg),)* $($opt: $opt.into(),)* }
            }
        }

        impl Operation for $Args {
            const NAME: &'static str = stringify!($name);
            const ABOUT: &'static str = $about;
            const UPSTREAM: bool = is_upstream!($origin);
            const ARGUMENTS: &'static [ArgumentInfo] = &[
                $(codec::info::<$crate::field!($kind)>(stringify!($arg), true, $help),)*
                $(codec::info::<$crate::field!($opt_kind)>(stringify!($opt), false, $opt_help),)*
            ];
            type Reply = crate::reply::$Reply;

            fn from_words(words: &[OsString]) -> Result<Self, RequestError> {
                let mut words = codec::Words::<Self>::new(words);
                let args = Self { $($arg: words.required()?,)* $($opt: words.optional()?,)* };
                words.end()?;
                Ok(args)
            }

            fn to_words(&self) -> Result<Vec<OsString>, RequestError> {
                let mut words = Vec::new();
                $(codec::push_word::<Self, _>(&mut words, stringify!($arg), &self.$arg)?;)*
                $(codec::push_optional_word::<Self, _>(&mut words, stringify!($opt), self.$opt.as_ref())?;)*
                codec::trim_words::<Self>(&mut words);
                Ok(words)
            }

            fn from_json(args: &Map<String, Value>) -> Result<Self, RequestError> {
                codec::refuse_unknown::<Self>(args)?;
                Ok(Self {
                    $($arg: codec::required::<Self, _>(args, stringify!($arg))?,)*
                    $($opt: codec::optional::<Self, _>(args, stringify!($opt))?,)*
                })
            }

            fn to_json(&self) -> Map<String, Value> {
                let mut args = Map::new();
                $(args.insert(stringify!($arg).to_owned(), self.$arg.to_json());)*
                $(if let Some(value) = &self.$opt {
                    args.insert(stringify!($opt).to_owned(), value.to_json());
                })*
                args
            }

            fn show_arguments(&self) -> String {
                let mut shown: Vec<String> = Vec::new();
                $(shown.extend(codec::show::$kind(stringify!($arg), &self.$arg));)*
                $(if let Some(value) = &self.$opt {
                    shown.extend(codec::show::$opt_kind(stringify!($opt), value));
                })*
                shown.join(", ")
            }
        }
    )* };
}

macro_rules! is_upstream {
    (upstream) => {
        true
    };
    (ours) => {
        false
    };
}

crate::for_each_operation!(define_operations);
