//! Which groups and tests there are: what is not found again is gone.

use std::collections::HashMap;

use super::{Node, Suite};

impl Suite {
    /// A discovery begins: what it does not find is gone when it has ended.
    pub fn begin_discovery(&mut self) {
        self.broken = false;
        self.groups.iter_mut().for_each(|group| group.seen = false);
        self.tests.iter_mut().for_each(|test| test.seen = false);
    }

    /// A discovery has ended. While something cannot be built nobody knows what is gone: all is kept, as stale.
    pub fn end_discovery(&mut self) {
        self.tallies.all_changed();
        if self.broken {
            let unseen = self.tests.iter_mut().filter(|test| !test.seen);
            unseen.for_each(|test| test.stale = true);
            return;
        }
        let tests = std::mem::take(&mut self.tests);
        let groups = std::mem::take(&mut self.groups);
        self.at.clear();
        let mut moved = HashMap::new();
        for (old, mut group) in groups.into_iter().enumerate().filter(|(_, group)| group.seen) {
            group.tests.clear();
            moved.insert(old, self.groups.len());
            self.at.insert(group.name.clone(), Node::Group(self.groups.len()));
            self.groups.push(group);
        }
        for mut test in tests.into_iter().filter(|test| test.seen) {
            let Some(group) = moved.get(&test.group) else {
                continue;
            };
            test.group = *group;
            self.groups[*group].tests.push(self.tests.len());
            self.at.insert(test.id.clone(), Node::Test(self.tests.len()));
            self.tests.push(test);
        }
    }
}
