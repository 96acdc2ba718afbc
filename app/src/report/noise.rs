//! What logs and outputs say that is no news: left out where a test's story is told. The files keep all of it.

use std::collections::HashSet;

/// Keeps of a daemon's or clients' log what says something about the test.
///
/// * The client library's own calls (`[ih]`, `[ik]`) are by far the most of a debug build's log.
/// * A call's entry (`… = ?`) is told by its return; one that never returned stays.
/// * The frames of a backtrace push away the line that says what happened.
/// * How a daemon ends after it was asked to, if it did so in order.
pub(super) fn log(lines: Vec<&str>) -> Vec<&str> {
    let end = orderly_end(&lines).unwrap_or(lines.len());
    let mut returned: HashSet<&str> = HashSet::new();
    let mut kept: Vec<&str> = Vec::new();
    for line in lines[..end]
        .iter()
        .rev()
        .filter(|line| !line.contains("[syscall] [i") && !is_c_frame(line))
    {
        match call(line) {
            Some((call, "?")) if returned.remove(call) => continue,
            Some((call, result)) if result != "?" => drop(returned.insert(call)),
            _ => {}
        }
        kept.push(line);
    }
    kept.reverse();
    kept
}

/// Returns a system call line's call, without its time, and its result.
fn call(line: &str) -> Option<(&str, &str)> {
    let (_, call) = line.split_once("] [syscall] ")?;
    call.rsplit_once(" = ")
}

/// Returns where a daemon that ended in order was asked to.
fn orderly_end(lines: &[&str]) -> Option<usize> {
    lines
        .last()
        .filter(|line| line.ends_with("Complete. Exiting..."))?;
    lines
        .iter()
        .rposition(|line| line.contains("shutdown_handler() Received signal"))
}

/// Keeps of a test's output what is its own: not libtest's frame, no backtrace (its first line says where), and no end of
/// a log.
pub(super) fn output(lines: Vec<&str>) -> Vec<&str> {
    // Below this libtest lists names of tests, indented.
    let mut lists = false;
    let is_of_workspace = |path: &str| path.contains("/logs/");
    without_logs(lines, is_of_workspace)
        .into_iter()
        .filter(|line| {
            lists = *line == "failures:"
                || *line == "successes:"
                || (lists && (line.is_empty() || is_listed(line)));
            !(lists || is_frame(line) || is_backtrace(line))
        })
        .collect()
}

/// Leaves out the ends of logs that an error carries along, of those files that are told anyway.
pub(super) fn without_logs<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    is_told: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    let mut within = None;
    let mut kept = Vec::new();
    for line in lines {
        // How pytest marks what an exception says.
        let bare = line.strip_prefix('E').unwrap_or(line);
        let indent = bare.len() - bare.trim_start().len();
        if within.is_some_and(|at| bare.trim().is_empty() || indent > at) {
            continue;
        }
        within = log_named(bare.trim())
            .filter(|path| is_told(path))
            .map(|_| indent);
        if within.is_none() {
            kept.push(line);
        }
    }
    kept
}

/// The file in `stderr FILE:`, which an error writes before the lines that it has of it.
fn log_named(line: &str) -> Option<&str> {
    let (name, path) = line.strip_suffix(':')?.split_once(' ')?;
    (["log", "stderr", "stdout"].contains(&name) && path.ends_with(".log")).then_some(path)
}

fn is_frame(line: &str) -> bool {
    let verdicts = [" ... ok", " ... FAILED", " ... ignored"];
    line == "running 1 test"
        || line.starts_with("test result: ")
        || (line.starts_with("test ") && verdicts.iter().any(|verdict| line.ends_with(verdict)))
}

fn is_listed(line: &str) -> bool {
    let is_id = |word: &str| word.chars().all(|c| c.is_alphanumeric() || "_:".contains(c));
    line.strip_prefix("    ").is_some_and(is_id)
}

fn is_backtrace(line: &str) -> bool {
    let trimmed = line.trim_start();
    let numbered = trimmed
        .split_once(": ")
        .is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    is_c_frame(line)
        || line == "stack backtrace:"
        || (line.starts_with("  ") && (numbered || trimmed.starts_with("at ")))
        || line.starts_with("note: run with `RUST_BACKTRACE=")
        || line.starts_with("note: Some details are omitted, run with `RUST_BACKTRACE=")
}

/// Tells a frame as the C library writes it: `program(symbol+0x12)[0x55a0]`.
fn is_c_frame(line: &str) -> bool {
    line.strip_suffix(']')
        .and_then(|line| line.rsplit_once("[0x"))
        .is_some_and(|(place, address)| {
            place.ends_with(')')
                && place.contains('(')
                && address.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abort_is_told_without_its_frames() {
        let lines = vec![
            "x.cc:1559: Assertion `last_ref' failed.",
            "/lib/libc.so.6(abort+0xd3)[0x7f7f68444472]",
            "/opt/gkfs_daemon(+0x3d61d7)[0x5566f01931d7]",
        ];
        assert_eq!(log(lines.clone()), lines[..1]);
        assert_eq!(output(lines.clone()), lines[..1]);
    }

    #[test]
    fn a_client_log_keeps_the_tests_own_calls_once() {
        let lines = vec![
            "[t] [7] [syscall] [ih] open(\"/etc/x\") = 3",
            "[t] [7] [syscall] [ah] mkdir(\"/a\") = ?",
            "[u] [7] [syscall] [ah] mkdir(\"/a\") = 0",
            "[u] [7] [info] hello",
            "[v] [7] [syscall] [ah] read(3) = ?",
        ];
        assert_eq!(log(lines.clone()), [lines[2], lines[3], lines[4]]);
    }

    #[test]
    fn an_orderly_end_is_no_news_and_another_is() {
        let asked = "[I][main] shutdown_handler() Received signal: 'Terminated'";
        let done = "[I][main] main() Complete. Exiting...";
        assert_eq!(log(vec!["ready", asked, "closing", done]), ["ready"]);
        assert_eq!(log(vec!["ready", asked, "closing"]), ["ready", asked, "closing"]);
    }

    #[test]
    fn the_end_of_a_log_in_an_error_goes_with_its_name() {
        let lines = vec![
            "E   DaemonError: it died",
            "E     status: exit status 1",
            "E     stderr /w/logs/d.stderr.log:",
            "E       x.cc: Assertion failed",
            "E       ",
            "E       Backtrace:",
            "E     log /w/logs/d.log:",
            "E       closing",
            "/h/_channel.py:90: DaemonError",
        ];
        let kept = [lines[0], lines[1], lines[8]];
        assert_eq!(output(lines.clone()), kept);
        assert_eq!(without_logs(lines.clone(), |_| false), lines);
        let one = "  stderr /w/logs/d.log: all in one line";
        assert_eq!(output(vec![one]), [one]);
    }

    #[test]
    fn libtests_frame_and_backtraces_go() {
        let lines = vec![
            "running 1 test",
            "mine: 1",
            "test a::b ... FAILED",
            "thread 'a' panicked at x.rs:1:",
            "stack backtrace:",
            "   0: std::panicking",
            "             at ./x.rs:1:2",
            "failures:",
            "    a::b",
            "    alone",
            "    my own words",
            "    word",
        ];
        assert_eq!(
            output(lines),
            [
                "mine: 1",
                "thread 'a' panicked at x.rs:1:",
                "    my own words",
                "    word"
            ]
        );
    }
}
