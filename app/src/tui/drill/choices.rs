//! How somebody likes to look at tests: what outlives the test that is shown, and the session.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::workspace::Mode;
use super::{Drill, Tab, results};

/// What was chosen in the drill-down. What a later version chose besides is passed over, what is missing is as at first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// The tab.
    tab: Tab,
    /// How the results are shown.
    results: ResultsChoices,
    /// How the workspace is shown.
    workspace: WorkspaceChoices,
}

/// How the results are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct ResultsChoices {
    order: results::Order,
    reverse: bool,
}

/// How the workspace is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct WorkspaceChoices {
    preview: Mode,
    /// Directories that are open, relative to the workspace.
    open: BTreeSet<String>,
}

impl Drill {
    /// Returns what was chosen.
    #[must_use]
    pub fn choices(&self) -> Choices {
        Choices {
            tab: self.tab,
            results: ResultsChoices {
                order: self.results.order,
                reverse: self.results.reverse,
            },
            workspace: WorkspaceChoices {
                preview: self.workspace.mode,
                open: BTreeSet::new(),
            },
        }
    }

    /// Chooses what was chosen before. To be called before a test is shown.
    pub fn apply(&mut self, choices: Choices) {
        self.tab = choices.tab;
        self.results.order = choices.results.order;
        self.results.reverse = choices.results.reverse;
        self.workspace.mode = choices.workspace.preview;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back() {
        let mut drill = Drill::default();
        drill.tab = Tab::Workspace;
        drill.results.order = results::Order::Errno;
        drill.results.reverse = true;
        drill.workspace.mode = Mode::Hex;
        let text = serde_json::to_string(&drill.choices()).expect("choices are data");
        let mut other = Drill::default();
        other.apply(serde_json::from_str(&text).expect("what was written"));
        assert_eq!(other.choices(), drill.choices());
    }

    #[test]
    fn a_file_of_another_version_does() {
        let text = r#"{"tab":"results","later":{"x":1},"results":{"order":"errno","later":2}}"#;
        let choices: Choices = serde_json::from_str(text).expect("what is not known is passed over");
        assert_eq!(choices.tab, Tab::Results);
        assert_eq!(choices.workspace, WorkspaceChoices::default());
    }
}
