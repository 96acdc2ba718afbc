//! What names and paths select.

use std::collections::BTreeSet;

use super::{NameError, SelectError, Selection, find};
use crate::discover::{Discovery, Group};

impl Selection {
    /// The ids (of broken groups, their names) that names and paths select; `None` where there are neither.
    pub(super) fn named(&self, discovery: &Discovery) -> Result<Option<BTreeSet<String>>, SelectError> {
        if self.names.is_empty() && self.paths.is_empty() {
            return Ok(None);
        }
        let broken = discovery.groups.iter().filter(|group| group.error.is_some());
        let ids: Vec<&str> = discovery
            .tests
            .iter()
            .map(|test| test.id.as_str())
            .chain(broken.map(|group| group.name.as_str()))
            .collect();
        let mut named = BTreeSet::new();
        for name in &self.names {
            let nodes = of_node(name, discovery);
            if nodes.is_empty() {
                named.extend(meant(name, &ids, discovery)?);
            }
            named.extend(nodes);
        }
        for path in &self.paths {
            let before = named.len();
            let tests = discovery.tests.iter().filter(|test| {
                let group = &discovery.groups[test.group];
                group.path.starts_with(path) || test.file.as_ref().is_some_and(|file| file.starts_with(path))
            });
            named.extend(tests.map(|test| test.id.clone()));
            let broken = discovery
                .groups
                .iter()
                .filter(|group| group.error.is_some() && group.path.starts_with(path));
            named.extend(broken.map(|group| group.name.clone()));
            if named.len() == before && self.names.is_empty() {
                return Err(SelectError::Path(path.clone()));
            }
        }
        Ok(Some(named))
    }
}

/// The ids that a name means. Of a group that could not be built no test is known: whoever names one is told of that, and
/// not that there is no such test.
fn meant(name: &str, ids: &[&str], discovery: &Discovery) -> Result<Vec<String>, SelectError> {
    let source = match find(name, ids) {
        Ok(found) => return Ok(found.into_ids().map(str::to_owned).collect()),
        Err(source @ NameError::Ambiguous { .. }) => return Err(source.into()),
        Err(source @ NameError::None { .. }) => source,
    };
    let is_above = |group: &&Group| {
        name.strip_prefix(&group.name)
            .is_some_and(|rest| rest.starts_with("::"))
    };
    let mut broken = discovery.groups.iter().filter(|group| group.error.is_some());
    match (broken.clone().find(is_above), broken.next()) {
        (Some(above), _) => Ok(vec![above.name.clone()]),
        (None, Some(group)) => Err(SelectError::Unlisted {
            source,
            group: group.name.clone(),
            why: first_line(group),
        }),
        (None, None) => Err(source.into()),
    }
}

fn first_line(group: &Group) -> String {
    let error = group.error.as_deref().unwrap_or_default();
    error.lines().next().unwrap_or_default().to_owned()
}

/// The tests that a name as pytest prints it means: `tests/test_a.py::test_b[c]`, or one of all that is below. It may be told
/// from another directory than pytest's own.
pub(super) fn of_node(name: &str, discovery: &Discovery) -> Vec<String> {
    if !name.contains(".py::") {
        return Vec::new();
    }
    let is_of = |node: &str| {
        let rest = node.strip_prefix(name).or_else(|| {
            let at = node.find(&format!("/{name}"))?;
            node[..at]
                .split("::")
                .nth(1)
                .is_none()
                .then(|| &node[at + 1 + name.len()..])
        });
        let below = |rest: &str| rest.is_empty() || rest.starts_with("::") || rest.starts_with('[');
        rest.is_some_and(below) || name.ends_with(&format!("/{node}"))
    };
    let nodes = discovery
        .tests
        .iter()
        .filter(|test| test.node.as_ref().is_some_and(|node| is_of(&node.id)));
    nodes.map(|test| test.id.clone()).collect()
}
