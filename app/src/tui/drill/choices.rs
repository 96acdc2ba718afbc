//! How somebody likes to look at tests: what outlives the test that is shown, and the session.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::finder::{Finder, MOST_CONTEXT};
use super::hits::Hits;
use super::query::Query;
use super::sources::head::Level;
use super::timeline::{Time, Timeline};
use super::workspace::Mode;
use super::{Drill, Tab, results};

/// What was chosen in the drill-down. What a later version chose besides is passed over, what is missing is as at first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// The tab.
    tab: Tab,
    /// What is shown of the lines, and how.
    timeline: TimelineChoices,
    /// How the results are shown.
    results: ResultsChoices,
    /// How the workspace is shown.
    workspace: WorkspaceChoices,
    /// Whether comparisons are shown in one column.
    one_column: bool,
}

/// What is shown of the lines, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct TimelineChoices {
    time: Time,
    level: Level,
    folded: bool,
    /// Sources that are switched off.
    off: BTreeSet<String>,
    /// Patterns that lines must have, and must not have.
    only: String,
    without: String,
    context: usize,
}

impl Default for TimelineChoices {
    fn default() -> Self {
        TimelineChoices::of(&Timeline::default(), &Finder::default())
    }
}

impl TimelineChoices {
    fn of(timeline: &Timeline, finder: &Finder) -> TimelineChoices {
        let text = |hits: &Hits| {
            hits.query
                .as_ref()
                .map_or(String::new(), |query| query.text.clone())
        };
        TimelineChoices {
            time: timeline.time,
            level: timeline.level,
            folded: timeline.folded,
            off: timeline.off.iter().cloned().collect(),
            only: text(&finder.only),
            without: text(&finder.without),
            context: finder.context,
        }
    }

    fn apply(self, timeline: &mut Timeline, finder: &mut Finder) {
        timeline.time = self.time;
        timeline.level = self.level;
        timeline.folded = self.folded;
        timeline.off = self.off.into_iter().collect();
        finder.only.ask(Query::new(&self.only), None);
        finder.without.ask(Query::new(&self.without), None);
        finder.context = self.context.min(MOST_CONTEXT);
    }
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
            timeline: TimelineChoices::of(&self.timeline, &self.finder),
            results: ResultsChoices {
                order: self.results.order,
                reverse: self.results.reverse,
            },
            workspace: WorkspaceChoices {
                preview: self.workspace.mode,
                open: self
                    .workspace
                    .wanted
                    .iter()
                    .filter_map(|path| path.to_str().map(str::to_owned))
                    .collect(),
            },
            one_column: self.history.one_column,
        }
    }

    /// Chooses what was chosen before. To be called before a test is shown.
    pub fn apply(&mut self, choices: Choices) {
        self.tab = choices.tab;
        choices.timeline.apply(&mut self.timeline, &mut self.finder);
        self.results.order = choices.results.order;
        self.results.reverse = choices.results.reverse;
        self.history.one_column = choices.one_column;
        self.workspace.mode = choices.workspace.preview;
        self.workspace.wanted = choices.workspace.open.into_iter().map(Into::into).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back() {
        let mut drill = Drill {
            tab: Tab::Workspace,
            ..Drill::default()
        };
        drill.timeline.level = Level::Warn;
        drill.finder.without.ask(Query::new("rpc"), None);
        drill.results.order = results::Order::Errno;
        drill.results.reverse = true;
        drill.workspace.mode = Mode::Hex;
        drill.history.one_column = true;
        drill.workspace.wanted.insert("root/chunks".into());
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
