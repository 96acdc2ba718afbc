//! What the filter of the tests asks for: words that are looked for fuzzily, tags, and how a test stands.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Matcher, Utf32Str};

use super::suite::{Phase, Suite, Test};

/// How a filter asks for a tag.
const TAG: &str = "tag:";
/// How a filter asks for how a test stands.
const STATUS: &str = "status:";

/// How a test can stand, in the order in which one goes through them.
pub const STATUSES: [&str; 14] = [
    "failed", "error", "timeout", "flaky", "skipped", "passed", "running", "held", "waiting", "stopped",
    "new", "slow", "stale", "pinned",
];

/// A filter, taken apart.
pub(super) struct Wanted<'a> {
    pattern: Option<Pattern>,
    tags: Vec<&'a str>,
    statuses: Vec<&'a str>,
    only_failed: bool,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(filter: &'a str, only_failed: bool) -> Wanted<'a> {
        let (mut tags, mut statuses, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for word in filter.split_whitespace() {
            match (word.strip_prefix(TAG), word.strip_prefix(STATUS)) {
                (Some(tag), _) => tags.push(tag),
                (None, Some(status)) => statuses.push(status),
                (None, None) => words.push(word),
            }
        }
        let words = words.join(" ");
        Wanted {
            pattern: (!words.is_empty())
                .then(|| Pattern::parse(&words, CaseMatching::Smart, Normalization::Smart)),
            tags,
            statuses,
            only_failed,
        }
    }

    /// Returns which characters of a test's id were found, ascending; `None` if the test is not wanted.
    pub(super) fn test(&self, test: &Test, suite: &Suite, matcher: &mut Matcher) -> Option<Vec<u32>> {
        let failed = test.is_bad() || test.phase != Phase::Idle;
        let tagged = |tag: &&str| test.tags.iter().any(|its| its.starts_with(*tag));
        // A test has several tags, but stands in one way: of these, one is enough.
        let stands = self.statuses.is_empty() || self.statuses.iter().any(|word| stands(test, suite, word));
        if (self.only_failed && !failed) || !self.tags.iter().all(tagged) || !stands {
            return None;
        }
        self.find(&test.id, matcher)
    }

    /// Whether a group is shown that has no test to show: one that is broken, or an empty one that nothing hides.
    pub(super) fn group(&self, broken: bool, name: &str, matcher: &mut Matcher) -> bool {
        let whole = self.tags.is_empty()
            && self
                .statuses
                .iter()
                .all(|word| broken && "failed".starts_with(word));
        (broken || !self.only_failed) && whole && self.find(name, matcher).is_some()
    }

    fn find(&self, text: &str, matcher: &mut Matcher) -> Option<Vec<u32>> {
        let mut found = Vec::new();
        if let Some(pattern) = &self.pattern {
            pattern.indices(Utf32Str::new(text, &mut Vec::new()), matcher, &mut found)?;
            found.sort_unstable();
            found.dedup();
        }
        Some(found)
    }
}

/// Whether a filter asks for how tests stand.
pub(super) fn is_by_standing(filter: &str) -> bool {
    filter.split_whitespace().any(|word| word.starts_with(STATUS))
}

/// Whether a test stands as a word says, of which the beginning is enough.
fn stands(test: &Test, suite: &Suite, word: &str) -> bool {
    let mut meant = STATUSES.iter().filter(|status| status.starts_with(word));
    meant.any(|status| is(test, suite, status))
}

fn is(test: &Test, suite: &Suite, status: &str) -> bool {
    match status {
        "running" => test.phase.is_alive(),
        "held" => test.phase == Phase::Held,
        "waiting" => test.phase == Phase::Waiting,
        "stopped" => test.stopped,
        "new" => test.status.is_none(),
        "slow" => test.slow,
        "stale" => test.stale,
        "pinned" => suite.pins.contains(&test.id),
        verdict => test.status.is_some_and(|status| status.as_str() == verdict),
    }
}

/// Returns the filter that asks for the next way of standing, of those that occur; after the last, for none.
#[must_use]
pub fn next_status(filter: &str, suite: &Suite) -> String {
    let (asked, others): (Vec<&str>, Vec<&str>) = filter
        .split_whitespace()
        .partition(|word| word.starts_with(STATUS));
    let now = asked.first().map(|word| &word[STATUS.len()..]);
    let at = now.and_then(|now| STATUSES.iter().position(|status| status.starts_with(now)));
    let occurs = |status: &&&str| suite.tests.iter().any(|test| is(test, suite, status));
    let next = STATUSES.iter().skip(at.map_or(0, |at| at + 1)).find(occurs);
    let mut words: Vec<String> = next
        .map(|status| format!("{STATUS}{status}"))
        .into_iter()
        .collect();
    words.extend(others.into_iter().map(str::to_owned));
    words.join(" ")
}
