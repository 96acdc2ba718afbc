//! What a line says about itself before its text: when, how grave, and whether the client library only talks to itself.

use serde::{Deserialize, Serialize};

use super::stamp::{Stamp, Stamps};

/// How much of a line is looked at; the marks stand in front.
pub(crate) const LOOKED_AT: usize = 256;
/// So many words behind the stamp can be marks.
const WORDS: usize = 4;

/// How grave a line is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Every step of the program.
    Trace,
    /// For those who look for a fault.
    #[default]
    Debug,
    /// Good to know.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// All of them, the least grave first.
    pub(crate) const ALL: [Level; 5] = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error];

    /// One letter, as the daemon writes it.
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Level::Trace => "T",
            Level::Debug => "D",
            Level::Info => "I",
            Level::Warn => "W",
            Level::Error => "E",
        }
    }

    /// One word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warning",
            Level::Error => "error",
        }
    }
}

/// The head of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// When it was written, if it says so.
    pub(crate) stamp: Option<Stamp>,
    /// How grave it is.
    pub(crate) level: Level,
    /// Whether it is one of the client library's own system calls: by far the most of a debug build's log.
    pub(crate) internal: bool,
}

/// Reads the heads of lines. Most are as that of the line before, but for the fraction of the second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heads {
    stamps: Stamps,
    marks: Marks,
}

impl Heads {
    /// Reads the head of a line.
    pub(crate) fn read(&mut self, line: &[u8]) -> Head {
        let line = &line[..line.len().min(LOOKED_AT)];
        let Some(stamp) = self.stamps.read(line) else {
            return Head {
                stamp: None,
                level: untimed(line),
                internal: false,
            };
        };
        let (level, internal) = self.marks.read(&line[stamp.end..]);
        Head {
            stamp: Some(stamp),
            level,
            internal,
        }
    }
}

/// Most lines have the same words behind their stamp as the line before: who writes, and how grave it is.
#[derive(Debug, Clone, Default)]
struct Marks {
    /// What they were read from, with what ends the last word.
    known: [u8; KNOWN],
    len: usize,
    level: Level,
    internal: bool,
}

/// Longer ones are read each time.
const KNOWN: usize = 32;

impl Marks {
    fn read(&mut self, text: &[u8]) -> (Level, bool) {
        if self.len > 0 && text.starts_with(&self.known[..self.len]) {
            return (self.level, self.internal);
        }
        let (level, internal, rest) = marks(text);
        self.len = 0;
        // A word that the text ends with could be the beginning of another one.
        let end = text.len() - rest.len() + 1;
        if !rest.is_empty()
            && let Some(known) = self.known.get_mut(..end)
        {
            known.copy_from_slice(&text[..end]);
            (self.len, self.level, self.internal) = (end, level, internal);
        }
        (level, internal)
    }
}

/// Reads the words behind a stamp; returns what is left of the text.
fn marks(text: &[u8]) -> (Level, bool, &[u8]) {
    let (mut found, mut internal) = (None, false);
    let mut rest = text;
    for _ in 0..WORDS {
        let Some(word) = word(&mut rest) else { break };
        found = found.or_else(|| level(word));
        internal |= is_internal(word);
        // The rest says no more, and these are by far the most lines.
        if internal && found.is_some() {
            break;
        }
    }
    (found.unwrap_or_default(), internal, rest)
}

/// Takes the next of what stands between brackets, bars and blanks.
fn word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'[' | b']' | b'|');
    let start = rest.iter().position(|byte| !is_between(byte))?;
    let from = &rest[start..];
    let end = from.iter().position(is_between).unwrap_or(from.len());
    *rest = &from[end..];
    Some(&from[..end])
}

/// Whether the client library talks of its own system calls, or of the files that it opens for itself.
fn is_internal(word: &[u8]) -> bool {
    match word {
        b"ih" | b"ik" => true,
        _ => word.starts_with(b"<register_internal_fd(") || word.starts_with(b"<unregister_internal_fd("),
    }
}

fn level(word: &[u8]) -> Option<Level> {
    Some(match word {
        b"T" | b"trace" | b"TRACE" => Level::Trace,
        b"D" | b"debug" | b"DEBUG" | b"syscall" => Level::Debug,
        b"I" | b"info" | b"INFO" | b"SUCCESS" => Level::Info,
        b"W" | b"warning" | b"WARNING" => Level::Warn,
        b"E" | b"C" | b"error" | b"critical" | b"ERROR" | b"CRITICAL" => Level::Error,
        _ => return None,
    })
}

/// What a test prints has no level; only a panic is known to be grave.
fn untimed(line: &[u8]) -> Level {
    if line.starts_with(b"thread '") && memchr::memmem::find(line, b"panicked at ").is_some() {
        Level::Error
    } else {
        Level::Info
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels_of_all_writers() {
        let of = |line: &str| {
            let head = Heads::default().read(line.as_bytes());
            (head.level, head.internal)
        };
        let daemon = |letter: &str| format!("[26-11-22 03:03:09.623422] 1455 [{letter}][main] an error");
        assert_eq!(of(&daemon("D")), (Level::Debug, false));
        assert_eq!(of(&daemon("E")), (Level::Error, false));
        let client = |text: &str| format!("[2026-11-22 03:18:38.831841] [10836] {text}");
        assert_eq!(of(&client("[info] error")), (Level::Info, false));
        assert_eq!(of(&client("[hermes] [debug] x")), (Level::Debug, false));
        assert_eq!(
            of(&client("[syscall] [ih] read(fd=8977) = ?")),
            (Level::Debug, true)
        );
        assert_eq!(
            of(&client("[syscall] [ah] mkdir(\"/a\") = 0")),
            (Level::Debug, false)
        );
        assert_eq!(
            of(&client(
                "[debug] <register_internal_fd():478> registering fd 8977"
            )),
            (Level::Debug, true)
        );
        assert_eq!(
            of("2026-11-22 03:03:09.355 | WARNING  | harness.gkfs:1 | x"),
            (Level::Warn, false)
        );
        assert_eq!(of("thread 'a' (7) panicked at x.rs:1:1:"), (Level::Error, false));
        assert_eq!(of("hello"), (Level::Info, false));
    }

    proptest! {
        #[test]
        fn what_is_known_of_the_line_before_changes_nothing(
            lines in prop::collection::vec("( |\\[)(ih|ah|i|D|syscall|error|12)?(\\]| ){0,2}(\\[| )(ih|D|E|syscall|x)(\\] | |\\]|)(ih|y)?( |\\()?", 1..8),
        ) {
            let mut known = Marks::default();
            for line in &lines {
                let (level, internal, _) = marks(line.as_bytes());
                prop_assert_eq!(known.read(line.as_bytes()), (level, internal), "{}", line);
            }
        }
    }
}
