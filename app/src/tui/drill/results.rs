//! What failed, and what each operation replied: a table whose rows unfold into the JSON of the record.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::Tree;
use super::list::List;
use super::logs::Logs;
use super::short::shortened;
use crate::report::steps::Step;

pub(super) mod cells;

use cells::{errno, operation, retval, subject};

/// No more rows are unfolded at once: nobody reads them, and all of them are made anew when a live test goes on.
const MOST: usize = 20_000;

/// What is said of a step first; whatever else there is comes after.
const FIRST: [&str; 7] = ["args", "argv", "script", "reply", "errno", "exit", "stderr"];

/// A column, by which the operations can be sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// As they were done: the column of their numbers.
    #[default]
    Time,
    /// By name.
    Operation,
    /// By path.
    Path,
    /// By what was returned.
    Retval,
    /// What was refused first.
    Errno,
    /// The slowest first.
    Duration,
}

impl Order {
    pub(super) const ALL: [Order; 6] = [
        Order::Time,
        Order::Operation,
        Order::Path,
        Order::Retval,
        Order::Errno,
        Order::Duration,
    ];

    /// Returns the column to the right or left, around the ends.
    pub(super) fn beside(self, right: bool) -> Order {
        let all = Order::ALL.len();
        let at = Order::ALL.iter().position(|order| *order == self).unwrap_or(0);
        Order::ALL[(at + if right { 1 } else { all - 1 }) % all]
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Order::Time => "#",
            Order::Operation => "operation",
            Order::Path => "path",
            Order::Retval => "retval",
            Order::Errno => "errno",
            Order::Duration => "µs",
        }
    }

    /// Whether the greatest stands first, unless that is reversed.
    pub(super) fn is_falling(self) -> bool {
        matches!(self, Order::Errno | Order::Duration)
    }
}

/// A row of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// An operation or command: the step's index.
    Step(usize),
    /// A value in its JSON.
    Value(usize, usize),
}

impl Row {
    pub(super) fn step(self) -> usize {
        let (Row::Step(step) | Row::Value(step, _)) = self;
        step
    }
}

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct Results {
    pub(super) rows: Vec<Row>,
    /// Steps that are operations or commands, in the order in which they are shown.
    pub(super) steps: Vec<usize>,
    pub(super) list: List,
    pub(super) order: Order,
    pub(super) reverse: bool,
    /// Steps that are unfolded.
    open: BTreeMap<usize, Tree>,
    pub(super) excerpt: Excerpt,
    /// The first line of what failed that is shown.
    pub(super) scroll: usize,
}

/// The source around the assertion that failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Excerpt {
    /// The place as the record names it; nothing was looked for yet if there is none.
    pub(super) of: Option<(String, usize)>,
    /// What was found there.
    pub(super) found: Option<Found>,
}

/// A source file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Lines around the place, with their numbers; none if the file has not that many any more.
    pub(crate) lines: Vec<(usize, String)>,
    /// When it was changed last, in microseconds since the epoch.
    pub(crate) modified: i64,
}

/// What can be done with the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sort by the column to the right, or to the left.
    Column(bool),
    /// The other way round.
    Reverse,
}

impl Results {
    /// Shows another attempt's results, or none, in the same order.
    pub(super) fn clear(&mut self) {
        *self = Results {
            order: self.order,
            reverse: self.reverse,
            ..Results::default()
        };
    }

    /// Finds the rows. The cursor stays on what it is on.
    pub(super) fn rebuild(&mut self, logs: &Logs, prefix: &[u8], height: usize) {
        let is_row = |step: &Step| matches!(step.kind.as_str(), "op" | "shell");
        let steps = &logs.steps;
        self.steps = (0..steps.len()).filter(|index| is_row(&steps[*index])).collect();
        let anew = std::mem::take(&mut self.open).into_iter();
        self.open = anew
            .filter_map(|(index, old)| Some((index, tree(steps.get(index)?, prefix).like(&old))))
            .collect();
        self.sort(steps);
        self.reflow(height);
    }

    fn sort(&mut self, steps: &[Step]) {
        let rows = &mut self.steps;
        rows.sort_unstable();
        match self.order {
            Order::Time => {}
            Order::Operation => rows.sort_by_cached_key(|at| operation(&steps[*at])),
            Order::Path => rows.sort_by_cached_key(|at| subject(&steps[*at])),
            Order::Retval => rows.sort_by_cached_key(|at| {
                let retval = retval(&steps[*at]);
                (retval.parse::<i64>().ok(), retval)
            }),
            Order::Errno => rows.sort_by_key(|at| Reverse(errno(&steps[*at]))),
            // One without an end takes longest of all.
            Order::Duration => rows.sort_by_key(|at| Reverse(steps[*at].duration_us.unwrap_or(u64::MAX))),
        }
        if self.reverse {
            rows.reverse();
        }
    }

    /// Makes the rows of what is unfolded.
    fn reflow(&mut self, height: usize) {
        let at = self.rows.get(self.list.cursor).copied();
        self.rows.clear();
        for step in &self.steps {
            self.rows.push(Row::Step(*step));
            let tree = self.open.get(step);
            let values = tree.into_iter().flat_map(|tree| tree.rows());
            self.rows.extend(values.map(|value| Row::Value(*step, *value)));
        }
        let place = |wanted: Row| self.rows.iter().position(|row| *row == wanted);
        let row = at.and_then(|at| place(at).or_else(|| place(Row::Step(at.step()))));
        self.list.set(row.unwrap_or(0), self.rows.len(), height);
    }

    /// Sorts by another column.
    pub(super) fn choose(&mut self, order: Order, reverse: bool, logs: &Logs, height: usize) {
        (self.order, self.reverse) = (order, reverse);
        self.sort(&logs.steps);
        self.reflow(height);
    }

    /// Returns the unfolded JSON of a step.
    pub(super) fn tree(&self, step: usize) -> Option<&Tree> {
        self.open.get(&step)
    }

    /// Opens or closes what is under the cursor; what cannot be closed closes what it is in.
    pub(super) fn fold(&mut self, close: bool, logs: &Logs, prefix: &[u8], height: usize) {
        let Some(row) = self.rows.get(self.list.cursor).copied() else {
            return;
        };
        let to = match row {
            Row::Step(step) if close => {
                self.open.remove(&step);
                row
            }
            Row::Step(step) => {
                self.unfold(step, logs, prefix);
                row
            }
            Row::Value(step, value) => {
                let Some(tree) = self.open.get_mut(&step) else {
                    return;
                };
                let changed = tree.fold(value, close);
                match tree.parent(value) {
                    _ if changed || !close => row,
                    Some(parent) => Row::Value(step, parent),
                    None => Row::Step(step),
                }
            }
        };
        self.reflow(height);
        if let Some(row) = self.rows.iter().position(|row| *row == to) {
            self.list.set(row, self.rows.len(), height);
        }
    }

    /// Whether what is under the cursor is open.
    pub(super) fn is_open(&self) -> bool {
        match self.rows.get(self.list.cursor) {
            Some(Row::Step(step)) => self.open.contains_key(step),
            Some(Row::Value(step, value)) => {
                let node = self.open.get(step).and_then(|tree| tree.node(*value));
                node.is_some_and(|node| node.kind == super::json::Kind::Branch { open: true })
            }
            None => false,
        }
    }

    /// Unfolds all, from the first on as many as are reasonable; or folds all.
    pub(super) fn fold_all(&mut self, logs: &Logs, prefix: &[u8], height: usize) {
        if self.open.is_empty() {
            let mut rows = 0;
            for step in self.steps.clone() {
                self.unfold(step, logs, prefix);
                rows += self.open.get(&step).map_or(0, Tree::len);
                if rows > MOST {
                    break;
                }
            }
        } else {
            self.open.clear();
        }
        self.reflow(height);
    }

    /// Returns how many steps are unfolded.
    pub(super) fn unfolded(&self) -> usize {
        self.open.len()
    }

    fn unfold(&mut self, step: usize, logs: &Logs, prefix: &[u8]) {
        if let Some(found) = logs.steps.get(step) {
            let made = || tree(found, prefix);
            self.open.entry(step).or_insert_with(made);
        }
    }
}

/// Returns a step as JSON, what tells most first, and no path with the part that all have in common.
fn tree(step: &Step, prefix: &[u8]) -> Tree {
    let step = shortened(step, prefix);
    let known = FIRST.iter().filter_map(|name| step.fields.get_key_value(*name));
    let others = step
        .fields
        .iter()
        .filter(|(name, _)| !FIRST.contains(&name.as_str()));
    let members = known
        .chain(others)
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value): (&String, &Value)| (name.as_str(), value));
    Tree::new(members)
}

/// Returns the assertion that failed: the last one, as it ended the test.
pub(super) fn failure(logs: &Logs) -> Option<&Step> {
    logs.steps.iter().rfind(|step| step.is_failed_assert())
}
