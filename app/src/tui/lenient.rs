//! TOML that a person wrote: what is wrong in it is named with its line, and the rest is used.

use serde::Deserialize as _;
use toml::de::{DeTable, Deserializer};

/// Reads a text. A key that stands twice counts once.
#[must_use]
pub(crate) fn table(text: &str) -> (toml::Table, Vec<String>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let told = |error: &toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..at]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        let twice = error.message().starts_with("duplicate key");
        let key = text[at..]
            .split(['=', '\n', ']'])
            .next()
            .unwrap_or_default()
            .trim();
        match twice {
            true => format!("line {line}: `{}` stands twice", key.trim_matches('"')),
            false => format!("line {line}: {}", error.message()),
        }
    };
    let mut problems: Vec<String> = errors.iter().map(told).collect();
    let table = toml::Table::deserialize(Deserializer::from(table));
    let table = table.unwrap_or_else(|error| {
        problems.push(told(&error));
        toml::Table::new()
    });
    (table, problems)
}

/// Words an unknown name, with the nearest of the known.
#[must_use]
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match crate::suite::nearest(name, known) {
        Some(nearest) => format!("there is no {what} `{name}`; did you mean `{nearest}`?"),
        None => format!("there is no {what} `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_line_does_not_spoil_the_others() {
        let (table, problems) = table("[keys]\n\"a\" = \"up\"\n\"a\" = \"down\"\n\"b\" = \"top\"\n");
        assert_eq!(problems, ["line 3: `a` stands twice"]);
        let keys = table["keys"].as_table().expect("a table");
        assert_eq!(
            (keys["a"].as_str(), keys["b"].as_str()),
            (Some("up"), Some("top"))
        );
        let (table, problems) = super::table("theme = \nmouse = true\n");
        assert_eq!(
            (table["mouse"].as_bool(), problems.len()),
            (Some(true), 1),
            "{problems:?}"
        );
    }

    #[test]
    fn what_is_no_toml_at_all_is_an_empty_table_with_complaints() {
        for text in ["\u{0}", "][", "= = =", "a = [1, ", "\"", "[[a]]\n[a]"] {
            assert!(!table(text).1.is_empty(), "{text:?}");
        }
    }
}
