//! What was collected, sorted into its groups.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::found::Found;
use super::{Part, Work, group};
use crate::discover::collect::Collect;
use crate::discover::{Group, Test};

impl Work<'_> {
    /// Adds the groups with the tests of each.
    pub(super) fn add(&self, python: &Path, found: Found, collect: &mut Collect<'_>) {
        let worker = Arc::new(self.worker(python, found.kept));
        let mut nth: HashMap<String, usize> = HashMap::new();
        let mut sorted: Vec<Vec<Test>> = vec![Vec::new(); self.task.groups.len()];
        for one in found.ones {
            let copy = nth.entry(one.id.clone()).or_default();
            let at = self.part_of(&one.path);
            let command = match self.task.groups[at].is_apart() {
                true => self.apart(python, &one, *copy),
                false => self.alone(python, &one.id),
            };
            sorted[at].push(one.test(&self.task.groups[at], *copy, command, &found.root));
            *copy += 1;
        }
        for (part, tests) in self.task.groups.iter().zip(sorted) {
            let error = tests.is_empty().then(|| {
                let dirs: Vec<String> = part.paths.iter().map(|path| path.display().to_string()).collect();
                format!("pytest finds no test in {}", dirs.join(", "))
            });
            let at = collect.group(Group {
                made_of: found.modules.clone(),
                worker: (!part.is_apart()).then(|| worker.clone()),
                ..group(self.task, part, error)
            });
            tests.into_iter().for_each(|test| collect.test(at, test));
        }
    }

    /// The group with the path that says most about a file.
    fn part_of(&self, path: &Path) -> usize {
        let fits = |part: &Part| {
            let paths = part.paths.iter().filter(|of| path.starts_with(of));
            paths.map(|of| of.components().count()).max()
        };
        let parts = self.task.groups.iter().enumerate();
        // The last of equals would be taken.
        let best = parts.rev().max_by_key(|(_, part)| fits(part));
        best.map_or(0, |(at, _)| at)
    }
}
