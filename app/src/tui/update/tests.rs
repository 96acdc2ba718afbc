//! Messages in, state and effects out.

use std::collections::BTreeSet;
use std::path::Path;

use gkfs_runner::event::{AttemptFinished, SourceKind, TestFound};
use gkfs_runner::record::StackInfo;
use gkfs_runner::status::{Outcome, Status, Summary};
use gkfs_runner::{CancelKind, Event, EventKind, Moment};

use super::{settle, update};
use crate::tui::keymap::Chord;
use crate::tui::msg::{Effect, Msg, Opened, Request};
use crate::tui::state::suite::{Node, Phase};
use crate::tui::state::{Activity, Mode, Pane, State, Watch};

mod commands;
mod mouse;
mod palette;
mod quitting;
mod rerun;
mod running;
mod stopping;
mod tree;

const A: &str = "dir::mkdir";
const B: &str = "dir::rmdir";
const C: &str = "io::write";

fn at(mono: u64) -> Moment {
    Moment { ts: 0, mono }
}

fn group(name: &str, error: Option<&str>) -> EventKind {
    EventKind::GroupFound {
        group: name.to_owned(),
        source: SourceKind::Script,
        path: "/s".into(),
        error: error.map(str::to_owned),
    }
}

fn found(id: &str, deselected: bool) -> EventKind {
    let (group, name) = id.split_once("::").expect("an id");
    EventKind::TestFound(TestFound {
        id: id.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
        file: Some("/s/x.sh".to_owned()),
        line: Some(7),
        tags: vec![name.to_owned()],
        ignored: false,
        deselected,
    })
}

/// A session that has found three tests in two groups.
fn session() -> State {
    let mut state = State::new(Mode::Live, "suite".to_owned());
    update(&mut state, Msg::Resize(80, 24));
    find(&mut state, &[A, B, C]);
    update(&mut state, Msg::Done(None));
    settle(&mut state);
    state
}

fn find(state: &mut State, ids: &[&str]) {
    update(state, Msg::Finding);
    for name in ids
        .iter()
        .filter_map(|id| id.split("::").next())
        .collect::<BTreeSet<_>>()
    {
        update(state, Msg::Found(at(1), group(name, None)));
    }
    for id in ids {
        update(state, Msg::Found(at(1), found(id, false)));
    }
    update(state, Msg::FoundAll);
}

fn run(state: &mut State, kind: EventKind) {
    let event = Event {
        v: 1,
        seq: 0,
        at: at(2_000_000),
        kind,
    };
    update(state, Msg::Run(event));
}

fn open(state: &mut State) {
    update(
        state,
        Msg::RunOpened(Opened {
            id: "r".to_owned(),
            dir: "/runs/r".into(),
            stack: StackInfo::default(),
            live: true,
        }),
    );
}

fn attempt(state: &mut State, id: &str, number: u32, outcome: Outcome) {
    let dir = format!("tests/{number}");
    let (id, attempt) = (id.to_owned(), number);
    run(
        state,
        EventKind::AttemptStarted {
            id: id.clone(),
            attempt,
            dir,
            pid: 1,
            argv: vec![],
        },
    );
    run(
        state,
        EventKind::AttemptFinished(AttemptFinished {
            id,
            attempt,
            outcome,
            reason: None,
            exit: None,
            signal: None,
            duration_us: 5,
            leaked: vec![],
            load: None,
        }),
    );
}

fn verdict(state: &mut State, id: &str, status: Status) {
    let reason = Some("why".to_owned());
    run(
        state,
        EventKind::TestFinished {
            id: id.to_owned(),
            status,
            attempts: 1,
            reason,
            duration_us: 5,
        },
    );
}

fn finish(state: &mut State) -> Vec<Effect> {
    run(
        state,
        EventKind::RunFinished {
            summary: Summary::default(),
            exit_code: 0,
        },
    );
    update(state, Msg::Done(None))
}

/// A session in which one test failed.
fn failed() -> State {
    let mut state = session();
    open(&mut state);
    attempt(&mut state, B, 1, Outcome::Failed);
    verdict(&mut state, B, Status::Failed);
    attempt(&mut state, A, 1, Outcome::Passed);
    verdict(&mut state, A, Status::Passed);
    finish(&mut state);
    settle(&mut state);
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let chords = keys.split(' ').map(|key| key.parse::<Chord>().expect("a key"));
    let effects = chords
        .flat_map(|chord| update(state, Msg::Key(chord.into())))
        .collect::<Vec<_>>();
    let told = settle(state);
    let ours = |effect: &Effect| !matches!(effect, Effect::Drill(_));
    effects.into_iter().chain(told).filter(ours).collect()
}

fn asked(effects: &[Effect]) -> Option<BTreeSet<&str>> {
    match effects {
        [Effect::Start(Request { only, .. })] => only
            .as_ref()
            .map(|only| only.iter().map(String::as_str).collect()),
        other => panic!("no run was asked for: {other:?}"),
    }
}

fn selected(state: &State) -> &str {
    state.tree.selected().map_or("", |node| state.suite.id(node))
}
