//! The workbench's own log: what it was asked for, what it did, and what went wrong.
//!
//! A session writes one file in `~/.local/state/gkfs-bench/log/` (or `$XDG_STATE_HOME/gkfs-bench/log/`). It is
//! bounded, and so is the number of files. `GKFS_BENCH_LOG` says what is written, as `debug` or
//! `warn,gkfs_bench::tui=trace`. Nothing ever goes to the terminal, which belongs to the screen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::Env;
use crate::tui::state::own_log::Growth;
use rolling::Rolling;

mod rolling;

/// Says what is written.
const FILTER: &str = "GKFS_BENCH_LOG";
/// What is written when it does not.
const USUAL: &str = "warn,gkfs_bench=debug,gkfs_runner=debug";
/// So many files of earlier sessions are kept.
const KEPT: usize = 10;

/// The log while it is written.
pub(crate) struct Log {
    /// The file.
    pub(crate) file: PathBuf,
    /// What is wrong with the filter that was asked for.
    pub(crate) problem: Option<String>,
    /// Dropped, it waits until all is written.
    _written: WorkerGuard,
}

impl Log {
    /// Begins a log for this process.
    ///
    /// # Errors
    /// When there is no home, or nothing can be written there.
    pub(crate) fn begin(env: &Env) -> io::Result<Log> {
        let base = env
            .base("XDG_STATE_HOME", ".local/state")
            .ok_or(io::ErrorKind::NotFound)?;
        let dir = base.join("gkfs-bench/log");
        fs::create_dir_all(&dir)?;
        tidy(&dir)?;
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        let file = dir.join(format!("{now}-{}.log", std::process::id()));
        let (writer, written) = tracing_appender::non_blocking(Rolling::create(&file)?);
        let (filter, problem) = filter(env);
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(writer);
        // A second session of one process, as in a test, goes on writing where the first did.
        let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
        Ok(Log {
            file,
            problem,
            _written: written,
        })
    }
}

/// Reads the whole lines that stand in a log from a byte on, or all when another file has been begun.
pub(crate) fn read(file: &Path, from: u64) -> Option<Growth> {
    use std::os::unix::fs::FileExt as _;
    let open = fs::File::open(file).ok()?;
    let size = open.metadata().ok()?.len();
    let from = if size < from { 0 } else { from };
    let mut bytes = vec![0; usize::try_from(size - from).ok()?];
    let count = open.read_at(&mut bytes, from).ok()?;
    let whole = bytes[..count].iter().rposition(|byte| *byte == b'\n')? + 1;
    bytes.truncate(whole);
    // What is written are the words of this program, but a path in them can be anything.
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let bytes = error.into_bytes();
        bytes
            .iter()
            .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' })
            .collect()
    });
    Some(Growth { from, text })
}

fn filter(env: &Env) -> (Targets, Option<String>) {
    let wanted = env
        .var(FILTER)
        .map(|filter| filter.to_string_lossy().into_owned());
    let parsed = wanted.as_deref().map(str::parse::<Targets>);
    let usual = || USUAL.parse().unwrap_or_default();
    match parsed {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (usual(), Some(format!("{FILTER}: {error}"))),
        None => (usual(), None),
    }
}

/// Removes the files of the oldest sessions. Their names begin with when they were begun.
fn tidy(dir: &Path) -> io::Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.to_string_lossy().contains(".log"));
    files.sort();
    let old = files.len().saturating_sub(KEPT);
    // Another session may be tidying as well.
    files
        .iter()
        .take(old)
        .for_each(|path| drop(fs::remove_file(path)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_files_stay() {
        let dir = tempfile::tempdir().expect("a directory");
        for hour in 0..KEPT + 3 {
            fs::write(dir.path().join(format!("20261122T{hour:02}0000Z-1.log")), "").expect("a file");
        }
        fs::write(dir.path().join("20261121T000000Z-1.log.1"), "").expect("a file");
        tidy(dir.path()).expect("a directory");
        let names = fs::read_dir(dir.path()).expect("a directory").flatten();
        let mut names: Vec<String> = names
            .map(|entry| entry.file_name().into_string().expect("utf-8"))
            .collect();
        names.sort();
        assert_eq!((names.len(), names[0].as_str()), (KEPT, "20261122T030000Z-1.log"));
    }
}
