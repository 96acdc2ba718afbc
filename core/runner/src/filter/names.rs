//! From what a user types to the ids that are meant.

use thiserror::Error;

/// A name that means no test, or too many.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// No id has it.
    #[error("no test matches `{wanted}`{}", nearest.as_ref().map_or(String::new(), |id| format!("; the nearest is `{id}`")))]
    None {
        /// What was asked for.
        wanted: String,
        /// The most similar id, if there is one.
        nearest: Option<String>,
    },
    /// Several ids contain it.
    #[error("`{wanted}` is part of {} ids: {}", ids.len(), some_of(ids))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The ids.
        ids: Vec<String>,
    },
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// One test: its id, or a part that only it has.
    One(&'a str),
    /// All tests below a group, a module or a parametrised test, one or more.
    Below(Vec<&'a str>),
}

impl<'a> Found<'a> {
    /// The ids.
    pub fn into_ids(self) -> impl Iterator<Item = &'a str> {
        match self {
            Self::One(id) => vec![id].into_iter(),
            Self::Below(ids) => ids.into_iter(),
        }
    }
}

/// Finds what `wanted` means among `ids`: the same id, else all ids below it, else the only id that contains it.
pub(crate) fn find<'a>(wanted: &str, ids: &[&'a str]) -> Result<Found<'a>, NameError> {
    // Whoever completes an id leaves its separator at the end.
    let wanted = wanted.strip_suffix("::").unwrap_or(wanted);
    if let Some(id) = ids.iter().find(|id| **id == wanted) {
        return Ok(Found::One(id));
    }
    let below: Vec<&str> = ids.iter().copied().filter(|id| is_below(id, wanted)).collect();
    if !below.is_empty() {
        return Ok(Found::Below(below));
    }
    let containing: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|id| !wanted.is_empty() && id.contains(wanted))
        .collect();
    match containing[..] {
        [id] => Ok(Found::One(id)),
        [] => Err(NameError::None {
            wanted: wanted.to_owned(),
            nearest: nearest(wanted, ids),
        }),
        _ => Err(NameError::Ambiguous {
            wanted: wanted.to_owned(),
            ids: containing.into_iter().map(str::to_owned).collect(),
        }),
    }
}

/// `a::b` is below `a`, `a::b[x]` below `a::b`.
fn is_below(id: &str, above: &str) -> bool {
    id.strip_prefix(above)
        .is_some_and(|rest| rest.starts_with("::") || rest.starts_with('['))
}

fn nearest(wanted: &str, ids: &[&str]) -> Option<String> {
    const SIMILAR: f64 = 0.7;
    let last = |id: &str| id.rsplit("::").next().unwrap_or(id).to_owned();
    ids.iter()
        .map(|id| {
            (
                strsim::jaro(wanted, id).max(strsim::jaro(&last(wanted), &last(id))),
                *id,
            )
        })
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, id)| id.to_owned())
}

/// A few of many ids, for a message.
pub(crate) fn some_of(ids: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = ids
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if ids.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 4] = ["io::read", "io::write[1]", "io::write[2]", "dirs::make"];

    #[test]
    fn an_id_means_itself_a_group_all_of_it_a_part_its_only_test() {
        assert_eq!(find("io::read", &IDS), Ok(Found::One("io::read")));
        assert_eq!(
            find("io::write", &IDS),
            Ok(Found::Below(vec!["io::write[1]", "io::write[2]"]))
        );
        assert_eq!(find("dirs", &IDS), Ok(Found::Below(vec!["dirs::make"])));
        assert_eq!(find("dirs::", &IDS), Ok(Found::Below(vec!["dirs::make"])));
        assert_eq!(find("mak", &IDS), Ok(Found::One("dirs::make")));
    }

    #[test]
    fn a_part_of_several_is_refused_with_their_names() {
        let error = find("rite", &IDS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`rite` is part of 2 ids: io::write[1], io::write[2]"
        );
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        let error = find("dirs::mkae", &IDS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no test matches `dirs::mkae`; the nearest is `dirs::make`"
        );
        assert_eq!(
            find("", &IDS),
            Err(NameError::None {
                wanted: String::new(),
                nearest: None
            })
        );
    }
}
