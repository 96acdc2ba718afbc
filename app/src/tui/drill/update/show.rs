//! Which test is shown, and how.

use std::path::PathBuf;

use crate::tui::drill::changes::Changes;
use crate::tui::drill::effect::{Look, RunFacts, Wish};
use crate::tui::drill::history::Present;
use crate::tui::drill::kept;
use crate::tui::drill::logs::Logs;
use crate::tui::drill::sources::Kind;
use crate::tui::drill::{Busy, Drill, Tab};

use super::{history, workspace};

/// How much of a file is indexed before it is shown, in bytes: first little, so that something is seen at once.
const PORTIONS: (u64, u64) = (1 << 20, 16 << 20);

/// Shows an attempt. Who looks at a past one of the same test is left there, and can go back to this one.
pub(super) fn show(drill: &mut Drill, attempt: Option<PathBuf>, id: String, live: bool) -> Vec<Wish> {
    if let Some(present) = drill.present.as_mut().filter(|_| drill.id == id) {
        *present = Present { attempt, live };
        return Vec::new();
    }
    drill.present = None;
    open(drill, attempt, id, live)
}

/// Opens an attempt. What is known of it stays if it is the one that is shown.
pub(super) fn open(drill: &mut Drill, attempt: Option<PathBuf>, id: String, live: bool) -> Vec<Wish> {
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
    drill.steps_until = 0;
    drill.busy = Busy::default();
    drill.timeline.clear(live);
    drill.results.clear();
    drill.workspace.clear();
    drill.mount = None;
    drill.changes = Changes::default();
    drill.output.reading.clear(live);
    drill.finder.forget(None);
    drill.finder.seek = None;
    if is_other_test || drill.history.runs.is_none() {
        drill.history.clear();
    } else if !drill
        .attempt
        .as_ref()
        .is_some_and(|dir| drill.history.has_ended(dir))
    {
        drill.history.asked = false;
    }
    let mut wishes = poll(drill);
    wishes.extend(of_tabs(drill));
    wishes
}

/// There is a verdict more: looks at the other runs again, if they are shown, or else when they are next.
pub(super) fn look_back(drill: &mut Drill) -> Vec<Wish> {
    drill.history.asked = false;
    of_tabs(drill)
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
            steps: drill.steps_until,
            run: drill.busy.seen.then(|| drill.run.clone()),
            portion: if drill.busy.seen { PORTIONS.1 } else { PORTIONS.0 },
        }));
    }
    wishes.extend(workspace::look(drill, true));
    wishes
}

/// Looks at the test another way.
pub(super) fn tab(drill: &mut Drill, tab: Tab) -> Vec<Wish> {
    if drill.tab != tab {
        drill.before = drill.tab;
        drill.tab = tab;
    }
    of_tabs(drill)
}

/// There is more room now, or less: perhaps for a second tab.
pub(super) fn resized(drill: &mut Drill) -> Vec<Wish> {
    history::reflow(drill);
    of_tabs(drill)
}

/// What the tabs that are shown need and others do not.
pub(super) fn of_tabs(drill: &mut Drill) -> Vec<Wish> {
    let mut wishes = of_tab(drill, drill.tab);
    if let Some(beside) = drill.beside() {
        wishes.extend(of_tab(drill, beside));
    }
    wishes
}

fn of_tab(drill: &mut Drill, tab: Tab) -> Vec<Wish> {
    let Some(attempt) = drill.attempt.clone() else {
        return Vec::new();
    };
    match tab {
        Tab::Workspace => workspace::look(drill, true),
        Tab::History if !drill.history.asked => {
            // <base>/runs/<id>/tests/<group>/<test>/attempt-N
            let Some(run) = attempt.ancestors().nth(4) else {
                return Vec::new();
            };
            drill.history.asked = true;
            vec![Wish::History {
                run: run.to_owned(),
                id: drill.id.clone(),
            }]
        }
        _ => Vec::new(),
    }
}
