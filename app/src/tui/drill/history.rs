//! The same test in other runs.

use super::effect::Past;
use super::list::List;

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// What became of it, the newest first; `None` while that is being read.
    pub(super) runs: Option<Vec<Past>>,
    pub(super) list: List,
    pub(super) asked: bool,
}

impl History {
    /// Returns how many of the runs in which it ended it was flaky in, of how many.
    pub(super) fn flaky(&self) -> (usize, usize) {
        let ended = self.runs.iter().flatten().filter_map(|past| past.status);
        ended.fold((0, 0), |(flaky, all), status| {
            let is_flaky = status == gkfs_runner::status::Status::Flaky;
            (flaky + usize::from(is_flaky), all + 1)
        })
    }
}
