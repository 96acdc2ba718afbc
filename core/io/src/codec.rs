//! How a row's arguments are read and written: what the generated code calls.

use std::ffi::OsString;
use std::marker::PhantomData;

use serde_json::{Map, Value};

use crate::argument::Argument;
use crate::error::RequestError;
use crate::operation::{ArgumentInfo, Operation};

/// The longest piece of a bad value that a message repeats.
const SHOWN: usize = 60;

pub(crate) const fn info<A: Argument>(
    name: &'static str,
    required: bool,
    help: &'static str,
) -> ArgumentInfo {
    ArgumentInfo {
        name,
        required,
        help,
        expected: A::EXPECTED,
    }
}

/// The positional words of a command line, read one after another.
pub(crate) struct Words<'a, O> {
    words: &'a [OsString],
    next: usize,
    operation: PhantomData<O>,
}

impl<'a, O: Operation> Words<'a, O> {
    pub(crate) fn new(words: &'a [OsString]) -> Self {
        Self {
            words,
            next: 0,
            operation: PhantomData,
        }
    }

    /// An empty word stands for an argument left out before another.
    pub(crate) fn optional<A: Argument>(&mut self) -> Result<Option<A>, RequestError> {
        match self.words.get(self.next) {
            Some(word) if word.is_empty() => {
                self.next += 1;
                Ok(None)
            }
            _ => self.next(),
        }
    }

    pub(crate) fn required<A: Argument>(&mut self) -> Result<A, RequestError> {
        let argument = O::ARGUMENTS[self.next].name;
        self.next()?.ok_or_else(|| missing::<O, A>(argument))
    }

    fn next<A: Argument>(&mut self) -> Result<Option<A>, RequestError> {
        let Some(word) = self.words.get(self.next) else {
            return Ok(None);
        };
        let argument = O::ARGUMENTS[self.next].name;
        self.next += 1;
        match A::from_word(word) {
            Some(value) => Ok(Some(value)),
            None => Err(invalid::<O, A>(argument, &word.to_string_lossy())),
        }
    }

    pub(crate) fn end(self) -> Result<(), RequestError> {
        match self.words.get(self.next) {
            None => Ok(()),
            Some(word) => Err(unknown::<O>(&word.to_string_lossy())),
        }
    }
}

pub(crate) fn push_word<O: Operation, A: Argument>(
    words: &mut Vec<OsString>,
    argument: &'static str,
    value: &A,
) -> Result<(), RequestError> {
    let no_word = RequestError::DescriptorOutsideSession {
        operation: O::NAME,
        argument,
    };
    words.push(value.to_word().ok_or(no_word)?);
    Ok(())
}

pub(crate) fn push_optional_word<O: Operation, A: Argument>(
    words: &mut Vec<OsString>,
    argument: &'static str,
    value: Option<&A>,
) -> Result<(), RequestError> {
    match value {
        Some(value) => push_word::<O, A>(words, argument, value),
        None => {
            words.push(OsString::new());
            Ok(())
        }
    }
}

/// Drops the words of optional arguments left out at the end: upstream's program knows no empty ones.
pub(crate) fn trim_words<O: Operation>(words: &mut Vec<OsString>) {
    let required = O::ARGUMENTS.iter().filter(|argument| argument.required).count();
    while words.len() > required && words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
}

pub(crate) fn refuse_unknown<O: Operation>(args: &Map<String, Value>) -> Result<(), RequestError> {
    let known = |key: &str| O::ARGUMENTS.iter().any(|argument| argument.name == key);
    match args.keys().find(|key| !known(key)) {
        None => Ok(()),
        Some(key) => Err(unknown::<O>(key)),
    }
}

pub(crate) fn optional<O: Operation, A: Argument>(
    args: &Map<String, Value>,
    argument: &'static str,
) -> Result<Option<A>, RequestError> {
    match args.get(argument) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match A::from_json(value) {
            Some(value) => Ok(Some(value)),
            None => Err(invalid::<O, A>(argument, &value.to_string())),
        },
    }
}

pub(crate) fn required<O: Operation, A: Argument>(
    args: &Map<String, Value>,
    argument: &'static str,
) -> Result<A, RequestError> {
    optional::<O, A>(args, argument)?.ok_or_else(|| missing::<O, A>(argument))
}

fn missing<O: Operation, A: Argument>(argument: &'static str) -> RequestError {
    RequestError::Missing {
        operation: O::NAME,
        argument,
        expected: A::EXPECTED,
    }
}

fn invalid<O: Operation, A: Argument>(argument: &'static str, found: &str) -> RequestError {
    let mut shown: String = found.chars().take(SHOWN).collect();
    if shown.len() < found.len() {
        shown.push_str("...");
    }
    RequestError::Invalid {
        operation: O::NAME,
        argument,
        found: shown,
        expected: A::EXPECTED,
    }
}

fn unknown<O: Operation>(argument: &str) -> RequestError {
    RequestError::UnknownArgument {
        operation: O::NAME,
        argument: argument.chars().take(SHOWN).collect(),
        known: O::ARGUMENTS
            .iter()
            .map(|argument| argument.name)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// How `-v` shows an argument, by kind; upstream shows neither data nor flags.
pub(crate) mod show {
    use std::path::Path;

    use crate::{ByteString, Fd, Target};

    pub(crate) fn path(name: &str, path: &Path) -> Option<String> {
        Some(format!("{name}=\"{}\"", path.display()))
    }

    pub(crate) fn file(name: &str, target: &Target) -> Option<String> {
        match target {
            Target::Path(path_name) => path(name, path_name),
            Target::Fd(number) => fd(name, number),
        }
    }

    pub(crate) fn fd(name: &str, fd: &Fd) -> Option<String> {
        Some(format!("{name}={}", fd.0))
    }

    pub(crate) fn mode(name: &str, mode: &u32) -> Option<String> {
        Some(format!("{name}={}", octal(*mode)))
    }

    pub(crate) fn data(_name: &str, _data: &ByteString) -> Option<String> {
        None
    }

    pub(crate) fn bool(_name: &str, _flag: &bool) -> Option<String> {
        None
    }

    macro_rules! numbers {
        ($($t:ident)*) => { $(
            pub(crate) fn $t(name: &str, number: &$t) -> Option<String> {
                Some(format!("{name}={number}"))
            }
        )* };
    }

    numbers!(i32 u32 i64 u64);

    /// A leading 0 and at least four characters, as `{:#04o}` of C++'s fmt.
    pub(crate) fn octal(mode: u32) -> String {
        format!("0{mode:03o}")
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn octal_has_a_leading_zero() {
            assert_eq!(super::octal(0o777), "0777");
            assert_eq!(super::octal(0o40755), "040755");
            assert_eq!(super::octal(0), "0000");
            assert_eq!(super::octal(0o22), "0022");
        }
    }
}
