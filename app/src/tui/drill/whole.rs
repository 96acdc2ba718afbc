//! The lines of an attempt as one text, for those who have no screen, or another program to read it with.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use gkfs_runner::record::capsule;

use super::sources::head::Level;
use super::timeline::Time;
use super::{Drill, Effect, Extract, Msg, load, update};

/// Which of them.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Those of this source only.
    pub(crate) source: Option<String>,
    /// Those that are at least so grave.
    pub(crate) level: Level,
    /// The client library's calls to itself one by one.
    pub(crate) internal: bool,
    /// Those of the end only: this much of it.
    pub(crate) last: Option<Duration>,
}

/// Returns the lines of an attempt with full times, or, where no source is called so, the names of those there are.
pub(crate) fn whole(attempt: PathBuf, wanted: &Wanted) -> Result<Extract, Vec<String>> {
    let mut drill = Drill::default();
    if let Some(there) = capsule::original(&attempt) {
        drill.set_moved(attempt.clone(), there);
    }
    drill.timeline.time = Time::Full;
    drill.timeline.level = wanted.level;
    drill.timeline.folded = !wanted.internal;
    drill.timeline.only.clone_from(&wanted.source);
    let mut effects: VecDeque<Effect> = update(
        &mut drill,
        Msg::Show {
            attempt_dir: Some(attempt),
            id: String::new(),
            live: false,
        },
    )
    .into();
    while let Some(effect) = effects.pop_front() {
        effects.extend(update(&mut drill, load(effect)));
    }
    let names = drill.logs.sources.iter().map(|source| source.name.clone());
    let names: Vec<String> = names.collect();
    if let Some(source) = &wanted.source
        && !names.contains(source)
    {
        return Err(names);
    }
    let rows = drill.rows();
    let all = drill.extract(0..rows);
    Ok(match wanted.last {
        Some(last) => all.last(last),
        None => all,
    })
}
