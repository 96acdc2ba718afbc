//! What can be wrong with a request, before anything is called.

/// An operation that cannot be run as it was asked for.
///
/// Operations that *fail* are no errors: their reply says so with `retval` and `errno`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No operation of that name is in the table.
    #[error("unknown operation '{name}'{}", hint(.nearest))]
    UnknownOperation {
        /// The name asked for.
        name: String,
        /// The operation whose name is nearest, if one is near.
        nearest: Option<&'static str>,
    },
    /// A required argument is absent.
    #[error("argument '{argument}' of {operation} is required, expected {expected}")]
    Missing {
        /// The operation's name.
        operation: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// What a valid value is.
        expected: &'static str,
    },
    /// An argument's value cannot be read.
    #[error("argument '{argument}' of {operation} is {found}, expected {expected}")]
    Invalid {
        /// The operation's name.
        operation: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// The value, shortened.
        found: String,
        /// What a valid value is.
        expected: &'static str,
    },
    /// An argument that the operation does not have.
    #[error("{operation} has no argument '{argument}', it takes: {known}")]
    UnknownArgument {
        /// The operation's name.
        operation: &'static str,
        /// The argument's name.
        argument: String,
        /// The names it knows.
        known: String,
    },
    /// A descriptor was given to a process of its own.
    #[error(
        "argument '{argument}' of {operation} is a descriptor, which only a session has open: name a path, or run it in the session"
    )]
    DescriptorOutsideSession {
        /// The operation's name.
        operation: &'static str,
        /// The argument's name.
        argument: &'static str,
    },
    /// A line of the session that is no request.
    #[error("no request: {reason}; expected one line {{\"n\": 1, \"op\": \"mkdir\", \"args\": {{...}}}}")]
    NoRequest {
        /// Why not.
        reason: String,
    },
    /// The session's own state could not be put back after an operation.
    #[error("cannot put back {what} after the operation: {reason}; start another session")]
    Restore {
        /// What: a directory, or descriptors.
        what: String,
        /// The system's words.
        reason: String,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest
        .map(|name| format!(", did you mean '{name}'?"))
        .unwrap_or_default()
}

impl RequestError {
    /// A short word for programs: `unknown_operation`, `bad_argument`, `bad_request` or `restore`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownOperation { .. } => "unknown_operation",
            Self::Missing { .. }
            | Self::Invalid { .. }
            | Self::UnknownArgument { .. }
            | Self::DescriptorOutsideSession { .. } => "bad_argument",
            Self::NoRequest { .. } => "bad_request",
            Self::Restore { .. } => "restore",
        }
    }
}
