//! From what the user asks for to what it means here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::effect::Purpose;
use super::history::ALONE;
use super::history::diff::WIDE;
use super::list::Motion;
use super::timeline::Goal;
use super::update::Msg;
use super::{Drill, HistoryAct, Prefix, ResultsAct, Tab};
use crate::tui::action::Action;

/// Returns what an action means in the details of a test; `None` leaves it to others.
#[must_use]
pub fn act(drill: &Drill, action: Action) -> Option<Msg> {
    Some(match action {
        Action::Timeline => Msg::Tab(Tab::Timeline),
        Action::Results => Msg::Tab(Tab::Results),
        Action::Workspace => Msg::Tab(Tab::Workspace),
        Action::Output => Msg::Tab(Tab::Output),
        Action::History => Msg::Tab(Tab::History),
        Action::Changes => Msg::Tab(Tab::Changes),
        Action::Open => Msg::Enter,
        Action::Back if is_narrow(drill) => Msg::Back,
        Action::Search => Msg::Ask(Purpose::Search),
        Action::FilterLines => Msg::Ask(Purpose::Filter),
        Action::ExcludeLines => Msg::Ask(Purpose::Exclude),
        Action::MarkLine => Msg::Mark,
        Action::Choose => Msg::Choose,
        Action::MoreContext => Msg::Context(true),
        Action::LessContext => Msg::Context(false),
        Action::Source => Msg::Prefix(Prefix::Source),
        Action::OnlySource => Msg::Prefix(Prefix::Only),
        Action::Level => Msg::Level,
        Action::Internal => Msg::Fold,
        Action::Times => Msg::Time,
        Action::UnfoldAll => Msg::UnfoldAll,
        Action::NextColumn => Msg::Results(ResultsAct::Column(true)),
        Action::PreviousColumn => Msg::Results(ResultsAct::Column(false)),
        Action::Order => Msg::Results(ResultsAct::Reverse),
        Action::PreviewAs => Msg::Mode,
        Action::MountView => Msg::Mount,
        Action::MarkRun => Msg::History(HistoryAct::Mark),
        Action::Compare => Msg::History(HistoryAct::Compare),
        Action::Columns => Msg::History(HistoryAct::Columns),
        Action::CompareThis => Msg::History(HistoryAct::CompareThis),
        _ => return beside_lines(drill, action).or_else(|| moves(action)),
    })
}

fn moves(action: Action) -> Option<Msg> {
    Some(match action {
        Action::Down => Msg::Go(Motion::Down),
        Action::Up => Msg::Go(Motion::Up),
        Action::PageDown => Msg::Go(Motion::PageDown),
        Action::PageUp => Msg::Go(Motion::PageUp),
        Action::Top => Msg::Go(Motion::First),
        Action::Bottom => Msg::Go(Motion::Last),
        Action::Left => Msg::Sideways(-8),
        Action::Right => Msg::Sideways(8),
        Action::NextMatch => Msg::Jump(Goal::Match, true),
        Action::PreviousMatch => Msg::Jump(Goal::Match, false),
        Action::NextFault => Msg::Jump(Goal::Failure, true),
        Action::PreviousFault => Msg::Jump(Goal::Failure, false),
        Action::NextMark => Msg::Jump(Goal::Mark, true),
        Action::PreviousMark => Msg::Jump(Goal::Mark, false),
        Action::NextError => Msg::Jump(Goal::Error, true),
        Action::PreviousError => Msg::Jump(Goal::Error, false),
        Action::NextStep => Msg::Jump(Goal::Step, true),
        Action::PreviousStep => Msg::Jump(Goal::Step, false),
        Action::PreviewDown => Msg::Scroll(Motion::Down),
        Action::PreviewUp => Msg::Scroll(Motion::Up),
        _ => return None,
    })
}

/// Where no lines are looked at, but a comparison or the mount view, what is wrong is what differs, or does not fit.
fn beside_lines(drill: &Drill, action: Action) -> Option<Msg> {
    let forward = match action {
        Action::NextFault | Action::NextError => true,
        Action::PreviousFault | Action::PreviousError => false,
        _ => return None,
    };
    match drill.tab {
        Tab::History if drill.history.diff.is_some() => Some(Msg::History(HistoryAct::Next(forward))),
        Tab::Workspace if drill.mount.is_some() => Some(Msg::Unfit(forward)),
        _ => None,
    }
}

/// Whether less is shown than there is, so that there is a step back.
fn is_narrow(drill: &Drill) -> bool {
    let is_less = match drill.tab {
        Tab::History => drill.history.diff.is_some(),
        Tab::Workspace => drill.mount.is_some() || drill.workspace.is_choosing(),
        _ => drill.is_reading_less(),
    };
    is_less || drill.present.is_some()
}

/// Says why an action does nothing here now, if it does not.
#[must_use]
pub fn why_off(drill: &Drill, action: Action) -> Option<&'static str> {
    let finder = &drill.finder;
    match action {
        _ if drill.attempt.is_none() => Some("the test was not run yet"),
        Action::NextMatch | Action::PreviousMatch if finder.search.query.is_none() => {
            Some("nothing is searched for")
        }
        Action::MoreContext | Action::LessContext if finder.only.query.is_none() => Some("no filter is set"),
        Action::NextMark | Action::PreviousMark if drill.timeline.marks.is_empty() => {
            Some("no line is marked")
        }
        Action::Choose => why_no_choice(drill),
        Action::UnfoldAll if !has_folds(drill) => {
            Some("results and directories can be folded, and nothing else")
        }
        Action::MountView if drill.program.is_none() => Some("a client cannot be started here"),
        Action::MarkRun if drill.history.selected().is_none() => Some("there is no attempt under the cursor"),
        Action::Compare if drill.history.pair().is_none() => {
            Some("mark two attempts to compare them; without marks, one must have passed and one failed")
        }
        Action::CompareThis if drill.history.is_the_only(drill.attempt.as_deref()) => Some(ALONE),
        Action::Columns if drill.history.diff.is_none() => Some("nothing is compared"),
        Action::Columns if drill.columns() < WIDE => Some("there is room for one column only"),
        Action::Source | Action::OnlySource if drill.logs.sources.is_empty() => Some("there is no source"),
        _ => None,
    }
}

/// Whether there is something to be folded.
fn has_folds(drill: &Drill) -> bool {
    match drill.tab {
        Tab::Results | Tab::Workspace | Tab::Changes => true,
        Tab::History => drill
            .history
            .diff
            .as_ref()
            .is_some_and(|diff| diff.trees().is_some()),
        Tab::Timeline | Tab::Output => false,
    }
}

/// Says why no lines can be chosen here, if none can.
fn why_no_choice(drill: &Drill) -> Option<&'static str> {
    match drill.tab {
        Tab::Timeline | Tab::Output => None,
        Tab::Workspace if drill.mount.is_none() && drill.workspace.preview.is_some() => None,
        Tab::Workspace => Some("lines are chosen of a file: there is none under the cursor"),
        Tab::Results | Tab::History | Tab::Changes => {
            Some("lines are chosen in the timeline, in the output and in files")
        }
    }
}

/// Returns what a key means while it is no command, but text or a number.
#[must_use]
pub fn key(drill: &Drill, key: KeyEvent) -> Option<Msg> {
    if drill.prompt.is_some() {
        return Some(typed(key));
    }
    drill.prefix.map(|_| match key.code {
        KeyCode::Char(digit @ '1'..='9') => Msg::Digit(digit as usize - '0' as usize),
        _ => Msg::NoDigit,
    })
}

/// While something is typed, no key is a command.
fn typed(key: KeyEvent) -> Msg {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => Msg::Accept,
        KeyCode::Backspace => Msg::Erase,
        KeyCode::Char('h') if control => Msg::Erase,
        KeyCode::Char('w') if control => Msg::EraseWord,
        KeyCode::Char('u') if control => Msg::EraseAll,
        KeyCode::Up => Msg::Recall(true),
        KeyCode::Down => Msg::Recall(false),
        KeyCode::Char(char) if !control => Msg::Typed(char),
        KeyCode::Esc | KeyCode::Char('c') => Msg::Cancel,
        _ => Msg::NoDigit,
    }
}
