//! From the command to the first screen that shows tests, when they were looked for before.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::suite::{EXE, Suite};
use crate::common::terminal::Terminal;
use crate::table::{Row, Value, quantile};

const GOAL: Value = Value::Time(Duration::from_millis(50));
const TIMES: usize = 15;
/// A Rust test that is among the first: scripts are found without cargo.
const SHOWN: &str = "together::one_listing";

/// The samples of this repository, and a suite of scripts.
pub(crate) fn first_screen() -> Result<Vec<Row>, Box<dyn Error>> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../sample-tests")
        .canonicalize()?;
    let base = tempfile::tempdir()?;
    let suite = Suite::new()?;
    let base_words = ["--base-temp", &*base.path().to_string_lossy()].map(str::to_owned);
    let words = [samples.to_string_lossy().into_owned()]
        .into_iter()
        .chain(base_words);
    let words: Vec<String> = words.collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    look_once(&suite, &words)?;
    let shown = median(&suite, &words, SHOWN)?;
    let other = listing(&samples)?;
    let row = Row::new(
        "start to first screen, samples, seen before",
        GOAL,
        Value::Time(shown),
    );
    Ok(vec![
        row.instead(Some(("cargo test -- --list", Value::Time(other)))),
    ])
}

/// Looks for the tests, building what has to be built, until nothing is looked for any more.
fn look_once(suite: &Suite, words: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut session = Terminal::open(suite, words)?;
    let found = session.until(Duration::from_secs(900), |screen| {
        let text = screen.contents();
        text.contains(SHOWN) && !text.contains("looking for tests") && !text.contains("building")
    });
    found.ok_or_else(|| format!("no tests on:\n{}", session.text()))?;
    session.press("q")?;
    Ok(())
}

fn median(suite: &Suite, words: &[&str], shows: &'static str) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let session = Terminal::open(suite, words)?;
        let at = session.wait("first screen", move |screen| screen.contents().contains(shows))?;
        times.push(at - session.began);
    }
    Ok(quantile(&mut times, 50))
}

/// How long it takes to see the same tests without the workbench, all binaries built.
fn listing(samples: &Path) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let ran = Command::new("cargo")
            .args(["test", "--quiet", "--tests", "--", "--list"])
            .current_dir(samples)
            .output()?;
        if !ran.status.success() {
            return Err(format!("{EXE}: cargo test -- --list: {}", ran.status).into());
        }
        times.push(began.elapsed());
    }
    Ok(quantile(&mut times, 50))
}
