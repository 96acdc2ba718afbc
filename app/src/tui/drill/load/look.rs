//! What has come to an attempt's files since the last look.

use std::path::{Path, PathBuf};

use gkfs_runner::record::{LogFile, Record, has_log};
use jiff::tz::TimeZone;

use crate::report::steps::{self, Step};
use crate::tui::drill::effect::{Look, Looked, NewSteps, RunFacts};
use crate::tui::drill::sources::clock::Clock;
use crate::tui::drill::sources::index::{self, Cursor};
use crate::tui::drill::sources::jumps::Straight;
use crate::tui::drill::sources::{Kind, files};

/// Looks. What cannot be read now is looked for again next time.
pub(super) fn look(look: &Look) -> Looked {
    let run = look.run.clone().unwrap_or_else(|| facts(&look.attempt));
    let path = look.attempt.join("steps.jsonl");
    let mut logs = files(&look.attempt);
    logs.retain(|(kind, _)| *kind != Kind::Steps);
    let gone = look.known.iter().map(|(path, _)| path);
    let gone = gone.filter(|path| !has_log(path)).cloned().collect();
    let is_known = |path: &PathBuf| look.known.iter().any(|(known, _)| known == path);
    // A source that is new is calibrated by the step that began it.
    let mut steps = if logs.iter().all(|(_, path)| is_known(path)) {
        Vec::new()
    } else {
        steps::read(&path)
    };
    let jumps = Straight::default().straighten(&mut steps);
    let growths = logs
        .into_iter()
        .filter_map(|(kind, path)| {
            let known = look.known.iter().find(|(known, _)| *known == path);
            let cursor = known.map_or_else(
                || Cursor::new(Clock::new(run.zone.clone(), spawned(kind, &path, &steps), &jumps)),
                |(_, cursor)| cursor.clone(),
            );
            let growth = index::grow(&path, cursor, look.portion, !look.live).ok()?;
            Some((kind, path, growth))
        })
        .collect();
    Looked {
        growths,
        steps: new_steps(&path, look),
        run,
        gone,
        is_first: look.run.is_none(),
    }
}

/// Returns what has come to the steps since they were read.
fn new_steps(path: &Path, look: &Look) -> Option<NewSteps> {
    let file = LogFile::open(path).ok()?;
    let size = file.size().ok()?;
    let restarted = size < look.steps;
    let from = if restarted { 0 } else { look.steps };
    let mut bytes = index::read(&file, from, usize::try_from(size - from).ok()?).ok()?;
    // A line without an end is half written, unless nobody writes any more.
    if look.live {
        bytes.truncate(memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1));
    }
    (restarted || !bytes.is_empty()).then(|| NewSteps {
        restarted,
        lines: steps::lines(&bytes),
        until: from + bytes.len() as u64,
    })
}

/// Returns what the record of the attempt's run says.
fn facts(attempt: &Path) -> RunFacts {
    // runs/<id>/tests/<group>/<test>/attempt-N
    let record = attempt.ancestors().nth(4).and_then(|run| Record::open(run).ok());
    let Some(record) = record else {
        return RunFacts::default();
    };
    let root = PathBuf::from(record.file.suite.root.to_string());
    // A file is named from the directory in which it was compiled: that of a package, or of a workspace around it.
    let roots = root.ancestors().map(Path::to_path_buf).collect();
    RunFacts {
        zone: TimeZone::get(&record.file.host.tz).ok(),
        roots,
        started: record.file.started_ts,
    }
}

/// Returns when the process that writes a log was started.
fn spawned(kind: Kind, log: &Path, steps: &[Step]) -> Option<i64> {
    let begun = |step: &&Step| match kind {
        Kind::Daemon => {
            let named = step.text("log").map(PathBuf::from);
            step.kind == "daemon" && named.is_some_and(|named| named.file_name() == log.file_name())
        }
        Kind::Client => step.kind == "op" || step.kind == "shell",
        _ => false,
    };
    steps.iter().find(begun).map(|step| step.ts)
}
