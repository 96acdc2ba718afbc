//! The command in the view: started, outlived and heard out.

use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::time::Duration;

use super::Trouble;
use crate::lend::{self, Lent};

/// Runs the command to its end. Returns the exit status to take over, and whether it is a success. Meanwhile `look` is
/// called, and again as often as it says how long to wait.
pub(super) fn run(
    command: &[OsString],
    look: impl FnMut() -> Option<Duration>,
) -> Result<(u8, bool), Trouble> {
    let [program, words @ ..] = command else {
        return Err(Trouble::new("no command"));
    };
    let mut command = Command::new(program);
    command.args(words);
    let Lent { code, succeeded } = lend::run(command, look).map_err(Trouble::new)?;
    Ok((code, succeeded))
}

/// Says which processes the command has left behind: they live on in the view, which lives as long as they do.
pub(super) fn tell_what_is_left() {
    let Ok(here) = fs::read_link("/proc/self/ns/mnt") else {
        return;
    };
    let mut left = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(number) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        // What cannot be looked at is somebody else's.
        let is_in_view = || fs::read_link(entry.path().join("ns/mnt")).is_ok_and(|there| there == here);
        if number != std::process::id() && is_in_view() {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            left.push(format!("{} ({number})", name.trim_end()));
        }
    }
    if !left.is_empty() {
        eprintln!("note: still running in the view: {}", left.join(", "));
    }
}
