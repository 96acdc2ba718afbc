//! A client's log as a debug build writes it: a line of the test's own among many of the library's.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What some of the test's own lines say, from the beginning of the log on.
pub(crate) const EVERYWHERE: &str = "mkdir(\"/t";
/// One line of so many is the test's own, one of so many of these makes a directory.
const OWN: usize = 32;
const MAKES: usize = 10;

/// A log in the directory of an attempt.
pub(crate) struct Log {
    /// The attempt's directory.
    pub(crate) attempt: PathBuf,
    /// The log.
    pub(crate) path: PathBuf,
    /// How large it is.
    pub(crate) bytes: u64,
    /// How many lines it has.
    pub(crate) lines: usize,
    /// How many of them are the library's own.
    pub(crate) noise: usize,
    /// How many have what stands everywhere.
    pub(crate) everywhere: usize,
    /// What only the line in the midst has.
    pub(crate) midst: String,
    /// What only the last line has.
    pub(crate) end: String,
    _place: tempfile::TempDir,
}

impl Log {
    /// Writes one of about so many bytes.
    pub(crate) fn write(size: u64) -> io::Result<Log> {
        let (place, attempt, path) = place()?;
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        let (mut bytes, mut lines, mut noise, mut everywhere) = (0, 0, 0, 0);
        let mut midst = None;
        while bytes < size {
            let (text, is_noise) = line(lines);
            out.write_all(text.as_bytes())?;
            bytes += text.len() as u64;
            noise += usize::from(is_noise);
            everywhere += usize::from(text.contains(EVERYWHERE));
            if bytes > size / 2 {
                midst.get_or_insert(lines);
            }
            lines += 1;
        }
        out.flush()?;
        let subject = |line: usize| format!("count={line:09}");
        Ok(Log {
            attempt,
            path,
            bytes,
            lines,
            noise,
            everywhere,
            midst: subject(midst.unwrap_or(0)),
            end: subject(lines - 1),
            _place: place,
        })
    }

    /// Takes a log that is there.
    pub(crate) fn of(path: &Path) -> io::Result<Log> {
        let (place, attempt, to) = place()?;
        fs::copy(path, &to)?;
        Ok(Log {
            attempt,
            bytes: fs::metadata(&to)?.len(),
            path: to,
            lines: 0,
            noise: 0,
            everywhere: 0,
            midst: String::new(),
            end: String::new(),
            _place: place,
        })
    }
}

/// Makes the directories of an attempt; returns also where its client's log goes.
fn place() -> io::Result<(tempfile::TempDir, PathBuf, PathBuf)> {
    let place = tempfile::tempdir()?;
    let attempt = place
        .path()
        .join("runs/20261122T031547Z-1a2b/tests/large/log/attempt-1");
    let logs = attempt.join("workspace/logs");
    fs::create_dir_all(&logs)?;
    let path = logs.join("gkfs_client.log");
    Ok((place, attempt, path))
}

/// Returns a line with its end, and whether it is the library's own.
fn line(number: usize) -> (String, bool) {
    let micros = number as u64 * 7;
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let stamp = format!("[2026-11-22 03:{minutes:02}:{seconds:02}.{micros:06}] [10836]");
    let own = number.is_multiple_of(OWN).then_some(number / OWN);
    let text = match own {
        Some(own) if own % MAKES == 5 => {
            format!("{stamp} [syscall] [ah] mkdir(\"/t/mnt/directory_{own}\", 0777) = 0 count={number:09}\n")
        }
        Some(_) => format!("{stamp} [info] an operation of the test's own goes on here count={number:09}\n"),
        None => {
            format!("{stamp} [syscall] [ih] read(fd=8977, buf=0x558d5446f500, count={number:09}) = 1024\n")
        }
    };
    (text, own.is_none())
}
