//! What the tests that were selected cannot do without: the fixtures of CTest are tests, too.

use std::collections::BTreeSet;

use crate::discover::Discovery;

/// Adds the tests that those selected need, and those that clean up behind them.
pub(super) fn add(tests: &mut Vec<usize>, discovery: &Discovery) {
    let all = |at: &usize| &discovery.tests[*at].rules;
    if tests
        .iter()
        .all(|at| all(at).needs.is_empty() && all(at).brings.is_empty())
    {
        return;
    }
    let mut chosen: BTreeSet<usize> = tests.iter().copied().collect();
    let mut waiting: Vec<usize> = tests.clone();
    while let Some(at) = waiting.pop() {
        let rules = &discovery.tests[at].rules;
        for name in rules.needs.iter().chain(&rules.brings) {
            waiting.extend(called(name, discovery).filter(|other| chosen.insert(*other)));
        }
    }
    *tests = chosen.into_iter().collect();
}

/// The tests that a rule means: one by its id, or all of a group.
pub(crate) fn called<'a>(name: &'a str, discovery: &'a Discovery) -> impl Iterator<Item = usize> + 'a {
    let tests = discovery.tests.iter().enumerate();
    let is = move |id: &str, group: usize| id == name || discovery.groups[group].name == name;
    tests
        .filter(move |(_, test)| is(&test.id, test.group))
        .map(|(at, _)| at)
}
