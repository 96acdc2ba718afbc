//! Which of the tests that were found a request means.

use std::collections::BTreeSet;

use gkfs_runner::discover::{Discovery, Test};
use gkfs_runner::filter::{Plan, Selection};

use crate::tui::msg::Request;

/// Holds a request against what was found. A change may have touched what is gone since: that is nothing to run, and
/// nothing wrong.
pub(super) fn plan(request: &Request, discovery: Discovery) -> Result<Option<Plan>, String> {
    let broken = discovery.groups.iter().find(|group| group.error.is_some());
    let broken = broken.map(|group| format!("nothing to run: `{}` could not be built", group.name));
    let news = saved(request, &discovery);
    if news.is_empty() && touches_none(request) {
        return Ok(None);
    }
    let only = request.only.as_ref().map(|only| &ids(only, &discovery) | &news);
    let selection = Selection {
        only,
        ..Selection::default()
    };
    let plan = selection.apply(discovery).map_err(|error| error.to_string())?;
    match plan.is_empty() {
        false => Ok(Some(plan)),
        true if request.change.is_some() => Ok(None),
        true => Err(broken.unwrap_or_else(|| {
            match request.only {
                Some(_) => "nothing to run: these tests are gone",
                None => {
                    "nothing to run: there are no tests here yet; `gkfs-bench init` begins a suite with one"
                }
            }
            .to_owned()
        })),
    }
}

/// The tests in the files of the change: nobody knew of those that are new.
fn saved(request: &Request, discovery: &Discovery) -> BTreeSet<String> {
    let Some(change) = &request.change else {
        return BTreeSet::new();
    };
    let is_saved = |test: &&Test| test.file.as_ref().is_some_and(|file| change.paths.contains(file));
    let tests = discovery.tests.iter().filter(|test| !test.ignored);
    tests.filter(is_saved).map(|test| test.id.clone()).collect()
}

/// Whether a change only might have brought tests.
fn touches_none(request: &Request) -> bool {
    let touched = request.change.as_ref().map(|change| &change.touched);
    touched.is_some_and(|touched| touched.tests.is_empty() && !touched.is_everything())
}

/// A group, or another beginning of ids, means its tests; those that are off by default only if all of them are.
fn ids(only: &BTreeSet<String>, discovery: &Discovery) -> BTreeSet<String> {
    let mut ids = only.clone();
    for name in only {
        let begins = |id: &str| {
            id.strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with("::"))
        };
        let tests = || discovery.tests.iter().filter(|test| begins(&test.id));
        let all_off = tests().all(|test| test.ignored);
        ids.extend(
            tests()
                .filter(|test| all_off || !test.ignored)
                .map(|test| test.id.clone()),
        );
    }
    ids
}
