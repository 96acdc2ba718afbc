//! Errors on their way to the other language: a word for programs, a sentence and a way out for people.

use super::protocol::Refusal;
use crate::error::Error;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (kind, hint) = described(&error);
        Self {
            kind,
            message: error.to_string(),
            hint,
        }
    }
}

impl Refusal {
    /// The caller does not keep to the protocol.
    pub(super) fn protocol(message: impl Into<String>) -> Self {
        Self {
            kind: "protocol",
            message: message.into(),
            hint: Some(
                "the harness package and gkfs-bench are of different versions: see `gkfs-bench python-path`",
            ),
        }
    }

    /// A fault of ours.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self {
            kind: "internal",
            message: message.into(),
            hint: None,
        }
    }
}

fn described(error: &Error) -> (&'static str, Option<&'static str>) {
    match error {
        Error::Io { .. } => ("io", None),
        Error::Environment { .. } => ("environment", None),
        // These say the way out themselves.
        Error::NoStack(_) => ("no_stack", None),
        Error::StackConfig { .. } => ("stack_config", None),
        Error::Missing { .. } => (
            "missing",
            Some("name its directory with --bin-dir or --lib-dir, or in the suite file's [stack.NAME]"),
        ),
        Error::Ambiguous { .. } => ("ambiguous", None),
        // It names its key.
        Error::Wrap { .. } => ("wrap", None),
        Error::NoInterface { .. } => (
            "no_interface",
            Some("name another with --interface, or in the suite file's [stack.NAME]"),
        ),
        Error::NoPort { .. } => ("no_port", None),
        Error::Spawn { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ("not_found", None),
        Error::Spawn { .. } => ("spawn", None),
        Error::TimedOut { .. } => ("timed_out", None),
        Error::Program { .. } => ("program", None),
        Error::Daemon { .. } => ("daemon", None),
        Error::UnknownOperation { .. } => ("unknown_operation", None),
        Error::Operation { .. } => ("operation", None),
        Error::Fixture { .. } => ("fixture", None),
        Error::Size(_) => ("size", None),
        Error::NoParser(_) => ("no_parser", None),
        Error::Output { .. } => ("output", None),
        Error::Other(_) => ("other", None),
    }
}
