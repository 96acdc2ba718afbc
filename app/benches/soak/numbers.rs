//! The numbers at the ends of lines, on disk and on the screen.

use std::io::BufRead as _;
use std::path::Path;
use std::time::{Duration, Instant};

use gkfs_bench::tui::stage::Stage;
use gkfs_bench::tui::{Msg, drill};
use gkfs_runner::EventKind;
use gkfs_runner::record::{LogFile, Record, Shown};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Wide enough for whole lines.
const SIZE: (u16, u16) = (220, 60);
/// How often the second screen looks at the file, as a session does.
const POLL: Duration = Duration::from_millis(50);
const DEADLINE: Duration = Duration::from_secs(400);

/// Whether an attempt's output has every number once, in order.
pub(crate) fn on_disk(attempt: &Path, lines: u64) -> Result<()> {
    /// How much is read at once.
    const BLOCK: u64 = 1 << 20;
    // What is large is compressed when its test has ended.
    let log = LogFile::open(&attempt.join("stdout.log"))?;
    let (mut next, mut at, mut rest) = (0, 0, Vec::new());
    loop {
        let bytes = log.read_from(at, BLOCK)?;
        if bytes.is_empty() {
            return all(next, lines, "on disk");
        }
        at += bytes.len() as u64;
        rest.extend(bytes);
        let whole = memchr::memrchr(b'\n', &rest).map_or(0, |end| end + 1);
        for line in rest[..whole].lines() {
            next = follows(next, &line?)?;
        }
        rest.drain(..whole);
    }
}

/// Follows a running test on a screen of its own until its end, then reads all that this shows, page by page.
pub(crate) fn followed(run: &Path, test: usize, lines: u64) -> Result<()> {
    let record = Record::open(run)?;
    until_started(&record, &format!("load::noise_{test}"))?;
    let mut stage = Stage::of_record(&record, "soak", SIZE);
    stage.press("g g");
    (0..=test).for_each(|_| drop(stage.press("j")));
    stage.press("tab 1 z");
    let began = Instant::now();
    let mut over = false;
    while !over {
        if began.elapsed() > DEADLINE {
            return Err("the run does not end".into());
        }
        // What was written before the end is read after it was seen.
        over = Record::open(run)?.shown() != Shown::Running;
        stage.tell(Msg::Drill(drill::Msg::Poll));
        stage.settle();
        std::thread::sleep(POLL);
    }
    let next = paged(&mut stage)?;
    all(next, lines, "on the screen")
}

/// Waits until the record tells where a test's files are.
fn until_started(record: &Record, test: &str) -> Result<()> {
    let is_start = |kind: &EventKind| matches!(kind, EventKind::AttemptStarted { id, .. } if id == test);
    let began = Instant::now();
    while !record.events()?.items.iter().any(|event| is_start(&event.kind)) {
        if began.elapsed() > DEADLINE {
            return Err(format!("{test} does not begin").into());
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// Goes through the timeline from its first page to its last; each line follows the one before.
fn paged(stage: &mut Stage) -> Result<u64> {
    // The cursor goes to the end of a page before the page is turned.
    const STANDS: u32 = 5;
    let (mut next, mut stands) = (0, 0);
    stage.press("g g");
    while stands < STANDS {
        let before = next;
        for line in stage.text().lines().filter(|line| line.contains(" seq=")) {
            if number(line).is_some_and(|number| number >= next) {
                next = follows(next, line)?;
            }
        }
        stage.press("pagedown");
        stands = if next == before { stands + 1 } else { 0 };
    }
    Ok(next)
}

/// Returns the number after that of a line, which must be this.
fn follows(next: u64, line: &str) -> Result<u64> {
    match number(line) {
        Some(number) if number == next => Ok(next + 1),
        other => Err(format!("after number {next} comes {other:?}: {line}").into()),
    }
}

fn number(line: &str) -> Option<u64> {
    let (_, number) = line.split_once(" seq=")?;
    number.get(..9)?.parse().ok()
}

fn all(next: u64, lines: u64, place: &str) -> Result<()> {
    if next == lines {
        Ok(())
    } else {
        Err(format!("{next} of {lines} lines are {place}").into())
    }
}
