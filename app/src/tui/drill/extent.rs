//! How much room there is, and for what.

use super::{Drill, Tab, mount, timeline, view};

/// From so many columns on two tabs are shown side by side.
const DOUBLE: u16 = 130;
/// Columns between them.
pub(super) const BETWEEN: u16 = 3;

impl Drill {
    /// Returns the tab that is shown beside the one that takes the keys, if there is room for two.
    pub(super) fn beside(&self) -> Option<Tab> {
        let other = match (self.tab, self.before) {
            (tab, before) if tab != before => before,
            (Tab::Timeline, _) => Tab::Results,
            _ => Tab::Timeline,
        };
        (self.area.0 >= DOUBLE && !self.alone).then_some(other)
    }

    /// Columns that a tab has.
    pub(super) fn columns(&self) -> u16 {
        match self.beside() {
            Some(_) => self.area.0.saturating_sub(BETWEEN) / 2,
            None => self.area.0,
        }
    }

    /// Returns on how many rows there is room for all that a tab shows, whatever stands beside its list.
    #[must_use]
    pub fn height_of_all(&self) -> usize {
        const BESIDE: usize = 60;
        let rows = match self.tab {
            Tab::Results => self.results.rows.len(),
            Tab::Workspace => self.workspace.rows().len() + self.mount.as_ref().map_or(0, mount::Mount::rows),
            Tab::History => {
                self.history.rows.len() + self.history.diff.as_ref().map_or(0, |diff| diff.rows.len())
            }
            Tab::Changes => self.changes.rows.len(),
            Tab::Timeline | Tab::Output => 0,
        };
        2 * rows + BESIDE
    }

    /// Rows of the list that is shown, beside what stands around it.
    pub(super) fn height(&self) -> usize {
        self.height_of(self.tab)
    }

    /// Rows of the list that a tab shows.
    pub(super) fn height_of(&self, tab: Tab) -> usize {
        let around = match tab {
            Tab::Timeline => {
                3 + timeline::card_rows(self.area.1.saturating_sub(2), self.timeline.bytes.is_some())
            }
            // A heading stands above each of the two outputs.
            Tab::Output => 4,
            Tab::History => match &self.history.diff {
                None => 5,
                Some(diff) => 4 + view::rows_below(diff, self.area.1.saturating_sub(2)),
            },
            Tab::Workspace if self.mount.is_some() => 4,
            _ => 2,
        } + u16::from(self.present.is_some());
        usize::from(self.area.1.saturating_sub(around)).max(1)
    }
}
