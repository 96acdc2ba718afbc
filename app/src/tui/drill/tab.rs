//! The ways to look at a test.

use serde::{Deserialize, Serialize};

use crate::tui::action::Place;

/// One way to look at a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// All that was written, on one clock.
    #[default]
    Timeline,
    /// What failed, and what each operation replied.
    Results,
    /// The directories that the attempt left.
    Workspace,
    /// What the test printed.
    Output,
    /// The same test in other runs.
    History,
    /// What the test's view of the whole file system changed.
    Changes,
}

impl Tab {
    /// All of them, in the order of their keys.
    pub const ALL: [Tab; 6] = [
        Tab::Timeline,
        Tab::Results,
        Tab::Workspace,
        Tab::Output,
        Tab::History,
        Tab::Changes,
    ];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Tab::Timeline => "Timeline",
            Tab::Results => "Results",
            Tab::Workspace => "Workspace",
            Tab::Output => "Output",
            Tab::History => "History",
            Tab::Changes => "Changes",
        }
    }

    /// Returns the place that it is for keys.
    #[must_use]
    pub const fn place(self) -> Place {
        match self {
            Tab::Timeline => Place::Timeline,
            Tab::Results => Place::Results,
            Tab::Workspace => Place::Workspace,
            Tab::Output => Place::Output,
            Tab::History => Place::History,
            Tab::Changes => Place::Changes,
        }
    }

    /// Returns the tab that is a place.
    #[must_use]
    pub fn at(place: Place) -> Option<Tab> {
        Tab::ALL.into_iter().find(|tab| tab.place() == place)
    }
}
