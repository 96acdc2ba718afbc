//! What came from the disk.

use std::path::Path;

use crate::tui::drill::effect::{Answer, Looked, Wish};
use crate::tui::drill::kept;
use crate::tui::drill::logs::LineRef;
use crate::tui::drill::results::{self, Excerpt};
use crate::tui::drill::short::prefix;
use crate::tui::drill::sources::Kind;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::sources::index::Growth;
use crate::tui::drill::timeline::Timeline;
use crate::tui::drill::{Drill, Tab};

use super::{changes, history, mount, rows, seek, show, workspace};

/// Takes an answer.
pub(super) fn take(drill: &mut Drill, answer: Answer) -> Vec<Wish> {
    match answer {
        Answer::Looked(looked) => return taken(drill, *looked),
        Answer::Read(lines) => {
            drill.busy.reading = false;
            drill.logs.keep(lines);
        }
        Answer::Found {
            purpose,
            number,
            places,
        } => return seek::found(drill, purpose, number, places),
        Answer::Arranged(tab, number, rows) => return rows::arranged(drill, tab, number, &rows),
        Answer::Excerpt(found) => drill.results.excerpt.found = found,
        Answer::Tree(seen) => return workspace::seen(drill, seen),
        Answer::Sums(parts, left) => return workspace::sums(drill, parts, left),
        Answer::Preview(path, window) => workspace::read(drill, &path, window),
        Answer::History(runs) => return history::take(drill, runs),
        Answer::Mount(number, result) => mount::take(drill, number, result),
        Answer::Changes(file) => changes::take(drill, file),
        Answer::Compared(left, right, result) => return history::compared(drill, &left, &right, result),
        Answer::ComparedFiles(ask, result) => history::compared_files(drill, &ask, result),
    }
    Vec::new()
}

/// Takes what has come to the attempt's files.
fn taken(drill: &mut Drill, looked: Looked) -> Vec<Wish> {
    let is_first = !std::mem::replace(&mut drill.busy.seen, true);
    drill.busy.looking = false;
    drill.run = looked.run;
    let mut more = std::mem::take(&mut drill.busy.again);
    let mut news = News::default();
    if let Some(steps) = looked.steps
        && let Some(attempt) = &drill.attempt
    {
        news.grew = true;
        news.is_other = steps.restarted;
        drill.steps_until = steps.until;
        drill.logs.take_steps(steps, &attempt.join("steps.jsonl"));
    }
    for source in &mut drill.logs.sources {
        source.is_gone = looked.gone.contains(&source.path);
    }
    for (kind, path, growth) in looked.growths {
        more |= growth.more;
        news.take(drill, kind, &path, growth);
    }
    let mut wishes = seek::go_on(drill);
    wishes.extend(rebuild(drill, is_first, &news));
    wishes.extend(excerpt(drill));
    wishes.extend(changes::rebuild(drill));
    if more {
        wishes.extend(show::poll(drill));
    }
    wishes
}

/// What a look has brought.
#[derive(Default)]
struct News {
    /// There are more lines.
    grew: bool,
    /// Lines that were there are others now.
    is_other: bool,
}

impl News {
    fn take(&mut self, drill: &mut Drill, kind: Kind, path: &Path, growth: Growth) {
        let source = drill.logs.source(kind, path);
        self.grew |= !growth.entries.is_empty();
        if growth.restarted {
            self.is_other = true;
            drill.finder.forget(Some(source));
            drill.timeline.marks.retain(|at| usize::from(at.source) != source);
        }
        drill.logs.grow(source, growth);
    }
}

/// Finds what is shown of what is known now.
fn rebuild(drill: &mut Drill, is_first: bool, news: &News) -> Vec<Wish> {
    let height = drill.height_of(Tab::Results);
    let prefix = prefix(drill);
    drill.results.rebuild(&drill.logs, &prefix, height);
    let came_back = is_first && kept::come_back(drill);
    let wishes = if news.is_other {
        drill.timeline.life = None;
        for reading in [&mut drill.timeline.reading, &mut drill.output.reading] {
            reading.forget_rows();
        }
        rows::renew(drill)
    } else if news.grew || is_first {
        rows::grow(drill)
    } else {
        Vec::new()
    };
    if is_first {
        // What was there before it was looked at is not new.
        for reading in [&mut drill.timeline.reading, &mut drill.output.reading] {
            (reading.fresh, reading.late) = (0, 0);
        }
        if !drill.live && !came_back {
            to_failure(drill);
        }
    }
    wishes
}

/// Of a test that is over one wants to see first why it failed.
fn to_failure(drill: &mut Drill) {
    let logs = &drill.logs;
    let is_error = |at: LineRef| logs.entry(at).is_some_and(|entry| entry.level == Level::Error);
    let rows = &drill.timeline.reading.rows;
    let lines = || {
        let lines = rows.iter(0..rows.len());
        lines.filter_map(|(number, row)| Some((number, row.line()?)))
    };
    let step = lines().find(|(_, at)| logs.step(*at).is_some() && is_error(*at));
    let found = step.or_else(|| lines().find(|(_, at)| is_error(*at)));
    let (lines, height) = (drill.logs.snapshot(false), drill.height_of(Tab::Timeline));
    let words = || {
        drill.why.as_ref()?;
        Timeline::last_words(&drill.timeline.reading, logs, &lines)
    };
    if let Some(row) = found.map(|(row, _)| row).or_else(words) {
        drill.timeline.reading.set(row, false, &lines, height);
    }
}

/// Wishes for the lines around the assertion that failed, unless they are there.
fn excerpt(drill: &mut Drill) -> Option<Wish> {
    let failed = results::failure(&drill.logs)?;
    let file = failed.text("file")?;
    let line = failed.fields.get("line")?.as_u64()?;
    let place = (file, usize::try_from(line).ok()?);
    if drill.results.excerpt.of.as_ref() == Some(&place) {
        return None;
    }
    drill.results.excerpt = Excerpt {
        of: Some(place.clone()),
        found: None,
    };
    Some(Wish::Excerpt {
        file: place.0,
        line: place.1,
        roots: drill.run.roots.clone(),
    })
}
