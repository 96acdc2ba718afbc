//! What machines want that run tests unseen, as words of `run`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::suite::{Flaky, Span};

/// What machines want that run tests unseen.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "CI")]
pub(crate) struct CiArgs {
    /// End the run after this, as failed
    #[arg(long, value_name = "D")]
    pub(crate) global_timeout: Option<Span>,
    /// Fail when tests are skipped, or only for a reason with this text in it
    #[arg(long, value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) deny_skips: Option<String>,
    /// What a test that passed only after a failed attempt does to the exit status [default: as the suite file says, or
    /// pass]
    #[arg(long, value_enum)]
    pub(crate) flaky: Option<Flaky>,
    /// List the N slowest tests at the end; all of them for 0
    #[arg(long, value_name = "N")]
    pub(crate) durations: Option<usize>,
    /// Also write the run's events, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub(crate) report_log: Option<PathBuf>,
    /// Also write a summary in Markdown [default: where GITHUB_STEP_SUMMARY says, added to what is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    /// Also write what did not pass as a Code Quality report, which GitLab shows in a merge request's diff
    #[arg(long, value_name = "FILE")]
    pub(crate) code_quality: Option<PathBuf>,
    /// Annotate the code with what did not pass
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) annotations: Annotations,
}

/// Whose annotations are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Annotations {
    /// Those of the CI system that this is, if any
    #[default]
    Auto,
    /// GitHub's workflow commands
    Github,
    /// None
    None,
}
