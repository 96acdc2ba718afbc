//! Why an action cannot be done now. It is asked for each frame, so it must not cost more than a look.

use super::super::super::action::Action;
use super::super::super::build::Standing;
use super::super::super::drill;
use super::super::super::state::suite::Node;
use super::super::super::state::{Activity, Mode, State};
use super::super::copy;
use super::{held, shell, source, stop};

/// Says why an action cannot be done now, if it cannot.
#[must_use]
pub fn why_off(state: &State, action: Action) -> Option<&'static str> {
    use Action as A;
    let runs = matches!(
        action,
        A::RunSelected | A::RunAll | A::RunFailed | A::RunMarked | A::RunAgain | A::RunUntilFail | A::RunHold
    );
    match action {
        _ if state.mode == Mode::Recorded
            && (runs || matches!(action, A::Stop | A::StopAll | A::Watch | A::Harness)) =>
        {
            Some("this is a recorded run; open the suite to run tests")
        }
        A::Harness if !state.suite.has_pytest => Some("no test here is one of pytest"),
        A::Harness if state.is_busy() => Some("tests run, or are looked for"),
        A::RunSelected | A::RunUntilFail | A::RunHold if state.tree.selected().is_none() => {
            Some("nothing is selected")
        }
        A::RunFailed if !has_failed(state) => Some("no test failed"),
        A::RunMarked if state.tree.marks.is_empty() => Some("nothing is marked"),
        A::RunAgain if state.last.is_none() => Some("nothing was run yet"),
        A::Stop | A::StopAll if !state.is_busy() => Some("nothing runs"),
        A::Stop if state.activity == Activity::Running && stop::under_way(state).is_empty() => {
            Some("nothing of this runs")
        }
        A::Continue if !held::is_there(state) => Some("nothing of this is held"),
        A::Debugger if held::debugger(state).is_none() => Some("no test is selected that runs or is held"),
        A::FilterStatus if state.suite.tests.is_empty() => Some("there are no tests"),
        A::Mark | A::Pin if state.tree.selected().is_none() => Some("nothing is selected"),
        A::ClearMarks if state.tree.marks.is_empty() => Some("nothing is marked"),
        A::Build if state.build.standing == Standing::None => Some("nothing was built yet"),
        A::NextFailure | A::PreviousFailure if !has_failed(state) => Some("no test failed"),
        A::OwnLog if state.log_file.is_none() => Some("no log is written"),
        A::NarrowerTests | A::WiderTests if state.zoom => Some("one pane has the whole screen"),
        A::Edit if source(state).is_none() => Some("the source of this is not known"),
        A::Shell => why_no_shell(state),
        A::Copy => copy::why_not(state),
        A::CopyRerun if state.tree.selected().is_none() => Some("nothing is selected"),
        _ if action.place().is_in_details() => why_no_details(state, action),
        _ => None,
    }
}

fn why_no_shell(state: &State) -> Option<&'static str> {
    match state.tree.selected() {
        Some(Node::Test(_)) if shell(state).is_some() => None,
        Some(Node::Test(_)) => Some("the test was not run yet"),
        _ => Some("no test is selected"),
    }
}

fn why_no_details(state: &State, action: Action) -> Option<&'static str> {
    match state.tree.selected() {
        Some(Node::Test(_)) => drill::why_off(&state.drill, action),
        _ => Some("no test is selected"),
    }
}

/// Whether anything did not pass. Asked for each frame: what is counted already need not be gone through.
fn has_failed(state: &State) -> bool {
    state.suite.total().verdicts.bad() > 0
}
