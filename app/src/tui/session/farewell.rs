//! What is said on the normal screen when all is over: which tests were ended because somebody quit.

use std::fmt::Write as _;

use crate::tui::state::State;
use crate::tui::state::suite::{Node, Test};

/// Returns it, if any test was.
pub(super) fn farewell(state: &State) -> Option<String> {
    let test = |id: &String| match state.suite.find(id) {
        Some(Node::Test(at)) => Some(&state.suite.tests[at]),
        _ => None,
    };
    let ended: Vec<&Test> = state.ending.iter().filter_map(test).collect();
    if ended.is_empty() {
        return None;
    }
    let mut text = "ended with the session, while they ran:\n".to_owned();
    for test in ended {
        // A string takes whatever is written.
        let _ = writeln!(text, "  {}  (process {})", test.id, test.pid);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use gkfs_runner::status::Status;
    use gkfs_runner::{Event, EventKind, Moment};

    use super::*;
    use crate::tui::msg::Msg;
    use crate::tui::state::{Activity, Run};
    use crate::tui::{Mode, update};

    fn tell(state: &mut State, kind: EventKind) {
        let at = Moment { ts: 1, mono: 1 };
        update::update(
            state,
            Msg::Run(Event {
                v: 1,
                seq: 1,
                at,
                kind,
            }),
        );
    }

    #[test]
    fn what_has_its_verdict_after_all_was_not_ended() {
        let mut state = State::new(Mode::Live, String::new());
        state.activity = Activity::Running;
        state.run = Some(Run::default());
        assert_eq!(farewell(&state), None);
        for (pid, id) in [(70, "g::a"), (71, "g::b")] {
            let started = EventKind::AttemptStarted {
                id: id.to_owned(),
                attempt: 1,
                dir: id.to_owned(),
                pid,
                argv: Vec::new(),
            };
            tell(&mut state, started);
        }
        // Asked twice, it is told once.
        for _ in 0..2 {
            update::update(&mut state, Msg::Terminate("told to end"));
        }
        let passed = EventKind::TestFinished {
            id: "g::b".to_owned(),
            status: Status::Passed,
            attempts: 1,
            reason: None,
            duration_us: 5,
        };
        tell(&mut state, passed);
        assert_eq!(
            farewell(&state).as_deref(),
            Some("ended with the session, while they ran:\n  g::a  (process 70)\n")
        );
    }
}
