//! What the test printed: its two outputs, one below the other.

use super::finder::Finder;
use super::logs::Logs;
use super::reading::Reading;
use super::rows::Pass;
use super::sources::Kind;
use super::sources::head::Level;

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    /// The rows, and where one is in them.
    pub(crate) reading: Reading,
}

/// Returns what is shown of the lines.
pub(crate) fn pass(logs: &Logs, finder: &Finder) -> Pass {
    let is_output = |kind: Kind| matches!(kind, Kind::Stdout | Kind::Stderr);
    let sources = logs.sources.iter();
    Pass {
        on: sources.map(|source| is_output(source.kind)).collect(),
        only: finder.only.sieve(),
        without: finder.without.sieve(),
        context: finder.context,
        level: Level::Trace,
        ..Pass::default()
    }
}
