//! What a client sees beside what is stored, and what does not fit.
//!
//! Data lie under a name that was made of the path when the file was made. A rename leaves it, so a file whose data are
//! not found and data whose file is not found are paired where their sizes allow one pair only; that is told as a
//! guess. What may be as it must be, as a hole may, is a flag of another kind than what cannot be right.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::store::{CHUNK, Chunks};
use super::{Flag, Row, Seen, Stored};

/// Joins what is seen, by path, with chunks, by the names of their directories.
pub(super) fn join(seen: BTreeMap<String, Seen>, chunks: BTreeMap<String, Chunks>) -> Vec<Row> {
    let mut stored: BTreeMap<String, Stored> = chunks
        .iter()
        .map(|(key, chunks)| (key.clone(), summed(key, chunks)))
        .collect();
    let mut rows: Vec<Row> = seen
        .into_iter()
        .map(|(path, seen)| Row {
            path,
            seen: Some(seen),
            stored: None,
            flags: Vec::new(),
        })
        .collect();
    by_name(&mut rows, &mut stored);
    let moved = by_size(&rows, &stored);
    for (at, key) in moved {
        if let Some(found) = stored.remove(&key) {
            rows[at].flags.push(Flag::Elsewhere(path(&key)));
            rows[at].stored = Some(found);
        }
    }
    for row in &mut rows {
        let flags = flags(row);
        row.flags.extend(flags);
    }
    rows.extend(stored.into_iter().map(|(key, stored)| Row {
        path: path(&key),
        seen: None,
        // A directory that its last chunk left behind is no data.
        flags: if stored.chunks > 0 {
            vec![Flag::NoMetadata]
        } else {
            Vec::new()
        },
        stored: Some(stored),
    }));
    rows.retain(|row| row.seen.is_some() || !row.flags.is_empty());
    rows.sort_by(|one, other| one.path.cmp(&other.path));
    rows
}

fn summed(key: &str, chunks: &Chunks) -> Stored {
    Stored {
        key: key.to_owned(),
        chunks: chunks.len() as u64,
        bytes: chunks.values().sum(),
        end: chunks
            .iter()
            .map(|(number, size)| number.saturating_mul(CHUNK).saturating_add(*size))
            .max()
            .unwrap_or(0),
    }
}

/// Gives files the data that lie under their names: those with the number of their node first, which no other can have.
fn by_name(rows: &mut [Row], stored: &mut BTreeMap<String, Stored>) {
    let numbered: HashMap<u64, String> = stored
        .keys()
        .filter_map(|key| Some((node(key)?, key.clone())))
        .collect();
    // The names of one file with several share its data.
    let mut taken: HashMap<u64, Stored> = HashMap::new();
    for row in rows.iter_mut() {
        let Some(seen) = row.seen.as_ref().filter(|seen| seen.is_file()) else {
            continue;
        };
        let plain = row.path.trim_start_matches('/').replace('/', ":");
        let key = numbered
            .get(&seen.node)
            .filter(|key| stored.contains_key(*key))
            .cloned();
        let key = key.unwrap_or(plain);
        let found = stored.remove(&key).or_else(|| taken.get(&seen.node).cloned());
        if let Some(found) = found {
            taken.insert(seen.node, found.clone());
            row.stored = Some(found);
        }
    }
}

/// Pairs files without data with data without a file, where only one file and only one directory have a size.
fn by_size(rows: &[Row], stored: &BTreeMap<String, Stored>) -> Vec<(usize, String)> {
    let mut files: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(seen) = row.seen.as_ref().filter(|seen| seen.is_file() && seen.size > 0)
            && row.stored.is_none()
        {
            files.entry(seen.size).or_default().push(at);
        }
    }
    let mut data: BTreeMap<u64, Vec<&String>> = BTreeMap::new();
    for (key, stored) in stored {
        data.entry(stored.end).or_default().push(key);
    }
    let sizes: BTreeSet<u64> = files.keys().copied().collect();
    let pair = |size: &u64| match (files.get(size)?.as_slice(), data.get(size)?.as_slice()) {
        ([file], [key]) => Some((*file, (*key).clone())),
        _ => None,
    };
    sizes.iter().filter_map(pair).collect()
}

fn flags(row: &Row) -> Vec<Flag> {
    let Some(seen) = &row.seen else { return Vec::new() };
    if seen.errno != 0 {
        return vec![Flag::Refused(seen.errno)];
    }
    if !seen.is_file() {
        return Vec::new();
    }
    let mut flags = Vec::new();
    match &row.stored {
        None if seen.size > 0 => flags.push(Flag::NoData),
        None => {}
        Some(stored) => {
            match stored.end.cmp(&seen.size) {
                std::cmp::Ordering::Greater => flags.push(Flag::Beyond(stored.end - seen.size)),
                std::cmp::Ordering::Less => flags.push(Flag::Short(seen.size - stored.end)),
                std::cmp::Ordering::Equal => {}
            }
            if stored.bytes < stored.end {
                flags.push(Flag::Holes(stored.end - stored.bytes));
            }
        }
    }
    flags
}

/// Returns the number of the node in which the name of a chunk directory ends, if it does.
fn node(key: &str) -> Option<u64> {
    u64::from_str_radix(key.rsplit_once('~')?.1, 16).ok()
}

/// Returns the path that the name of a chunk directory was made of.
fn path(key: &str) -> String {
    let plain = match node(key) {
        Some(_) => key.rsplit_once('~').map_or(key, |(path, _)| path),
        None => key,
    };
    format!("/{}", plain.replace(':', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64, node: u64) -> Seen {
        Seen {
            mode: 0o100_644,
            size,
            node,
            errno: 0,
        }
    }

    /// Joins files with chunks: key, number and size of each.
    fn joined(files: &[(&str, Seen)], chunks: &[(&str, u64, u64)]) -> Vec<(String, Vec<Flag>)> {
        let seen = files
            .iter()
            .map(|(path, seen)| ((*path).to_owned(), seen.clone()));
        let mut all: BTreeMap<String, Chunks> = BTreeMap::new();
        for (key, number, size) in chunks {
            all.entry((*key).to_owned()).or_default().insert(*number, *size);
        }
        let rows = join(seen.collect(), all);
        rows.into_iter().map(|row| (row.path, row.flags)).collect()
    }

    fn one(flags: &[Flag], path: &str) -> Vec<(String, Vec<Flag>)> {
        vec![(path.to_owned(), flags.to_vec())]
    }

    #[test]
    fn a_file_and_its_chunks_fit() {
        let whole = CHUNK + 5;
        assert_eq!(
            joined(&[("/a/b", file(whole, 1))], &[("a:b", 0, CHUNK), ("a:b", 1, 5)]),
            one(&[], "/a/b")
        );
        assert_eq!(joined(&[("/e", file(0, 1))], &[]), one(&[], "/e"));
        // A name with a colon, told by the number of its node.
        assert_eq!(
            joined(&[("/x:y", file(3, 31))], &[("x:y~1f", 0, 3)]),
            one(&[], "/x:y")
        );
    }

    #[test]
    fn what_does_not_fit_is_flagged() {
        assert_eq!(joined(&[("/f", file(9, 1))], &[]), one(&[Flag::NoData], "/f"));
        assert_eq!(joined(&[], &[("gone", 0, 9)]), one(&[Flag::NoMetadata], "/gone"));
        assert_eq!(
            joined(&[("/f", file(9, 1))], &[("f", 0, 12)]),
            one(&[Flag::Beyond(3)], "/f")
        );
        assert_eq!(
            joined(&[("/f", file(9, 1))], &[("f", 0, 4)]),
            one(&[Flag::Short(5)], "/f")
        );
        assert_eq!(
            joined(&[("/f", file(CHUNK + 1, 1))], &[("f", 1, 1)]),
            one(&[Flag::Holes(CHUNK)], "/f")
        );
        let refused = Seen {
            errno: 13,
            mode: 0,
            ..file(0, 0)
        };
        assert_eq!(joined(&[("/f", refused)], &[]), one(&[Flag::Refused(13)], "/f"));
    }

    #[test]
    fn renamed_data_are_found_by_their_size_if_that_is_sure() {
        assert_eq!(
            joined(&[("/new", file(7, 1))], &[("old", 0, 7)]),
            one(&[Flag::Elsewhere("/old".to_owned())], "/new")
        );
        let two = joined(&[("/a", file(7, 1)), ("/b", file(7, 2))], &[("old", 0, 7)]);
        let flags: Vec<Flag> = two.into_iter().flat_map(|(_, flags)| flags).collect();
        assert_eq!(flags, [Flag::NoData, Flag::NoData, Flag::NoMetadata]);
    }

    #[test]
    fn the_names_of_one_file_share_its_data() {
        let both = joined(&[("/a", file(7, 5)), ("/b", file(7, 5))], &[("a", 0, 7)]);
        assert!(both.iter().all(|(_, flags)| flags.is_empty()), "{both:?}");
    }
}
