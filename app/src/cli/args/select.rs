//! The words that say which tests are meant, and those of `list`.

use clap::{Args, ValueEnum};
use gkfs_runner::filter::Partition;

use super::{Format, PythonArgs, RunArgs};

/// Which of the tests found are meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectArgs {
    /// Only tests whose id matches, as in pytest: `mkdir and not (slow or cluster)`
    #[arg(short = 'k', value_name = "EXPR")]
    pub(crate) keyword: Option<String>,
    /// Only tests with a matching tag; takes the same expressions
    #[arg(short = 't', long = "tag", visible_short_alias = 'm', value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Only tests whose id matches this regular expression, as ctest has it
    #[arg(short = 'R', long, value_name = "REGEX")]
    pub(crate) tests_regex: Vec<String>,
    /// Only tests with a tag that matches this regular expression, as ctest has it with labels
    #[arg(short = 'L', long, value_name = "REGEX")]
    pub(crate) label_regex: Vec<String>,
    /// Only tests that did not pass in the last run
    #[arg(long, visible_aliases = ["lf", "rerun-failed"])]
    pub(crate) last_failed: bool,
    /// Only share K of N of the tests selected, from 1: the N shares together are each of them once
    #[arg(long, value_name = "K/N")]
    pub(crate) partition: Option<Partition>,
}

/// How a listing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Suites, group directories, script files, or test ids
    #[arg(value_name = "PATH")]
    pub(crate) targets: Vec<String>,
    /// How to print the list
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ListFormat,
    /// With which fixtures.
    #[command(flatten)]
    pub(crate) python: PythonArgs,
    /// Which of the tests found.
    #[command(flatten)]
    pub(crate) select: SelectArgs,
}

impl ListArgs {
    /// What a run would be of.
    pub(crate) fn of_run(args: RunArgs) -> ListArgs {
        ListArgs {
            targets: args.targets,
            format: match args.format {
                Format::Human => ListFormat::Human,
                Format::Json | Format::Jsonl => ListFormat::Json,
            },
            select: args.select,
            python: args.python,
        }
    }
}
