//! The command line, read as CLI11 reads it: what counts as an option, in which order errors are
//! found, and their texts and exit statuses.

use std::ffi::{OsStr, OsString};

use super::help;
use crate::registry::{self, Format, OperationInfo, Runnable};
use crate::session::Mode;

/// What to do.
pub(super) enum Command {
    Help(String),
    Run {
        operation: Box<dyn Runnable>,
        format: Format,
    },
    Session(Mode),
}

/// A command line that cannot be run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) status: u8,
    pub(super) message: String,
}

impl Usage {
    pub(super) fn required(name: &str) -> Self {
        Self {
            status: 106,
            message: format!("{name} is required"),
        }
    }

    pub(super) fn conversion(name: &str, word: &str) -> Self {
        Self {
            status: 104,
            message: format!("Could not convert: {name} = {word}"),
        }
    }

    pub(super) fn extras(words: &[String]) -> Self {
        let (noun, verb) = if words.len() == 1 {
            ("argument", "was")
        } else {
            ("arguments", "were")
        };
        Self {
            status: 109,
            message: format!("The following {noun} {verb} not expected: {}", words.join(" ")),
        }
    }
}

pub(super) fn parse(program: &str, args: Vec<OsString>) -> Result<Command, Usage> {
    let mut extras = Vec::new();
    let mut args = args.into_iter();
    while let Some(word) = args.next() {
        let name = word.to_string_lossy();
        match &*name {
            "-h" | "--help" => return Ok(Command::Help(help::overview(program))),
            "--help-all" => return Ok(Command::Help(help::everything(program))),
            "session" => return parse_session(program, args.collect()),
            _ => match registry::find(&name) {
                Ok(operation) => return parse_operation(program, operation, args.collect(), extras),
                Err(_) => extras.push(name.into_owned()),
            },
        }
    }
    let mut error = Usage::required("A subcommand");
    if let Some(unknown) = extras.first().and_then(|name| registry::find(name).err()) {
        error.message.push_str(&format!("\n{unknown}"));
    }
    Err(error)
}

fn parse_operation(
    program: &str,
    operation: &'static OperationInfo,
    args: Vec<OsString>,
    mut extras: Vec<String>,
) -> Result<Command, Usage> {
    let (mut words, mut format, mut options) = (Vec::new(), Format::Json, true);
    for word in args {
        match (if options { classify(&word) } else { Token::Word }, words.len()) {
            (Token::Help, _) => return Ok(Command::Help(help::operation(program, operation))),
            (Token::HelpAll, _) => return Ok(Command::Help(help::everything(program))),
            (Token::Verbose, _) => format = Format::Verbose,
            (Token::EndOfOptions, _) => options = false,
            (Token::Word, count) if count < operation.arguments.len() => words.push(word),
            _ => extras.push(word.to_string_lossy().into_owned()),
        }
    }
    // The order of CLI11: a word that cannot be read, then one that is missing, then one too many.
    let operation = (operation.from_words)(&words)?;
    if extras.is_empty() {
        Ok(Command::Run { operation, format })
    } else {
        Err(Usage::extras(&extras))
    }
}

enum Token {
    Help,
    HelpAll,
    Verbose,
    EndOfOptions,
    Word,
    UnknownOption,
}

/// A dash makes an option, but for a dash alone and for numbers.
fn classify(word: &OsStr) -> Token {
    match word.as_encoded_bytes() {
        b"--" => Token::EndOfOptions,
        b"-h" | b"--help" => Token::Help,
        b"--help-all" => Token::HelpAll,
        b"-v" | b"--verbose" => Token::Verbose,
        [b'-', first, ..] if !first.is_ascii_digit() => Token::UnknownOption,
        _ => Token::Word,
    }
}

fn parse_session(program: &str, args: Vec<OsString>) -> Result<Command, Usage> {
    let mut mode = Mode::Plain;
    let mut extras = Vec::new();
    for word in args {
        match &*word.to_string_lossy() {
            "-h" | "--help" => return Ok(Command::Help(help::session(program))),
            "--imitate-process" => mode = Mode::ImitateProcess,
            other => extras.push(other.to_owned()),
        }
    }
    if extras.is_empty() {
        Ok(Command::Session(mode))
    } else {
        Err(Usage::extras(&extras))
    }
}
