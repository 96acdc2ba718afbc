//! Every way the command can end badly: kind, exit status and hints are decided here, once.

use std::error::Error;
use std::fmt;
use std::io::Write;

use anstyle::{AnsiColor, Style};

/// What the process exits with; the numbers are pytest's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every test passed, or the verb did what was asked.
    Passed = 0,
    /// Some test did not pass.
    Failed = 1,
    /// The user stopped it.
    Interrupted = 2,
    /// Our fault.
    Internal = 3,
    /// The command line, the suite file or the stack it names cannot be used.
    Usage = 4,
    /// Nothing was selected.
    NoTests = 5,
}

impl Exit {
    /// Returns what the exit status of a run says.
    pub(crate) fn from_run(code: u8) -> Exit {
        let all = [
            Exit::Passed,
            Exit::Failed,
            Exit::Interrupted,
            Exit::Internal,
            Exit::Usage,
            Exit::NoTests,
        ];
        all.into_iter()
            .find(|exit| *exit as u8 == code)
            .unwrap_or(Exit::Internal)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

/// An error on its way to the user.
#[derive(Debug)]
pub struct CommandError {
    exit: Exit,
    error: Box<dyn Error + Send + Sync>,
    hints: Vec<String>,
}

impl CommandError {
    /// Something the user asked for cannot be done as asked.
    pub fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        CommandError {
            exit: Exit::Usage,
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// Something broke that the user has no part in.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        CommandError {
            exit: Exit::Internal,
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// There was nothing to run.
    pub fn no_tests(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        CommandError {
            exit: Exit::NoTests,
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// Adds a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What the process exits with.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether the reader of our output went away, as in `gkfs-bench list | head`: no error to report.
    pub fn is_broken_pipe(&self) -> bool {
        let mut cause: Option<&(dyn Error + 'static)> = Some(self.error.as_ref());
        while let Some(error) = cause {
            if error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// Prints heading, causes and hints.
    ///
    /// # Errors
    /// When `err` cannot be written.
    pub fn print(&self, err: &mut dyn Write) -> std::io::Result<()> {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        writeln!(err, "{red}error:{red:#} {self}")?;
        for hint in &self.hints {
            writeln!(err, "{cyan}hint:{cyan:#} {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        let mut said = self.error.to_string();
        let mut cause = self.error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their source in their own text.
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said.push_str(&text);
            }
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for CommandError {}

impl From<crate::suite::SuiteError> for CommandError {
    fn from(error: crate::suite::SuiteError) -> Self {
        CommandError::usage(error)
    }
}

impl From<std::io::Error> for CommandError {
    /// Only for our own output: everything else names its path first.
    fn from(error: std::io::Error) -> Self {
        CommandError::internal(error)
    }
}

impl From<gkfs_runner::RecordError> for CommandError {
    fn from(error: gkfs_runner::RecordError) -> Self {
        use gkfs_runner::RecordError as E;
        match error {
            E::NoRuns { .. } => CommandError::usage(error).hint("`gkfs-bench run` records one"),
            E::NoRun { .. } | E::NoTest { .. } | E::Ambiguous { .. } => CommandError::usage(error),
            E::Write { .. } | E::Read { .. } | E::RunFile { .. } => CommandError::internal(error),
        }
    }
}

impl From<gkfs_runner::RunError> for CommandError {
    fn from(error: gkfs_runner::RunError) -> Self {
        match error {
            gkfs_runner::RunError::Record(error) => error.into(),
            error => CommandError::internal(error),
        }
    }
}

impl From<gkfs_runner::discover::DiscoverError> for CommandError {
    fn from(error: gkfs_runner::discover::DiscoverError) -> Self {
        use gkfs_runner::discover::DiscoverError as E;
        match error {
            E::Cancelled { .. } => CommandError {
                exit: Exit::Interrupted,
                error: error.into(),
                hints: Vec::new(),
            },
            E::NoSuchPath(_) => CommandError::usage(error),
            E::Logs(error) => error.into(),
        }
    }
}
