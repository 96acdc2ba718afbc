//! Changes as text that people read: a unified diff of what is text, and a line for all else.

use std::fmt::Write;
use std::path::Path;

use similar::TextDiff;

use crate::changes::{Change, Changes, Kind, Views};
use crate::entry::{Entry, EntryKind, entry_before};

/// Files longer than this are named, not shown.
const LONGEST: u64 = 1 << 20;

pub(crate) fn text(views: &Views, changes: &Changes) -> String {
    let now = crate::entry::entries(views, changes).unwrap_or_default();
    let mut out = String::new();
    for change in changes {
        let before = (change.kind != Kind::Add)
            .then(|| entry_before(views, &change.path))
            .flatten();
        let now = now
            .get(&change.path)
            .filter(|entry| entry.kind != EntryKind::Deleted);
        one(&mut out, change, before.as_ref(), now);
    }
    out
}

fn one(out: &mut String, change: &Change, before: Option<&Entry>, now: Option<&Entry>) {
    let _ = writeln!(out, "{}", change.described());
    let texts = (text_of(before), text_of(now));
    if let (Some(before), Some(now)) = (before, now)
        && (before.mode, before.uid, before.gid) != (now.mode, now.uid, now.gid)
    {
        let _ = writeln!(
            out,
            "    mode {:04o} {}:{} → {:04o} {}:{}",
            before.mode, before.uid, before.gid, now.mode, now.uid, now.gid
        );
    }
    match texts {
        (Ok(a), Ok(b)) if a != b => unified(out, &change.path, &a, &b, before.is_some(), now.is_some()),
        (Err(why), _) | (_, Err(why)) => {
            let _ = writeln!(out, "    {why}");
        }
        _ => {}
    }
}

fn unified(out: &mut String, path: &Path, before: &str, now: &str, was: bool, is: bool) {
    let name = |there: bool| {
        if there {
            path.display().to_string()
        } else {
            "/dev/null".into()
        }
    };
    let diff = TextDiff::from_lines(before, now);
    let _ = write!(
        out,
        "{}",
        diff.unified_diff()
            .context_radius(3)
            .header(&name(was), &name(is))
    );
}

/// The text of a file or link; nothing for what has none, and the reason where it cannot be shown.
fn text_of(entry: Option<&Entry>) -> Result<String, String> {
    let Some(entry) = entry else {
        return Ok(String::new());
    };
    match entry.kind {
        EntryKind::Symlink => {
            let target = entry.content().map_err(|error| error.to_string())?;
            Ok(format!("-> {}\n", String::from_utf8_lossy(&target)))
        }
        EntryKind::File if entry.size > LONGEST => Err(format!("{} bytes, not shown", entry.size)),
        EntryKind::File => entry.text().map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => format!("{} bytes, no text", entry.size),
            _ => error.to_string(),
        }),
        _ => Ok(String::new()),
    }
}
