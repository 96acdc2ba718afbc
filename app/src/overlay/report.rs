//! What the command changed, for people, for machines, and beside what was expected.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

use gkfs_harness::overlay::{Changes, Overlay};

use crate::cli::{ChangesFormat, OverlayArgs};

/// The list as it was asked for.
pub(super) fn text(args: &OverlayArgs, view: &Overlay, changes: &Changes) -> io::Result<String> {
    if args.format == ChangesFormat::Json {
        return Ok(serde_json::to_string_pretty(changes)? + "\n");
    }
    if args.diff {
        return view.diff_of(changes).map_err(io::Error::other);
    }
    let mut text = String::new();
    for change in changes {
        let _ = writeln!(text, "{}", change.described());
    }
    Ok(text)
}

/// Writes it where it was asked for.
pub(super) fn write(args: &OverlayArgs, text: &str) -> io::Result<()> {
    match &args.changes {
        Some(path) => fs::write(path, text).map_err(|error| named("write", path, &error)),
        None => io::stderr().write_all(text.as_bytes()),
    }
}

/// Refuses what could not be written at the end, before the command does its work.
pub(super) fn can_write(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    };
    let place = if path.exists() { path } else { parent };
    let checked = rustix::fs::access(place, rustix::fs::Access::WRITE_OK).map_err(io::Error::from);
    let checked = match checked {
        Ok(()) if path.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        checked => checked,
    };
    checked.map_err(|error| named("write", path, &error))
}

/// How many places are named one by one.
const NAMED: usize = 3;

/// Says which places are no copies, and why.
pub(super) fn fallbacks(view: &Overlay) {
    let all = view.fallbacks();
    let one_by_one = if all.len() > NAMED + 1 { NAMED } else { all.len() };
    for fallback in &all[..one_by_one] {
        let path = fallback.path.display();
        eprintln!("note: {path} is read-only in the view: {}", fallback.reason);
    }
    if one_by_one < all.len() {
        eprintln!("note: so are {} other places", all.len() - one_by_one);
    }
}

/// Asks on the terminal; anything but yes is no.
pub(super) fn asks(changes: &Changes) -> io::Result<bool> {
    match changes.len() {
        1 => eprint!("make this change for real? [y/N] "),
        many => eprint!("make these {many} changes for real? [y/N] "),
    }
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// Reads a list that is kept: a change a line; empty lines and those that begin with `#` are for people.
pub(super) fn read_list(path: &Path) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| {
        let mut error = named("read", path, &error).to_string();
        error.push_str("; --bless writes it");
        io::Error::other(error)
    })?;
    let lines = text.lines().map(str::trim_end);
    Ok(lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

/// Writes the list to be kept.
pub(super) fn write_list(path: &Path, changes: &Changes) -> io::Result<()> {
    let mut text = changes.to_strings().join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    fs::write(path, text).map_err(|error| named("write", path, &error))
}

/// What was not expected with `+`, what did not happen with `-`; nothing where both are the same.
pub(super) fn difference(expected: &[String], changes: &[String]) -> String {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    let (expected, changes) = (set(expected), set(changes));
    let mut text = String::new();
    for change in changes.difference(&expected) {
        let _ = writeln!(text, "+{change}   (not expected)");
    }
    for change in expected.difference(&changes) {
        let _ = writeln!(text, "-{change}   (expected, did not happen)");
    }
    text
}

fn named(what: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what} {}: {error}", path.display()))
}
