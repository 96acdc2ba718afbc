//! What a process was and what it left behind, for a message that needs no second look.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

/// More of a file or an output says less.
const TAIL_BYTES: u64 = 16 * 1024;
const TAIL_LINES: usize = 20;

/// A command line, how it ended, and the ends of what it wrote.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The command line, quoted as a shell would need it.
    pub command: String,
    /// How it ended; `None` while it runs.
    pub status: Option<ExitStatus>,
    /// What is known beside: a name and a text that may have several lines.
    pub notes: Vec<(String, String)>,
}

impl Report {
    /// A report on `command`.
    pub fn new(command: impl Into<String>, status: Option<ExitStatus>) -> Self {
        Self {
            command: command.into(),
            status,
            notes: Vec::new(),
        }
    }

    /// Adds a text, cut to its last lines; an empty one is said to be empty.
    #[must_use]
    pub fn note(mut self, name: impl Into<String>, bytes: &[u8]) -> Self {
        self.notes.push((name.into(), tail(bytes)));
        self
    }

    /// Adds the end of a file, or why it cannot be read.
    #[must_use]
    pub fn file(mut self, name: &str, path: &Path) -> Self {
        self.notes
            .push((format!("{name} {}", path.display()), tail_of_file(path)));
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  command: {}\n  status: ", self.command)?;
        match self.status {
            Some(status) => f.write_str(&describe_status(status))?,
            None => f.write_str("still running")?,
        }
        for (name, text) in &self.notes {
            if text.lines().nth(1).is_none() {
                write!(f, "\n  {name}: {}", text.trim_end())?;
                continue;
            }
            write!(f, "\n  {name}:")?;
            for line in text.lines() {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

/// `exit status 1`, `killed by signal 9`, `killed by signal 6 (core dumped)`.
pub(crate) fn describe_status(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) if status.core_dumped() => format!("killed by signal {signal} (core dumped)"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// The last lines of `bytes`, lossily decoded, without the frames of backtraces, which push away what came before them.
pub(crate) fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.trim().is_empty() {
        return "(empty)".into();
    }
    let (frames, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| is_frame(line));
    let skipped = lines.len().saturating_sub(TAIL_LINES);
    let mut kept = lines[skipped..].join("\n");
    if skipped > 0 {
        kept = format!("… {skipped} lines before …\n{kept}");
    }
    if !frames.is_empty() {
        kept += &format!("\n… and the {} frames of a backtrace", frames.len());
    }
    kept
}

/// A line of a backtrace as the C library writes it: `program(symbol+0x12)[0x55a0]`.
pub(crate) fn is_frame(line: &str) -> bool {
    let address = line
        .strip_suffix(']')
        .and_then(|line| line.rsplit_once("[0x"))
        .filter(|(_, address)| address.bytes().all(|byte| byte.is_ascii_hexdigit()));
    address.is_some_and(|(place, _)| place.ends_with(')') && place.contains('('))
}

/// What a program that ended badly wrote last on its standard error, before its backtrace: the assertion, if it was one.
pub(crate) fn last_words(path: &Path) -> Option<String> {
    let bytes = end_of_file(path, 0).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let told = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !is_frame(line) && !line.ends_with("Backtrace:")
    };
    text.lines().rfind(told).map(|line| line.trim().to_owned())
}

/// The last lines of a file, or why it cannot be read.
pub(crate) fn tail_of_file(path: &Path) -> String {
    match end_of_file(path, 0) {
        Ok(bytes) => tail(&bytes),
        Err(error) => format!("(cannot be read: {error})"),
    }
}

/// The end of a file, but nothing of what stood before `from`.
pub(crate) fn end_of_file(path: &Path, from: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES).max(from)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_command_status_and_texts() {
        let report = Report::new("gkfs.io stat /x", Some(ExitStatus::from_raw(256)))
            .note("stdout", b"")
            .note("stderr", b"one\ntwo\n");
        let expected = "  command: gkfs.io stat /x\n  status: exit status 1\n  stdout: (empty)\n  stderr:\n    \
                        one\n    two";
        assert_eq!(report.to_string(), expected);
    }

    #[test]
    fn long_outputs_keep_their_end() {
        let text: String = (0..100).map(|i| format!("line {i}\n")).collect();
        let kept = tail(text.as_bytes());
        assert!(kept.starts_with("… 80 lines before …\nline 80"), "{kept}");
        assert!(kept.ends_with("line 99"));
    }

    /// As a real daemon that a failed assertion of its database ends.
    const ABORTED: &str = "./db/column_family.cc:1559: Assertion `last_ref' failed.\n\n\
        gkfs_daemon:7 terminated with signal 6 at PC=7f SP=7f.  Backtrace:\n\
        /lib/x86_64-linux-gnu/libc.so.6(abort+0xd3)[0x7f7f68444472]\n\
        /opt/gkfs_daemon(+0x3d61d7)[0x5566f01931d7]\n";

    #[test]
    fn a_backtrace_does_not_hide_what_was_said_before_it() {
        let text = ABORTED.to_owned() + &"/lib/libc.so.6(+0x2724a)[0x7f7f6844524a]\n".repeat(40);
        let kept = tail(text.as_bytes());
        assert!(kept.starts_with("./db/column_family.cc:1559"), "{kept}");
        assert!(kept.ends_with("… and the 42 frames of a backtrace"), "{kept}");
        for line in [
            "[26-11-22 03:05:47.251384] 6320 [D][main] f() x[0x1]",
            "a[0xfg]",
            "(b)[0x1] c",
        ] {
            assert!(!is_frame(line), "{line}");
        }
    }

    #[test]
    fn last_words_come_before_the_backtrace() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("stderr");
        std::fs::write(&file, ABORTED).unwrap();
        let words = last_words(&file);
        assert_eq!(
            words.as_deref(),
            Some("./db/column_family.cc:1559: Assertion `last_ref' failed.")
        );
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(last_words(&file), None);
    }

    #[test]
    fn signals_are_named() {
        assert_eq!(describe_status(ExitStatus::from_raw(9)), "killed by signal 9");
        assert_eq!(
            describe_status(ExitStatus::from_raw(0x86)),
            "killed by signal 6 (core dumped)"
        );
    }
}
