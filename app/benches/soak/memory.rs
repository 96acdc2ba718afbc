//! Whether the memory of a session grows.

use std::fs;

use crate::Result;

/// So much more may be in use late than early: an allocator keeps what it may need again.
const SLACK: u64 = 16 << 20;

/// What a session used, round by round.
#[derive(Default)]
pub(crate) struct Memory {
    /// The most of each round, in bytes.
    rounds: Vec<u64>,
    most: u64,
}

impl Memory {
    /// Looks at a process.
    pub(crate) fn sample(&mut self, pid: u32) {
        self.most = self.most.max(own(pid));
    }

    /// A round is over.
    pub(crate) fn end_of_round(&mut self, round: usize) {
        println!("round {:>3}: {:.1} MiB", round + 1, mib(self.most));
        self.rounds.push(std::mem::take(&mut self.most));
    }

    /// Compares the last third of the rounds with the first; what the first round of all needs to begin is not counted.
    pub(crate) fn verdict(&self) -> Result<()> {
        let rounds = self.rounds.get(1..).unwrap_or_default();
        if rounds.len() < 2 {
            println!(
                "memory: too few rounds to tell whether it grows; soak longer, or on a machine with less to do"
            );
            return Ok(());
        }
        let third = rounds.len().div_ceil(3);
        let early = rounds.iter().take(third).max().copied().unwrap_or_default();
        let late = rounds.iter().rev().take(third).max().copied().unwrap_or_default();
        println!(
            "memory: at most {:.1} MiB early, {:.1} MiB late",
            mib(early),
            mib(late)
        );
        if late > early + SLACK {
            return Err("the session's memory grows".into());
        }
        Ok(())
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Returns the memory of a process that is its own, in bytes: not the pages of files that it only reads.
fn own(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
