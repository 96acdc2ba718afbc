//! From a save to the first process that it leads to, while changes are watched for.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::common::suite::Suite;
use crate::common::terminal::Terminal;
use crate::table::{Row, Value, quantile};

const GOAL: Value = Value::Time(Duration::from_millis(100));
const TIMES: usize = 20;

/// A script is saved; when does it run?
pub(crate) fn save() -> Result<Vec<Row>, Box<dyn Error>> {
    let suite = Suite::new()?;
    let started = suite.dir().with_file_name("started");
    let text = |version: usize| format!("# version {version}\ndate +%s%N >> '{}'", started.display());
    suite.script("load/saved", &text(0))?;
    let session = Terminal::open(&suite, &["watch", "--stack", "plain"])?;
    session.wait("watch", |screen| {
        let text = screen.contents();
        text.contains("saved") && text.contains("watching") && !text.contains("looking")
    })?;
    let mut times = Vec::new();
    for version in 1..=TIMES {
        let at = SystemTime::now();
        suite.script("load/saved", &text(version))?;
        times.push(next(&started, version)?.duration_since(at)?);
        // The run that follows has ended, and the next save finds the session idle.
        session.wait("end of the run", |screen| {
            screen.contents().contains("passed 1 in")
        })?;
        std::thread::sleep(Duration::from_millis(300));
    }
    let row = |what, hundredths, times: &mut Vec<Duration>| {
        Row::new(what, GOAL, Value::Time(quantile(times, hundredths)))
    };
    Ok(vec![
        row("save to first process of a script, median", 50, &mut times),
        row("save to first process of a script, p99", 99, &mut times),
    ])
}

/// Waits for the line of a start, and returns the time in it.
fn next(started: &Path, number: usize) -> Result<SystemTime, Box<dyn Error>> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        let text = fs::read_to_string(started).unwrap_or_default();
        if let Some(line) = text.lines().nth(number - 1).filter(|line| line.len() > 18) {
            return Ok(SystemTime::UNIX_EPOCH + Duration::from_nanos(line.parse()?));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(format!("start {number} did not come").into())
}
