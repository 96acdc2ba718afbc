//! Every operation of the table as a method, whatever carries it out.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use gkfs_io::{ArgumentInfo, ByteString, Operation, RequestError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A real operation takes 0.6 s, more on a busy machine; one whose daemon is stopped would take 100 s.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// A real daemon makes a file in milliseconds, in tens of them on a busy machine.
const FOR_A_FILE: Duration = Duration::from_millis(100);
/// Ten megabytes a second.
const FOR_A_BYTE: Duration = Duration::from_nanos(100);
/// Nobody waits longer, whatever number was asked for.
const LONGEST: Duration = Duration::from_secs(3600);

/// An operation on its way to a client, in both forms that clients take.
#[derive(Debug)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// Its arguments as words of a command line, or why they cannot be written so.
    pub words: Result<Vec<OsString>, RequestError>,
    /// Its arguments by name.
    pub args: Map<String, Value>,
}

impl Request {
    fn of<O: Operation>(operation: &O) -> Self {
        Self {
            name: O::NAME.into(),
            words: operation.to_words(),
            args: operation.to_json(),
        }
    }

    /// Words for an operation that may not be in the table; the table names them, if it is.
    pub(crate) fn by_name(name: &str, words: Vec<OsString>) -> Self {
        let known = table_entry(name);
        let names = known
            .iter()
            .flat_map(|entry| entry.arguments)
            .map(|argument| argument.name.to_owned());
        let numbers = (0..).map(|number: usize| number.to_string());
        let values = words
            .iter()
            .map(|word| ByteString::from(word.as_bytes()).to_json());
        let args = if known.is_some() {
            names.zip(values).collect()
        } else {
            numbers.zip(values).collect()
        };
        Self {
            name: name.into(),
            words: Ok(words),
            args,
        }
    }
}

impl Request {
    /// How long it may take: more where it says how much there is to do.
    pub(crate) fn patience(&self) -> Duration {
        let each = match self.name.as_str() {
            "directory_validate" => FOR_A_FILE,
            _ => FOR_A_BYTE,
        };
        let count = match self.args.get("count") {
            Some(Value::String(word)) => word.parse().ok(),
            Some(value) => value.as_u64(),
            None => None,
        };
        let count = count.map_or(0, |count: u64| u32::try_from(count).unwrap_or(u32::MAX));
        PATIENCE.saturating_add(each.saturating_mul(count).min(LONGEST))
    }
}

/// What the table says about an operation.
pub(crate) struct TableEntry {
    pub(crate) upstream: bool,
    pub(crate) arguments: &'static [ArgumentInfo],
}

macro_rules! operations {
    ($(
        $name:ident : $Args:ident -> $Reply:ident, $origin:ident, $about:literal
            { $($arg:ident : $kind:ident = $help:literal,)* }
            { $($opt:ident : $opt_kind:ident = $opt_help:literal,)* }
    )*) => {
        /// The operations of `gkfs.io`, carried out by a [`Client`](crate::Client) or a [`Session`](crate::Session).
        ///
        /// A call that fails is a reply with `retval` -1 and its `errno`, and never a panic. A method panics when
        /// there is no reply: the client crashed, said something that is no reply, or took too long. The message
        /// names command line, status and output. [`try_call`](Self::try_call) returns that as an error instead.
        ///
        /// Where the table says *file*, a path or, in a session, an open [`Fd`](crate::Fd) is taken. An optional
        /// argument is a value or `None`.
        pub trait Operations {
            /// Carries an operation out and returns the reply's JSON.
            ///
            /// # Errors
            /// There is no reply.
            fn perform(&self, request: Request) -> Result<Value>;

            /// Carries an operation of the table out, without panicking.
            ///
            /// # Errors
            /// There is no reply, or one of another shape.
            fn try_call<O: Operation>(&self, operation: O) -> Result<O::Reply> {
                let reply = self.perform(Request::of(&operation))?;
                O::Reply::deserialize(&reply).map_err(|error| Error::Operation {
                    name: O::NAME.into(),
                    problem: format!(
                        "the reply does not have the table's shape: {error}: {}",
                        shortened(&reply.to_string())
                    ),
                })
            }

            /// Carries any operation out that the client knows, with words as on its command line.
            ///
            /// # Errors
            /// There is no reply; an operation that the client does not know is one cause.
            fn call(&self, name: &str, args: &[impl AsRef<OsStr>]) -> Result<Value> {
                self.perform(Request::by_name(name, args.iter().map(|arg| arg.as_ref().to_owned()).collect()))
            }

            $(
                #[doc = concat!($about, ".")]
                #[track_caller]
                fn $name(
                    &self,
                    $($arg: gkfs_io::param!($kind),)*
                    $($opt: gkfs_io::optional_param!($opt_kind),)*
                ) -> gkfs_io::reply::$Reply {
                    expect(self.try_call(gkfs_io::op::$Args::new($($arg,)* $($opt,)*)))
                }
            )*
        }

        /// Looks a name up in the table.
        pub(crate) fn table_entry(name: &str) -> Option<TableEntry> {
            fn entry<O: Operation>() -> TableEntry {
                TableEntry { upstream: O::UPSTREAM, arguments: O::ARGUMENTS }
            }
            match name {
                $(stringify!($name) => Some(entry::<gkfs_io::op::$Args>()),)*
                _ => None,
            }
        }
    };
}

gkfs_io::for_each_operation!(operations);

/// Panics at the test's own line: there is nothing to go on with.
#[track_caller]
pub(crate) fn expect<T>(result: Result<T, impl fmt::Display>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

fn shortened(text: &str) -> String {
    let end = text.char_indices().nth(300).map_or(text.len(), |(at, _)| at);
    if end < text.len() {
        format!("{}…", &text[..end])
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;

    /// Answers always the same and remembers what it was asked.
    struct Echo {
        reply: Value,
        asked: RefCell<Vec<(String, Vec<OsString>, Value)>>,
    }

    impl Operations for Echo {
        fn perform(&self, request: Request) -> Result<Value> {
            let words = request.words.unwrap();
            self.asked
                .borrow_mut()
                .push((request.name, words, request.args.into()));
            Ok(self.reply.clone())
        }
    }

    fn echo(reply: Value) -> Echo {
        Echo {
            reply,
            asked: RefCell::default(),
        }
    }

    #[test]
    fn methods_are_typed_and_a_stale_errnum_is_none() {
        let client = echo(json!({ "retval": 0, "errnum": 11 }));
        let reply = client.mkdir("/mnt/top", 0o777);
        assert_eq!((reply.retval, reply.errno), (0, 0));
        let asked = client.asked.take();
        assert_eq!(asked[0].0, "mkdir");
        assert_eq!(asked[0].1[0], "/mnt/top");
        assert_eq!(asked[0].2["pathname"], "/mnt/top");
    }

    #[test]
    fn words_get_the_tables_names() {
        let client = echo(json!({}));
        client.call("mkdir", &["/d", "0777"]).unwrap();
        client.call("mine", &["x"]).unwrap();
        let asked = client.asked.take();
        assert_eq!(asked[0].2, json!({ "pathname": "/d", "mode": "0777" }));
        assert_eq!(asked[1].2, json!({ "0": "x" }));
    }

    #[test]
    fn what_has_more_to_do_may_take_longer() {
        let patience = |name, words: &[&str]| {
            Request::by_name(name, words.iter().map(Into::into).collect())
                .patience()
                .as_secs()
        };
        assert_eq!(patience("mkdir", &["/d", "511"]), 30);
        assert_eq!(patience("read", &["/f", "4096"]), 30);
        assert_eq!(patience("directory_validate", &["/d", "1000"]), 130);
        assert_eq!(patience("write_random", &["/f", "1000000000"]), 130);
        assert_eq!(
            patience("directory_validate", &["/d", "18446744073709551615"]),
            3630
        );
        assert_eq!(patience("directory_validate", &["/d", "many"]), 30);
        assert_eq!(
            Request::of(&gkfs_io::op::DirectoryValidate::new("/d", 10))
                .patience()
                .as_secs(),
            31
        );
    }

    #[test]
    fn a_reply_of_another_shape_is_shown() {
        let error = echo(json!({ "errnum": 0 }))
            .try_call(gkfs_io::op::Mkdir::new("/d", 0))
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("operation `mkdir`") && text.contains(r#"{"errnum":0}"#),
            "{text}"
        );
    }
}
