//! Everything that was started through the channel, whoever its parent was.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

/// A process that the kernel cannot kill at once is left to it after this.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Makes orphans among our descendants our children, instead of init's.
pub(super) fn adopt() -> io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// Kills children until there are none: the children of a killed one become ours.
pub(super) fn end_all() {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let living = children();
        if living.is_empty() || Instant::now() >= deadline {
            return;
        }
        for child in living {
            // One that has just ended needs no signal.
            let _ = kill_process(child, Signal::KILL);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Our children that still run; a zombie does not.
fn children() -> Vec<Pid> {
    let own = getpid().as_raw_nonzero().get();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers
        .filter(|pid| {
            fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| is_living_child(&stat, own))
        })
        .filter_map(Pid::from_raw)
        .collect()
}

/// `4711 (name) S 1 …`: the name may hold anything, parentheses and blanks included.
fn is_living_child(stat: &str, parent: i32) -> bool {
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let state = fields.next();
    let ppid = fields.next().and_then(|ppid| ppid.parse::<i32>().ok());
    ppid == Some(parent) && !matches!(state, Some("Z" | "X") | None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_told_by_the_fields_behind_its_name() {
        assert!(is_living_child("12 (a) S 9 (b) S 7 12", 7));
        assert!(is_living_child("12 (sh) T 7 12 12", 7));
        assert!(!is_living_child("12 (sh) Z 7 12 12", 7));
        assert!(!is_living_child("12 (sh) S 8 12 12", 7));
        assert!(!is_living_child("", 7));
    }
}
