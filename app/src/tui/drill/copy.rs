//! What is copied of the details of a test.

use super::extract::Extract;
use super::workspace::preview::Preview;
use super::{Drill, Tab};

/// Something to be copied.
#[derive(Debug, Clone)]
pub enum Copied {
    /// Lines, still to be read.
    Lines(Extract),
    /// Text, and in a few words what it is.
    Text(&'static str, String),
    /// Text of so many bytes, which is more than can be copied.
    TooMuch(u64),
}

impl Drill {
    /// Whether there is anything under the cursor.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        match self.tab {
            Tab::Timeline | Tab::Output => self.rows() > 0,
            Tab::Results => !self.results.rows.is_empty(),
            Tab::Workspace => self.mount.is_some() || self.workspace.selected().is_some(),
            Tab::History => self.history.diff.is_some() || !self.history.rows.is_empty(),
            Tab::Changes => !self.changes.rows.is_empty(),
        }
    }

    /// Returns what lies under the cursor: the lines that are chosen, a result as JSON, a path, a run.
    #[must_use]
    pub fn copied(&self) -> Option<Copied> {
        match self.tab {
            Tab::Timeline | Tab::Output => {
                let lines = self.extract(self.chosen());
                (!lines.is_empty()).then_some(Copied::Lines(lines))
            }
            Tab::Results => {
                let row = self.results.rows.get(self.results.list.cursor)?;
                let step = self.logs.steps.get(row.step())?;
                let json = serde_json::to_string_pretty(step).ok()?;
                Some(Copied::Text("the step as JSON", json))
            }
            Tab::Workspace => {
                if let Some(mount) = &self.mount {
                    let path = mount.path()?;
                    return Some(Copied::Text("its path in the file system", path.to_owned()));
                }
                if let Some(chosen) = self.workspace.preview.as_ref().and_then(Preview::text) {
                    return Some(match chosen {
                        Ok(text) => Copied::Text("the chosen lines", text),
                        Err(bytes) => Copied::TooMuch(bytes),
                    });
                }
                let id = self.workspace.selected()?;
                let path = self.workspace.tree.as_ref()?.path(id);
                Some(Copied::Text("its path", path.display().to_string()))
            }
            Tab::History => {
                if let Some(diff) = &self.history.diff {
                    return Some(Copied::Text("the difference", diff.text()?));
                }
                let row = self.history.rows.get(self.history.list.cursor)?;
                let past = self.history.runs.as_ref()?.get(row.run)?;
                Some(Copied::Text("the run's name", past.run.clone()))
            }
            Tab::Changes => {
                let (what, text) = self.changes.text()?;
                Some(Copied::Text(what, text))
            }
        }
    }
}
