//! A session while eight tests are noisy.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::suite::Suite;
use crate::common::terminal::Terminal;
use crate::table::{Row, Value, quantile};

const TESTS: usize = 8;
/// Lines a second, all tests together.
const RATE: usize = 50_000;
const KEYS: usize = 200;
const LINES: usize = 100;
const FRAME: Value = Value::Time(Duration::from_millis(16));

/// A session in which eight noisy tests run.
fn noisy() -> Result<(Suite, Terminal), Box<dyn Error>> {
    let suite = Suite::noisy(TESTS, RATE / TESTS, u64::MAX)?;
    let session = open(&suite)?;
    Ok((suite, session))
}

fn open(suite: &Suite) -> Result<Terminal, Box<dyn Error>> {
    let mut session = Terminal::open(suite, &["--stack", "plain", "-j", "8"])?;
    session.wait("tests", |screen| {
        let text = screen.contents();
        text.contains("noise_7") && !text.contains("looking")
    })?;
    session.press("a")?;
    session.wait("runs", |screen| screen.contents().contains("8 now"))?;
    // All of them write, and what there is of their logs is shown.
    std::thread::sleep(Duration::from_secs(2));
    Ok(session)
}

/// From a key that selects another test to the frame that shows it.
pub(crate) fn keys() -> Result<Vec<Row>, Box<dyn Error>> {
    let (_suite, mut session) = noisy()?;
    session.answer("gg", |screen| screen.contents().contains("noise_0"))?;
    let (mut times, mut at, mut down) = (Vec::new(), 0, true);
    for _ in 0..KEYS {
        down = if at == TESTS - 1 { false } else { down || at == 0 };
        at = if down { at + 1 } else { at - 1 };
        let title = format!("load::noise_{at} ");
        let key = if down { "j" } else { "k" };
        if times.is_empty() && at == 1 {
            // The cursor begins on the group.
            session.answer("j", |screen| screen.contents().contains("load::noise_0 "))?;
        }
        times.push(session.answer(key, move |screen| screen.contents().contains(&title))?);
        std::thread::sleep(Duration::from_millis(23));
    }
    let median = Value::Time(quantile(&mut times, 50));
    let slow = Value::Time(quantile(&mut times, 99));
    Ok(vec![
        Row::new("key to pixels, 8 tests log 50,000 lines/s, median", FRAME, median),
        Row::new("key to pixels, 8 tests log 50,000 lines/s, p99", FRAME, slow),
    ])
}

/// From a line on disk to the frame that shows it: of a quiet test, alone and among noisy ones.
pub(crate) fn line() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for (name, noise) in [
        ("line on disk to screen, p99", 0),
        ("the same among 7 noisy tests, p99", TESTS - 1),
    ] {
        let suite = Suite::noisy(noise, RATE / TESTS, u64::MAX)?;
        suite.script("load/aquiet", "exec sleep 1000")?;
        let mut session = Terminal::open(&suite, &["--stack", "plain", "-j", "8"])?;
        session.wait("tests", |screen| {
            let text = screen.contents();
            text.contains("aquiet") && !text.contains("looking")
        })?;
        session.press("ja")?;
        session.wait("test", |screen| screen.contents().contains("▶ aquiet"))?;
        std::thread::sleep(Duration::from_secs(1));
        let attempt = suite.attempt("aquiet").ok_or("no attempt")?;
        let mut times = appended(&session, &attempt.join("stdout.log"))?;
        let goal = Value::Time(Duration::from_millis(50));
        let row = Row::new(name, goal, Value::Time(quantile(&mut times, 99)));
        let tail = if noise == 0 {
            Some(("tail -F", tail(&suite)?))
        } else {
            None
        };
        rows.push(row.instead(tail));
    }
    Ok(rows)
}

/// Appends lines to a file; how long each takes to the screen.
fn appended(session: &Terminal, log: &Path) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut log = File::options().append(true).open(log)?;
    let mut times = Vec::new();
    for number in 0..LINES {
        let line = format!("line {number:05} of a quiet test");
        let shown = line.clone();
        let changed = session.expect(move |screen| screen.contents().contains(&shown));
        let at = Instant::now();
        writeln!(log, "{line}")?;
        let changed = changed.recv_timeout(Duration::from_secs(30));
        let changed = changed.map_err(|_| format!("`{line}` is not on:\n{}", session.text()))?;
        times.push(changed.saturating_duration_since(at));
        // Not in step with whatever looks at the file.
        std::thread::sleep(Duration::from_millis(37 + (number as u64 * 7919) % 61));
    }
    Ok(times)
}

/// The same with what people use for one file.
fn tail(suite: &Suite) -> Result<Value, Box<dyn Error>> {
    let file = suite.dir().join("followed.log");
    std::fs::write(&file, "begin\n")?;
    let terminal = Terminal::start(suite, &["tail", "-F", &file.to_string_lossy()])?;
    terminal.wait("beginning", |screen| screen.contents().contains("begin"))?;
    Ok(Value::Time(quantile(&mut appended(&terminal, &file)?, 99)))
}

/// From the decision to quit while eight tests run to the moment at which nothing of it is left.
pub(crate) fn quit() -> Result<Vec<Row>, Box<dyn Error>> {
    let (suite, mut session) = noisy()?;
    session.press("q")?;
    session.wait("question", |screen| screen.contents().contains("quit?"))?;
    let at = session.press("y")?;
    let gone = suite
        .until_empty(at, Duration::from_secs(60))
        .ok_or("something is left after a minute")?;
    let row = Row::new(
        "quit while 8 tests run: nothing is left",
        Value::Time(Duration::from_secs(1)),
        Value::Time(gone),
    );
    session.end()?;
    Ok(vec![row])
}
