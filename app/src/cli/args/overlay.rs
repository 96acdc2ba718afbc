//! `gkfs-bench overlay`, as data.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How changes are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangesFormat {
    /// A line for each, `mod:/etc/hosts (content)`
    Human,
    /// One JSON document
    Json,
}

/// Arguments of `overlay`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
What is not contained: the network; running services that are asked to do something (sockets bound outside do not \
answer, unless --pass lets their directory through); processes that exist already; /proc, and /sys, which is read-only. \
A process that CMD leaves behind stays in the view.

As an ordinary user CMD may do what that user may, and besides make and delete files in the top directories; with \
--copy /etc it may change all that he can read in /etc. In a container it may need more rights, and is told which.

Exit status: CMD's, or 128 and the number of the signal that ended it; 127 if there is no such command, 126 if it cannot \
be started, 125 if there was no view for it; 1 if CMD succeeded but its changes are not those that --expect names.")]
pub(crate) struct OverlayArgs {
    /// Show what has changed in the files, too
    #[arg(long, conflicts_with = "format")]
    pub(crate) diff: bool,
    /// How to print the changes
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ChangesFormat,
    /// Write the changes to FILE instead of standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) changes: Option<PathBuf>,
    /// Compare the changes with those listed in FILE, one `add:/path` a line
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: Option<PathBuf>,
    /// Write the changes to the file of --expect instead
    #[arg(long, requires = "expect")]
    pub(crate) bless: bool,
    /// Leave out changes of paths that match, as a line of a .gitignore file would match from /
    #[arg(long, value_name = "GLOB")]
    pub(crate) ignore: Vec<String>,
    /// Let PATH be what it is outside: what is written there stays
    #[arg(long, value_name = "PATH")]
    pub(crate) pass: Vec<PathBuf>,
    /// Take a copy of DIR instead of an overlay: for what others own, and where the kernel makes no overlay
    #[arg(long, value_name = "DIR")]
    pub(crate) copy: Vec<PathBuf>,
    /// Ask, when CMD has succeeded, whether to make its changes for real
    #[arg(long)]
    pub(crate) commit: bool,
    /// What the runner puts before a test: passes the test's surroundings, and writes the changes to its record.
    #[arg(long, hide = true)]
    pub(crate) guard: bool,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}
