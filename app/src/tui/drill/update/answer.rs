//! What came from the disk.

use crate::tui::drill::Drill;
use crate::tui::drill::effect::{Answer, Looked, Purpose, Wish};
use crate::tui::drill::logs::LineRef;
use crate::tui::drill::output;
use crate::tui::drill::results::{self, Excerpt};
use crate::tui::drill::short::prefix;
use crate::tui::drill::sources::head::Level;

use super::{show, timeline, workspace};

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
        } => return timeline::found(drill, purpose, number, places),
        Answer::Excerpt(found) => drill.results.excerpt.found = found,
        Answer::Listed(dir, items) => return workspace::listed(drill, dir, items),
        Answer::Preview(path, preview) => {
            if let Some((shown, known)) = &mut drill.workspace.preview
                && *shown == path
            {
                *known = Some(preview);
            }
        }
        Answer::History(runs) => drill.history.runs = Some(runs),
    }
    Vec::new()
}

/// Takes what has come to the attempt's files.
fn taken(drill: &mut Drill, looked: Looked) -> Vec<Wish> {
    let is_first = !drill.busy.seen;
    drill.busy.seen = true;
    drill.busy.looking = false;
    drill.run = looked.run;
    let mut grew = is_first;
    if let Some((steps, size)) = looked.steps
        && let Some(attempt) = &drill.attempt
    {
        grew = true;
        drill.logs.set_steps(steps, &attempt.join("steps.jsonl"));
        drill.steps_size = size;
    }
    let mut more = std::mem::take(&mut drill.busy.again);
    for (kind, path, growth) in looked.growths {
        let source = drill.logs.source(kind, &path);
        more |= growth.more;
        grew |= growth.restarted || !growth.entries.is_empty();
        if growth.restarted
            && let Ok(source) = u16::try_from(source)
        {
            drill.timeline.search.forget(source);
            drill.timeline.filter.forget(source);
        }
        drill.logs.grow(source, growth);
    }
    if grew {
        rebuild(drill, is_first);
    }
    let mut wishes: Vec<Wish> = excerpt(drill).into_iter().collect();
    wishes.extend(timeline::search_on(drill));
    if more {
        wishes.extend(show::poll(drill));
    }
    wishes
}

/// Finds what is shown of what is known now.
fn rebuild(drill: &mut Drill, is_first: bool) {
    let height = drill.height();
    let prefix = prefix(drill);
    drill.results.rebuild(&drill.logs, &prefix, height);
    drill.timeline.rebuild(&drill.logs, height);
    if is_first {
        // What was there before it was looked at is not new.
        drill.timeline.fresh = 0;
        if !drill.live {
            to_failure(drill);
        }
    }
    if drill.output.follow {
        let rows = output::rows(&drill.logs);
        drill.output.list.set(rows.saturating_sub(height), rows, height);
    }
}

/// Of a test that is over one wants to see first why it failed.
fn to_failure(drill: &mut Drill) {
    let logs = &drill.logs;
    let is_error = |at: &LineRef| logs.entry(*at).is_some_and(|entry| entry.level == Level::Error);
    let rows = &drill.timeline.rows;
    let row = rows
        .iter()
        .position(|at| is_error(at) && logs.step(*at).is_some())
        .or_else(|| rows.iter().position(is_error));
    if let Some(row) = row {
        let height = drill.height();
        let rows = drill.timeline.rows.len();
        drill.timeline.list.set(row, rows, height);
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

/// Whether a search is what an answer is for, and not the filter.
pub(super) fn is_search(purpose: Purpose) -> bool {
    purpose == Purpose::Search
}
