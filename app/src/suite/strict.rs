//! Parsing with errors that name file, line, key, and what was probably meant.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

/// Why a suite file is not valid, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SuiteError {
    /// The suite file.
    pub file: PathBuf,
    /// The line, counted from 1; 0 when the file could not be read at all.
    pub line: usize,
    /// The dotted key, such as `group.timeout`, when the problem has one.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// The known word nearest to the unknown one.
    pub nearest: Option<String>,
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(key) = &self.key {
            write!(f, ": key `{key}`")?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl SuiteError {
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> SuiteError {
        let problem = format!("cannot be read: {error}");
        SuiteError {
            file: file.into(),
            line: 0,
            key: None,
            problem,
            nearest: None,
        }
    }

    /// An error at `key`, found by the path of keys and indices that lead to it.
    pub(super) fn at(
        file: &Path,
        text: &str,
        path: &[&str],
        problem: String,
        nearest: Option<String>,
    ) -> SuiteError {
        let line = DeTable::parse(text)
            .ok()
            .and_then(|table| find(table.get_ref(), path))
            .map_or(1, |at| line_of(text, at));
        let names: Vec<&str> = path
            .iter()
            .copied()
            .filter(|name| name.parse::<usize>().is_err())
            .collect();
        SuiteError {
            file: file.into(),
            line,
            key: Some(names.join(".")),
            problem,
            nearest,
        }
    }
}

/// Reads `text` into `T`; serde's complaint becomes a [`SuiteError`].
pub(super) fn from_str<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, SuiteError> {
    toml::from_str(text).map_err(|error| {
        let (problem, nearest) = explain(error.message());
        let span = error.span();
        let table = DeTable::parse(text).ok();
        let key = span.as_ref().and_then(|span| key_at(table?.get_ref(), span));
        let line = span.map_or(1, |span| line_of(text, span.start));
        SuiteError {
            file: file.into(),
            line,
            key,
            problem,
            nearest,
        }
    })
}

/// Returns the candidate nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

/// Words serde's "unknown field/variant `a`, expected one of `b`, `c`" anew, with the nearest of the known.
///
/// The words in backticks are all there is to go by: serde has no other interface for them. A message of
/// another form passes through as it is.
fn explain(message: &str) -> (String, Option<String>) {
    if let Some(name) = message.strip_prefix("missing field ") {
        return (format!("the key {name} is missing"), None);
    }
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let what = ["field", "variant"]
        .into_iter()
        .find(|what| message.starts_with(&format!("unknown {what} `")));
    let (Some(what), [word, known @ ..]) = (what, words.as_slice()) else {
        return (message.trim_end().to_owned(), None);
    };
    let what = if what == "field" { "key" } else { "value" };
    let mut problem = format!("unknown {what} `{word}`");
    if !known.is_empty() {
        problem.push_str(&format!(", known are {}", known.join(", ")));
    }
    (problem, nearest(word, known.iter().copied()))
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// Returns the dotted key whose name or value lies at `span`, the deepest that fits.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let inside = |range: Range<usize>| range.start <= span.start && span.end <= range.end;
        let deeper = key_in(value.get_ref(), span);
        match deeper {
            Some(rest) => Some(format!("{}.{rest}", name.get_ref())),
            None => (inside(name.span()) || inside(value.span())).then(|| name.get_ref().to_string()),
        }
    })
}

fn key_in(value: &DeValue<'_>, span: &Range<usize>) -> Option<String> {
    match value {
        DeValue::Table(table) => key_at(table, span),
        DeValue::Array(items) => items.iter().find_map(|item| key_in(item.get_ref(), span)),
        _ => None,
    }
}

/// Returns where the name at the end of `path` stands; a number in it is an index into an array.
fn find(table: &DeTable<'_>, path: &[&str]) -> Option<usize> {
    let (first, mut rest) = path.split_first()?;
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == first)?;
    let mut value = value;
    let mut at = name.span().start;
    while let (DeValue::Array(items), Some((index, deeper))) = (value.get_ref(), rest.split_first()) {
        value = items.get(index.parse::<usize>().ok()?)?;
        at = value.span().start;
        rest = deeper;
    }
    match value.get_ref() {
        DeValue::Table(table) if !rest.is_empty() => find(table, rest).or(Some(at)),
        _ => Some(at),
    }
}
