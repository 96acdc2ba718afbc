//! Where one was in attempts that were shown before, so that who comes back finds the place.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::Drill;
use super::logs::LineRef;
use super::rows::Key;

/// How many attempts are remembered.
const MOST: usize = 64;

/// Attempts that were shown, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(VecDeque<(PathBuf, Place)>);

/// Where one was in an attempt.
#[derive(Debug, Clone)]
struct Place {
    timeline: Option<(Key, usize)>,
    output: Option<(Key, usize)>,
    /// Marked lines: a file, and the line in it.
    marks: Vec<(PathBuf, u32)>,
}

/// Keeps where one is in what is shown.
pub(crate) fn keep(drill: &mut Drill) {
    let Some(attempt) = drill.attempt.clone().filter(|_| drill.busy.seen) else {
        return;
    };
    let marks = drill.timeline.marks.iter().filter_map(|at| {
        let source = drill.logs.sources.get(usize::from(at.source))?;
        Some((source.path.clone(), at.line))
    });
    let place = Place {
        timeline: drill.timeline.reading.anchor(),
        output: drill.output.reading.anchor(),
        marks: marks.collect(),
    };
    let kept = &mut drill.kept.0;
    kept.retain(|(known, _)| *known != attempt);
    kept.push_back((attempt, place));
    if kept.len() > MOST {
        kept.pop_front();
    }
}

/// Goes to where one was when the attempt was shown last, once its sources are known. Returns whether it was.
pub(crate) fn come_back(drill: &mut Drill) -> bool {
    let kept = drill.kept.0.iter();
    let place = kept
        .rev()
        .find(|(known, _)| Some(known) == drill.attempt.as_ref());
    let Some((_, place)) = place.cloned() else {
        return false;
    };
    let sources = &drill.logs.sources;
    let line = |(path, line): &(PathBuf, u32)| {
        let source = sources.iter().position(|source| source.path == *path)?;
        let source = u16::try_from(source).ok()?;
        Some(LineRef { source, line: *line })
    };
    drill.timeline.marks = place.marks.iter().filter_map(line).collect();
    for (reading, place) in [
        (&mut drill.timeline.reading, place.timeline),
        (&mut drill.output.reading, place.output),
    ] {
        if let Some((key, below)) = place {
            reading.want(key, below);
        }
    }
    true
}
