//! `gkfs-bench fuse`, as data.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use gkfs_harness::fuse::Fault;

/// Verbs of `fuse`.
#[derive(Debug, Subcommand)]
pub(crate) enum FuseVerb {
    /// Run a command on a FUSE file system, and print what the kernel and the server say to each other
    Trace(Box<TraceArgs>),
    /// Print a conversation that was saved
    Show {
        /// A transcript, as `fuse trace --save` and the fixtures write it
        file: PathBuf,
        /// How it is printed.
        #[command(flatten)]
        print: PrintArgs,
    },
    /// Compare two conversations that were saved, without numbers, times and handles
    Diff {
        /// A transcript
        before: PathBuf,
        /// Another one
        after: PathBuf,
    },
}

/// How lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LineFormat {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// How a conversation is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Printing")]
pub(crate) struct PrintArgs {
    /// Write to FILE instead of standard error (`show`: standard output)
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Only these opcodes: `lookup,getattr`, groups such as `%stat`, or all but these: `!forget,%close`
    #[arg(
        short = 'e',
        long = "trace",
        value_name = "OPCODES",
        allow_hyphen_values = true
    )]
    pub(crate) filter: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: LineFormat,
    /// Print a table of calls, errors and times at the end, and no lines
    #[arg(short = 'c', long, conflicts_with = "summary")]
    pub(crate) summary_only: bool,
    /// Print that table, too
    #[arg(short = 'C', long)]
    pub(crate) summary: bool,
    /// Print the time of day, not the time since the first line
    #[arg(short = 't', long, conflicts_with = "relative")]
    pub(crate) clock: bool,
    /// Print the time since the line before
    #[arg(short = 'r', long)]
    pub(crate) relative: bool,
    /// Print the bytes, too, of each message at most N [default with -x: all]
    #[arg(short = 'x', long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "4294967295")]
    pub(crate) hex: Option<u32>,
}

/// Arguments of `fuse trace`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
{mnt} in CMD stands for the mount, and so does $MNT in its environment. As root the mount is a directory for temporary \
files, seen by every process, and gone at the end; as an ordinary user a path below /proc.

A server of yours opens /dev/fuse and mounts as ever; both calls are answered here, so that all that passes goes through \
this process, where --fault spoils it. What it needs: system calls of this machine's architecture, and \
SECCOMP_RET_USER_NOTIF (Linux 5.14); without, let libfuse 3 mount at /dev/fd/{fd}. Not agreed on are splicing, passed-through \
files and io_uring; the kernel's refusal of an answer is printed, but the server does not hear of it.

Groups of opcodes for -e: %stat %list %rename %close %forget %xattr %lock %data %name.

A fault is OPCODE:ERRNO or OPCODE:TIMEms, and then every=N, after=N, times=N, chance=P, seed=N, node=N or name=X, with \
colons between: LOOKUP:EIO:every=3, READ:20ms:chance=0.1:seed=7.

Within a test, where GKFS_BENCH_ATTEMPT_DIR is set, the conversation is in the test's record, too.

Exit status: CMD's, or 128 and the number of the signal that ended it; 127 if there is no such command, 126 if it cannot \
be started, 125 if there was no file system for it.")]
pub(crate) struct TraceArgs {
    /// What the kernel talks to: the files of DIR [default: an empty file system in memory]
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub(crate) dir: Option<PathBuf>,
    /// What the kernel talks to: a server of yours, a command for sh that mounts at {mnt} and stays in the foreground, or
    /// takes /dev/fd/{fd} for its device
    #[arg(long, value_name = "COMMAND", conflicts_with = "protocol")]
    pub(crate) server: Option<String>,
    /// Mount at DIR, which only root can do [default: a directory for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) at: Option<PathBuf>,
    /// Let requests fail, or be slow, by a rule; may be repeated
    #[arg(long, visible_alias = "delay", value_name = "RULE")]
    pub(crate) fault: Vec<Fault>,
    /// Speak version 7.MINOR of the protocol
    #[arg(long, value_name = "MINOR", value_parser = clap::value_parser!(u32).range(0..=45))]
    pub(crate) protocol: Option<u32>,
    /// Save the conversation to FILE, for `fuse show`, `fuse diff` and to be replayed
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Record it as a run of one test in BASE [default: .gkfs-bench], for `gkfs-bench open` and `show`
    #[arg(long, value_name = "BASE", num_args = 0..=1, require_equals = true, default_missing_value = ".gkfs-bench")]
    pub(crate) record: Option<PathBuf>,
    /// How it is printed.
    #[command(flatten)]
    pub(crate) print: PrintArgs,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}
