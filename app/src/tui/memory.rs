//! What a session remembers of a suite for the next: how things were laid out, folded, filtered and pinned.
//!
//! It is a small file in the user's state directory, named after the suite's root, and never one of the suite itself.
//! A file that cannot be read is told of, once, and what it said is forgotten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::drill::Choices;
use super::state::State;

pub(crate) mod keep;

/// The format's version.
const VERSION: u32 = 1;

/// All that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    v: u32,
    /// The suite, for whoever looks into the file.
    suite: PathBuf,
    /// The theme that was chosen here.
    theme: Option<String>,
    zoom: bool,
    /// The share of the tests' pane, in percent, when it was changed.
    share: Option<u16>,
    folded: BTreeSet<String>,
    filter: String,
    only_failed: bool,
    failures_first: bool,
    pins: BTreeSet<String>,
    drill: Choices,
}

impl Memory {
    /// Takes from a session what is to be remembered.
    #[must_use]
    pub(crate) fn of(state: &State) -> Memory {
        let usual = state.settings.theme.as_deref().unwrap_or(super::theme::DEFAULT);
        // A theme that is only tried is not chosen yet.
        let theme = state
            .picker
            .as_ref()
            .map_or(&state.theme, |picker| &picker.before);
        let filter = state
            .prompt
            .as_ref()
            .map_or(&state.tree.filter, |(_, before)| before);
        Memory {
            v: VERSION,
            suite: state.root.clone(),
            theme: (theme.name != usual).then(|| theme.name.clone()),
            zoom: state.zoom,
            share: state.share,
            folded: state.tree.folded().clone(),
            filter: filter.clone(),
            only_failed: state.tree.only_failed,
            failures_first: state.tree.failures_first,
            pins: state.suite.pins.clone(),
            drill: state.drill.choices(),
        }
    }

    /// Gives a session that opens what is remembered.
    pub(crate) fn recall(self, state: &mut State) {
        let theme = self
            .theme
            .and_then(|name| state.themes.iter().find(|theme| theme.name == name));
        if let Some(theme) = theme {
            state.theme = theme.clone();
        }
        state.zoom = self.zoom;
        state.share = self.share;
        state.tree.set_folded(self.folded);
        state.tree.filter = self.filter;
        state.tree.only_failed = self.only_failed;
        state.tree.failures_first = self.failures_first;
        state.suite.pins = self.pins;
        state.drill.apply(self.drill);
        state.stale_rows = true;
    }
}
