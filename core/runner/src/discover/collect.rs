//! What a discovery has found so far.

use std::collections::HashSet;

use super::{Discovery, Group, GroupSpec, Test};
use crate::event::{EventKind, SourceKind, TestFound};
use crate::{ByteString, Moment};

/// Collects groups and tests, keeps their names unique, and tells whoever watches.
pub(super) struct Collect<'a> {
    discovery: Discovery,
    names: HashSet<String>,
    ids: HashSet<String>,
    progress: &'a mut (dyn FnMut(&EventKind) + Send),
}

impl<'a> Collect<'a> {
    pub(super) fn new(progress: &'a mut (dyn FnMut(&EventKind) + Send)) -> Self {
        let discovery = Discovery::default();
        Self {
            discovery,
            names: HashSet::new(),
            ids: HashSet::new(),
            progress,
        }
    }

    pub(super) fn finish(self) -> Discovery {
        self.discovery
    }

    pub(super) fn say(&mut self, kind: EventKind) {
        (self.progress)(&kind);
        self.discovery.log.push((Moment::now(), kind));
    }

    /// Adds a group; its index.
    pub(super) fn group(&mut self, mut group: Group) -> usize {
        group.name = unique(&mut self.names, group.name);
        self.say(EventKind::GroupFound {
            group: group.name.clone(),
            source: group.source,
            path: group.path.as_path().into(),
            error: group.error.clone(),
        });
        self.discovery.groups.push(group);
        self.discovery.groups.len() - 1
    }

    /// Adds a declared group that cannot be used.
    pub(super) fn broken(&mut self, spec: &GroupSpec, error: String) {
        self.group(Group {
            name: spec.name.clone(),
            source: spec.source,
            path: spec.path.clone(),
            settings: spec.settings.clone(),
            error: Some(error),
            made_of: Vec::new(),
            worker: None,
        });
    }

    /// Adds the groups of an earlier discovery that take long to find, with their tests.
    pub(super) fn again(&mut self, known: &Discovery) {
        for (at, group) in known.groups.iter().enumerate() {
            if group.source != SourceKind::Script {
                let index = self.group(group.clone());
                let tests = known.tests.iter().filter(|test| test.group == at);
                tests.for_each(|test| self.test(index, test.clone()));
            }
        }
    }

    /// Adds a test to a group; it gets its id and the group's tags here.
    pub(super) fn test(&mut self, group: usize, mut test: Test) {
        let of = &self.discovery.groups[group];
        test.id = unique(&mut self.ids, format!("{}::{}", of.name, test.name));
        test.name = test.id[of.name.len() + 2..].to_owned();
        let mut tags = of.settings.tags.clone();
        tags.extend(
            std::mem::take(&mut test.tags)
                .into_iter()
                .filter(|tag| !of.settings.tags.contains(tag)),
        );
        test.tags = tags;
        test.rules.locks.extend(of.settings.locks.iter().cloned());
        test.group = group;
        let found = TestFound {
            id: test.id.clone(),
            group: of.name.clone(),
            name: test.name.clone(),
            file: test
                .file
                .as_ref()
                .map(|file| ByteString::from(file.as_path()).to_string()),
            line: test.line,
            tags: test.tags.clone(),
            ignored: test.ignored || !of.settings.default,
            deselected: false,
        };
        self.say(EventKind::TestFound(found));
        self.discovery.tests.push(test);
    }
}

/// A second one of a name gets `#2`.
fn unique(taken: &mut HashSet<String>, wanted: String) -> String {
    let mut name = wanted.clone();
    let mut copy = 1;
    while !taken.insert(name.clone()) {
        copy += 1;
        name = format!("{wanted}#{copy}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_of_a_name_gets_a_number() {
        let mut taken = HashSet::new();
        let names: Vec<String> = (0..3).map(|_| unique(&mut taken, "a".into())).collect();
        assert_eq!(names, ["a", "a#2", "a#3"]);
    }
}
