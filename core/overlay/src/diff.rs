//! Changes as text that people read: a unified diff of what is text, and a line for all else.

use std::fmt::Write;

use crate::changes::{Changes, Views};
use crate::compared::{Compared, compared};
use crate::error::ReadError;

pub(crate) fn text(views: &Views, changes: &Changes) -> Result<String, ReadError> {
    let mut out = String::new();
    for change in compared(views, changes)? {
        one(&mut out, &change);
    }
    Ok(out)
}

fn one(out: &mut String, compared: &Compared) {
    let _ = writeln!(out, "{}", compared.change.described());
    if let (Some(before), Some(now)) = (&compared.before, &compared.now)
        && (before.mode, before.uid, before.gid) != (now.mode, now.uid, now.gid)
    {
        let _ = writeln!(
            out,
            "    mode {:04o} {}:{} → {:04o} {}:{}",
            before.mode, before.uid, before.gid, now.mode, now.uid, now.gid
        );
    }
    if let (None, Some(to)) = (&compared.now, &compared.moved_to) {
        let _ = writeln!(out, "    moved to {}", to.display());
    }
    match compared.diff() {
        Ok(Some(diff)) => out.push_str(&diff),
        Ok(None) => {}
        Err(why) => {
            let _ = writeln!(out, "    {why}");
        }
    }
}
