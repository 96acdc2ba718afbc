//! What a user looks for: a pattern, in small letters if the case does not matter.

use regex::bytes::{Regex, RegexBuilder};

/// A pattern to look for in lines.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// As it was typed.
    pub(crate) text: String,
    regex: Regex,
}

impl Query {
    /// Reads a pattern; one that is no regular expression is meant literally. `None` if it is empty.
    pub(crate) fn new(text: &str) -> Option<Query> {
        if text.is_empty() {
            return None;
        }
        let build = |pattern: &str| {
            RegexBuilder::new(pattern)
                .case_insensitive(!text.chars().any(char::is_uppercase))
                .multi_line(true)
                .size_limit(1 << 20)
                .build()
        };
        let regex = build(text).or_else(|_| build(&regex::escape(text))).ok()?;
        Some(Query {
            text: text.to_owned(),
            regex,
        })
    }

    /// Whether the pattern occurs.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.regex.is_match(bytes)
    }

    /// Returns where the pattern first occurs in whole lines, from the beginning of one of them on.
    pub(crate) fn first(&self, bytes: &[u8], from: usize) -> Option<usize> {
        (from < bytes.len())
            .then(|| self.regex.find_at(bytes, from))
            .flatten()
            .map(|found| found.start())
            .filter(|start| *start < bytes.len())
    }

    /// Returns where the pattern occurs, as ranges of bytes that are not empty.
    pub(crate) fn places<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        self.regex
            .find_iter(bytes)
            .map(|found| found.range())
            .filter(|range| !range.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(pattern: &str, text: &str) -> bool {
        Query::new(pattern).is_some_and(|query| query.is_in(text.as_bytes()))
    }

    #[test]
    fn small_letters_find_both_cases_and_brackets_themselves() {
        assert!(is_in("rpc", "Got RPC") && !is_in("Rpc", "Got RPC"));
        assert!(is_in("open|close", "close()") && is_in("[ah", "x [ah] y"));
        assert!(Query::new("").is_none());
    }
}
