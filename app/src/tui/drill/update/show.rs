//! Which test is shown, and how.

use std::path::PathBuf;

use crate::tui::drill::effect::{Look, RunFacts, Wish};
use crate::tui::drill::kept;
use crate::tui::drill::logs::Logs;
use crate::tui::drill::sources::Kind;
use crate::tui::drill::{Busy, Drill, Tab};

/// How much of a file is indexed before it is shown, in bytes: first little, so that something is seen at once.
const PORTIONS: (u64, u64) = (1 << 20, 16 << 20);

/// Shows an attempt. What is known of it stays if it is the one that is shown.
pub(super) fn show(drill: &mut Drill, attempt: Option<PathBuf>, id: String, live: bool) -> Vec<Wish> {
    if drill.attempt == attempt && drill.id == id {
        // It may have ended: then its last line needs no end.
        drill.live = live;
        return poll(drill);
    }
    kept::keep(drill);
    let is_other_test = drill.id != id;
    drill.generation += 1;
    (drill.attempt, drill.id, drill.live) = (attempt, id, live);
    drill.logs = Logs::default();
    drill.run = RunFacts::default();
    drill.steps_size = 0;
    drill.busy = Busy::default();
    drill.timeline.clear(live);
    drill.results.clear();
    drill.workspace.clear();
    drill.output.reading.clear(live);
    drill.finder.forget(None);
    drill.finder.seek = None;
    if is_other_test || drill.history.runs.is_none() {
        drill.history = Default::default();
    }
    let mut wishes = poll(drill);
    wishes.extend(of_tab(drill));
    wishes
}

/// Looks at the attempt's files; once more afterwards, if that is under way.
pub(super) fn poll(drill: &mut Drill) -> Vec<Wish> {
    let Some(attempt) = drill.attempt.clone() else {
        return Vec::new();
    };
    let mut wishes = Vec::new();
    if drill.busy.looking {
        drill.busy.again = true;
    } else {
        drill.busy.looking = true;
        let known = drill
            .logs
            .sources
            .iter()
            .filter(|source| source.kind != Kind::Steps)
            .map(|source| (source.path.clone(), source.cursor.clone()))
            .collect();
        wishes.push(Wish::Look(Look {
            attempt,
            live: drill.live,
            known,
            steps: drill.steps_size,
            run: drill.busy.seen.then(|| drill.run.clone()),
            portion: if drill.busy.seen { PORTIONS.1 } else { PORTIONS.0 },
        }));
    }
    if drill.tab == Tab::Workspace {
        wishes.extend(drill.workspace.dirs.keys().cloned().map(Wish::List));
    }
    wishes
}

/// Looks at the test another way.
pub(super) fn tab(drill: &mut Drill, tab: Tab) -> Vec<Wish> {
    drill.tab = tab;
    of_tab(drill)
}

/// What a tab needs that the others do not.
fn of_tab(drill: &mut Drill) -> Vec<Wish> {
    let Some(attempt) = &drill.attempt else {
        return Vec::new();
    };
    match drill.tab {
        Tab::Workspace => {
            let root = attempt.join("workspace");
            // From the second time on, what is shown is brought up to date.
            let mut dirs: Vec<PathBuf> = drill.workspace.dirs.keys().cloned().collect();
            if dirs.is_empty() {
                drill.workspace.rebuild(&root, 1);
                dirs.push(root);
            }
            dirs.into_iter().map(Wish::List).collect()
        }
        Tab::History if !drill.history.asked => {
            // <base>/runs/<id>/tests/<group>/<test>/attempt-N
            let Some(base) = attempt.ancestors().nth(6) else {
                return Vec::new();
            };
            drill.history.asked = true;
            vec![Wish::History {
                base: base.to_owned(),
                id: drill.id.clone(),
            }]
        }
        _ => Vec::new(),
    }
}
