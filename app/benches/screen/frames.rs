//! The processor time of a frame, from the state to the cells that differ.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gkfs_bench::tui::stage::Stage;
use gkfs_bench::tui::{Msg, update, view};
use gkfs_runner::event::{AttemptFinished, TestFound};
use gkfs_runner::record::Record;
use gkfs_runner::status::{Outcome, Status};
use gkfs_runner::{Event, EventKind, Moment};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::common::terminal::SIZE;
use crate::table::{Row, Value, quantile};
use crate::usage::timed;

const GOAL: Value = Value::Time(Duration::from_millis(2));
const FRAMES: usize = 200;
const MANY: usize = 100_000;
const LINES: usize = 1_000_000;

/// A run as a directory, in which one test left something.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new(groups: usize, tests: usize) -> Result<Place, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/runner/tests/golden");
        let run = fs::read_to_string(golden.join("20261122T031547Z-1a2b/run.json"))?;
        fs::write(dir.path().join("run.json"), run)?;
        let mut text = String::new();
        for (seq, kind) in events(groups, tests).into_iter().enumerate() {
            text += &serde_json::to_string(&event(seq, kind))?;
            text.push('\n');
        }
        fs::write(dir.path().join("events.jsonl"), text)?;
        Ok(Place { dir })
    }

    /// Of the first test.
    fn attempt(&self) -> PathBuf {
        self.dir.path().join("tests/first")
    }

    fn stage(&self) -> Result<Stage, Box<dyn Error>> {
        let record = Record::open(self.dir.path())?;
        let mut stage = Stage::of_record(&record, "frames", SIZE);
        stage.press("g g j");
        Ok(stage)
    }
}

fn event(seq: usize, kind: EventKind) -> Event {
    Event {
        v: 1,
        seq: seq as u64,
        at: Moment { ts: 0, mono: 0 },
        kind,
    }
}

/// A run in which every seventh test failed.
fn events(groups: usize, tests: usize) -> Vec<EventKind> {
    let mut events = Vec::new();
    for group in 0..groups {
        let group = format!("group_{group:03}");
        events.push(EventKind::GroupFound {
            group: group.clone(),
            source: gkfs_runner::event::SourceKind::Rust,
            path: Path::new("/suite/main.rs").into(),
            error: None,
        });
        for test in 0..tests {
            let name = format!("module::test_{test:05}");
            events.push(EventKind::TestFound(TestFound {
                id: format!("{group}::{name}"),
                group: group.clone(),
                name,
                file: None,
                line: None,
                tags: Vec::new(),
                ignored: false,
                deselected: false,
            }));
        }
    }
    let first = "group_000::module::test_00000".to_owned();
    events.push(EventKind::AttemptStarted {
        id: first.clone(),
        attempt: 1,
        dir: "tests/first".into(),
        pid: 1,
        argv: Vec::new(),
    });
    events.push(EventKind::AttemptFinished(AttemptFinished {
        id: first,
        attempt: 1,
        outcome: Outcome::Failed,
        reason: None,
        exit: Some(1),
        signal: None,
        duration_us: 1000,
        leaked: Vec::new(),
        load: None,
    }));
    for at in 0..groups * tests {
        events.push(finished(
            at / tests,
            at % tests,
            if at % 7 == 0 {
                Status::Failed
            } else {
                Status::Passed
            },
        ));
    }
    events
}

fn finished(group: usize, test: usize, status: Status) -> EventKind {
    EventKind::TestFinished {
        id: format!("group_{group:03}::module::test_{test:05}"),
        status,
        attempts: 1,
        reason: None,
        duration_us: 123_456,
    }
}

/// Draws frames, each after something happened; the slowest but one in a hundred.
fn draw(stage: &mut Stage, mut before: impl FnMut(&mut Stage, usize)) -> Result<Duration, Box<dyn Error>> {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    let mut times = Vec::new();
    for frame in 0..FRAMES {
        before(stage, frame);
        let (effects, time) = timed(|| {
            let effects = update::settle(&mut stage.state);
            terminal
                .draw(|frame| view::draw(&stage.state, frame))
                .map(|_| effects)
        });
        stage.carry_out(effects?);
        times.push(time);
    }
    Ok(quantile(&mut times, 99))
}

fn key(keys: &'static str) -> impl FnMut(&mut Stage, usize) {
    let key: gkfs_bench::tui::keymap::Chord = keys.parse().unwrap_or_else(|error| panic!("{keys}: {error}"));
    move |stage, _| drop(stage.tell(Msg::Key(key.into())))
}

/// The screens that people look at all day.
pub(crate) fn frames() -> Result<Vec<Row>, Box<dyn Error>> {
    let place = Place::new(20, 15)?;
    let mut tests = place.stage()?;
    let row = |what: &str, time| Row::new(what, GOAL, Value::Time(time));
    let mut rows = vec![row(
        "frame: tests, cursor moves, p99",
        draw(&mut tests, key("j"))?,
    )];

    let logs = place.attempt().join("workspace/logs");
    fs::create_dir_all(&logs)?;
    let text: String = (0..LINES)
        .map(|line| {
            let (seconds, micros) = (line / 1_000_000, line % 1_000_000);
            format!("[2026-11-22 03:15:{seconds:02}.{micros:06}] [4711] [syscall] [ah] pwrite64(fd=100003, offset={line}) = 4096\n")
        })
        .collect();
    fs::write(logs.join("gkfs_client.log"), text)?;
    let mut timeline = place.stage()?;
    timeline.press("tab 1 z G");
    rows.push(row(
        "frame: timeline of 1,000,000 lines, scrolls, p99",
        draw(&mut timeline, key("pageup"))?,
    ));
    Ok(rows)
}

/// A tree of a hundred thousand tests.
pub(crate) fn tests() -> Result<Vec<Row>, Box<dyn Error>> {
    let row = |what: &str, time| Row::new(what, GOAL, Value::Time(time));
    let place = Place::new(100, MANY / 100)?;
    let mut tests = place.stage()?;
    let mut rows = vec![row(
        "frame: 100,000 tests, cursor moves, p99",
        draw(&mut tests, key("pagedown"))?,
    )];
    let running = |stage: &mut Stage, frame: usize| {
        let kind = finished(frame % 100, frame, Status::Failed);
        drop(stage.tell(Msg::Run(event(frame, kind))));
    };
    rows.push(row(
        "frame: 100,000 tests, verdicts come, p99",
        draw(&mut tests, running)?,
    ));
    Ok(rows)
}

/// A workspace of a hundred thousand entries.
pub(crate) fn tree() -> Result<Vec<Row>, Box<dyn Error>> {
    let place = Place::new(1, 1)?;
    let mnt = place.attempt().join("workspace/tmp");
    for dir in 0..MANY / 1000 {
        let dir = mnt.join(format!("dir_{dir:03}"));
        fs::create_dir_all(&dir)?;
        for file in 0..1000 {
            fs::File::create(dir.join(format!("file_{file:03}")))?;
        }
    }
    let mut tree = place.stage()?;
    tree.press("tab 3 z G l G");
    // From the last directory to the first, each is opened; what it holds lies below the cursor.
    for _ in 0..MANY / 1000 {
        tree.press("l k");
    }
    if !tree.text().contains("file_") {
        return Err(format!("no tree is open on:\n{}", tree.text()).into());
    }
    let time = draw(&mut tree, key("pagedown"))?;
    Ok(vec![Row::new(
        "frame: workspace of 100,000 entries, scrolls, p99",
        GOAL,
        Value::Time(time),
    )])
}
