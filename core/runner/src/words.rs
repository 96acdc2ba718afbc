//! What a test's output says about its failure, for the reason in one glance. The whole output stays in its file.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// How much of an output's end is looked at, in bytes.
const TAIL: u64 = 128 * 1024;

/// The longest text that is quoted, in bytes.
const LONGEST: usize = 2000;

/// The first panic's message and place in the tail of `stderr`, else its last line.
pub(crate) fn last_words(stderr: &Path) -> Option<String> {
    let text = tail(stderr)?;
    panic_message(&text)
        .or_else(|| last_line(&text))
        .map(|words| cut(words, LONGEST))
}

/// What a libtest binary said before its tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// That it runs tests.
    Some,
    /// That it runs none.
    NoTest,
    /// Nothing of the kind.
    Silence,
}

/// Reads the beginning of a libtest binary's output.
pub(crate) fn greeting(stdout: &Path) -> Greeting {
    let mut head = [0; 256];
    let read = File::open(stdout)
        .and_then(|mut file| file.read(&mut head))
        .unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..read]);
    match head.trim_start() {
        head if head.starts_with("running 0 tests") => Greeting::NoTest,
        head if head.starts_with("running ") => Greeting::Some,
        _ => Greeting::Silence,
    }
}

/// A signal as people know it: `SIGABRT (6)`.
pub(crate) fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("{name} ({signal})")
}

/// Cuts a text at a character's border.
pub(crate) fn cut(mut text: String, at_most: usize) -> String {
    if text.len() > at_most {
        text.truncate(text.floor_char_boundary(at_most));
        text.push('…');
    }
    text
}

fn tail(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let len = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Rust's panic hook prints `thread 'NAME' (ID) panicked at FILE:LINE:COLUMN:` and the message below.
fn panic_message(text: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .skip_while(|line| !(line.starts_with("thread '") && line.contains("panicked at ")));
    let place = lines.next()?.rsplit_once("panicked at ")?.1.trim_end_matches(':');
    let place = place
        .rsplit_once(':')
        .map_or(place, |(file_and_line, _column)| file_and_line);
    let is_over = |line: &&str| {
        ["note: ", "stack backtrace:", "thread '"]
            .iter()
            .any(|end| line.starts_with(end))
    };
    let message: Vec<&str> = lines.take_while(|line| !is_over(line)).collect();
    Some(format!("{} ({place})", message.join("\n").trim_end()))
}

/// The last line of a file that says something.
pub(crate) fn last_line_of(path: &Path) -> Option<String> {
    tail(path).and_then(|text| last_line(&text))
}

fn last_line(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_panic_with_its_place() {
        let text = "noise\n\nthread 'io::read' (4711) panicked at tests/io.rs:12:5:\nassertion `left == right` failed\n  \
                    left: 1\n right: 2\nnote: run with `RUST_BACKTRACE=1`\nthread 'x' panicked at b.rs:1:1:\nsecond\n";
        assert_eq!(
            panic_message(text).as_deref(),
            Some("assertion `left == right` failed\n  left: 1\n right: 2 (tests/io.rs:12)")
        );
    }

    #[test]
    fn without_a_panic_the_last_line() {
        assert_eq!(panic_message("cat: x: No such file\n\n"), None);
        assert_eq!(
            last_line("a\ncat: x: No such file\n\n").as_deref(),
            Some("cat: x: No such file")
        );
        assert_eq!(last_line("\n"), None);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("äöü".into(), 3), "ä…");
    }
}
