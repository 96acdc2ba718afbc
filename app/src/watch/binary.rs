//! Programs that a linker may still be writing.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tokio::time::sleep;

/// How often a program is looked at until it is whole.
const AGAIN: Duration = Duration::from_millis(30);
/// A build that takes longer between two files is told of as it is: whoever starts the stack says what is missing.
const LONGEST: Duration = Duration::from_secs(20);
/// How long it takes until a wait is worth a word.
const NOTICED: Duration = Duration::from_millis(300);

/// Waits until each is there, whole, and the same for a moment. Whether that was worth a word, which `say` was given.
pub(super) async fn settled(paths: &[PathBuf], mut say: impl FnMut(PathBuf) -> bool) -> bool {
    let (began, mut said) = (Instant::now(), false);
    let mut before: Vec<Option<Looks>> = paths.iter().map(|path| looks(path)).collect();
    loop {
        sleep(AGAIN).await;
        let now: Vec<Option<Looks>> = paths.iter().map(|path| looks(path)).collect();
        let whole = |at: &usize| now[*at].is_some() && now[*at] == before[*at];
        let Some(first) = (0..paths.len()).find(|at| !whole(at)) else {
            return said;
        };
        if began.elapsed() > LONGEST {
            return said;
        }
        if !said && began.elapsed() > NOTICED {
            said = true;
            say(paths[first].clone());
        }
        before = now;
    }
}

/// Size and time of a program that is whole.
type Looks = (u64, Option<SystemTime>);

fn looks(path: &Path) -> Option<Looks> {
    let meta = path.metadata().ok()?;
    is_whole(path, meta.len()).then_some((meta.len(), meta.modified().ok()))
}

/// Whether a file is no ELF file at all, or one that holds its tables. A linker writes the first bytes last, or has a
/// file of its final size full of zeros.
fn is_whole(path: &Path, size: u64) -> bool {
    const HEADER: usize = 64;
    let mut head = [0; HEADER];
    let read = File::open(path)
        .and_then(|file| file.read_at(&mut head, 0))
        .unwrap_or(0);
    if !head.starts_with(b"\x7fELF") {
        return head[..read].iter().any(|byte| *byte != 0);
    }
    let number = |at: usize, bytes: usize| {
        let digits = head[at..at + bytes].iter().rev();
        digits.fold(0_u64, |number, digit| number << 8 | u64::from(*digit))
    };
    // ELF64: where the section headers begin, how long one is and how many there are.
    let (begin, length, count) = (number(40, 8), number(58, 2), number(60, 2));
    read == HEADER && begin.saturating_add(length * count) <= size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_whole_with_its_last_table_only() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("program");
        let own = std::env::current_exe().expect("a program");
        let bytes = std::fs::read(own).expect("a program");
        let whole = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("a file");
            is_whole(&path, bytes.len() as u64)
        };
        assert!(whole(&bytes));
        assert!(!whole(&bytes[..bytes.len() / 2]));
        assert!(!whole(&bytes[..10]));
        assert!(!whole(&[0; 5000]));
        assert!(!whole(b""));
        assert!(whole(b"#!/bin/sh\n"));
    }

    #[tokio::test]
    async fn one_that_is_written_slowly_is_waited_for() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("daemon");
        let bytes = std::fs::read(std::env::current_exe().expect("a program")).expect("a program");
        std::fs::write(&path, &bytes[..100]).expect("a file");
        let target = path.clone();
        let mut said = Vec::new();
        let waited = settled(std::slice::from_ref(&path), |half| {
            // Only now it is completed: that it was waited for is certain.
            std::fs::write(&target, &bytes).expect("a file");
            said.push(half);
            true
        });
        assert!(waited.await);
        assert_eq!(said, [path]);
    }
}
