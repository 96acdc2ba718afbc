//! Every action by its key: what of the screen is another one afterwards, and what is asked of the world beside it.

use std::fmt::Write as _;

use gkfs_bench::tui::action::Action;
use gkfs_bench::tui::keymap::Keymap;
use gkfs_bench::tui::stage::Stage;
use gkfs_bench::tui::theme::Library;
use gkfs_bench::tui::{Mode, Msg, Opened, State, build};
use gkfs_runner::record::StackInfo;
use gkfs_runner::{Event, EventKind, Moment};

use super::second::Second;
use super::{Bed, TEST};
use crate::cases::screens::events;

/// Wide enough for both panes.
const SIZE: (u16, u16) = (110, 30);
/// From the first row of the session to the test that runs.
const RUNNING: &str = "] k h j j j j j j";
/// From there to a file of several lines in its workspace.
const FILE: &str = "tab 3 g g l j";

/// On what an action is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// A test of a recorded run.
    Record,
    /// The same with another run a day before.
    Two,
    /// A session in the midst of a run.
    Run,
    /// A session in the midst of a run, of which one test is held.
    Held,
    /// A session whose run has ended.
    End,
}

/// On what an action is tried, and after which keys. An action that is new has to be told here, or this does not compile.
fn scene(action: Action) -> (On, &'static str) {
    use Action as A;
    match action {
        A::Down | A::PageDown | A::Bottom | A::RunAll | A::RunFailed | A::Watch | A::Zoom | A::Theme => {
            (On::End, "")
        }
        A::SwitchPane | A::Print | A::Mouse | A::NarrowerTests | A::WiderTests => (On::End, ""),
        A::OwnLog | A::Palette | A::Redraw | A::Suspend | A::Quit | A::FoldAll => (On::End, ""),
        A::Filter | A::FilterStatus | A::OnlyFailed | A::FailuresFirst | A::Mark | A::Pin => (On::End, ""),
        A::NextFailure | A::Build | A::Harness => (On::End, ""),
        A::Up | A::Left | A::Open | A::RunSelected | A::RunUntilFail | A::RunHold => (On::End, "j"),
        A::PageUp | A::Top | A::PreviousFailure => (On::End, "G"),
        A::Right => (On::End, "h"),
        A::Back => (On::End, "F"),
        A::RunAgain => (On::End, "a"),
        A::ClearMarks | A::RunMarked => (On::End, "space"),
        A::Stop | A::StopAll => (On::Run, RUNNING),
        A::Continue | A::Debugger => (On::Held, RUNNING),
        A::Timeline => (On::Record, "2"),
        A::Results | A::Workspace | A::Output | A::History | A::Changes => (On::Record, ""),
        A::Edit | A::Copy | A::CopyRerun | A::Shell => (On::Record, ""),
        A::Search | A::FilterLines | A::ExcludeLines | A::NextFault | A::NextError => {
            (On::Record, "tab 1 g g")
        }
        A::NextStep | A::Choose | A::MarkLine | A::Source | A::OnlySource => (On::Record, "tab 1 g g"),
        A::Level | A::Times => (On::Record, "tab 1 g g"),
        A::NextMatch | A::PreviousMatch => (On::Record, "tab 1 g g / r p c enter"),
        A::MoreContext => (On::Record, "tab 1 & r p c enter"),
        A::LessContext => (On::Record, "tab 1 & r p c enter + +"),
        A::PreviousFault | A::PreviousError | A::PreviousStep => (On::Record, "tab 1 G"),
        A::NextMark => (On::Record, "tab 1 g g j space g g"),
        A::PreviousMark => (On::Record, "tab 1 g g space G"),
        A::UnfoldAll | A::NextColumn | A::Order => (On::Record, "tab 2"),
        A::PreviousColumn => (On::Record, "tab 2 >"),
        A::PreviewDown => (On::Record, FILE),
        A::PreviewUp => (On::Record, "tab 3 g g l j J"),
        A::PreviewAs => (On::Record, "tab 3 g g l j p p"),
        A::MarkRun => (On::Record, "tab 5"),
        A::Internal => (On::Two, "tab 1 G"),
        A::MountView | A::CompareThis => (On::Two, "tab 3"),
        A::Compare => (On::Two, "tab 5 space j j space"),
        A::Columns => (On::Two, "z tab 5 space j j space d"),
    }
}

/// A session with a run, of which three tests have ended and one still runs.
fn session(on: On) -> Stage {
    let mut stage = Stage::new(State::new(Mode::Live, "sample-tests".to_owned()), SIZE);
    stage.state.themes = Library::default().themes().0;
    stage.state.suite.has_pytest = true;
    stage.state.log_file = Some("/state/gkfs-bench/log/1.log".into());
    stage.tell(Msg::Build(build::Msg::Began {
        command: "make".to_owned(),
        at: Moment { ts: 0, mono: 1 },
        stack: true,
    }));
    stage.tell(Msg::Build(build::Msg::Ended {
        ok: true,
        how: String::new(),
        stack: true,
    }));
    stage.tell(Msg::RunOpened(Opened {
        id: "20261122T031547Z-1a2b".to_owned(),
        dir: "/runs/1".into(),
        stack: StackInfo::default(),
        live: true,
    }));
    for event in events() {
        stage.tell(Msg::Run(event));
    }
    let event = |kind| Event {
        v: 1,
        seq: 99,
        at: Moment {
            ts: 0,
            mono: 9_100_000,
        },
        kind,
    };
    if on == On::Held {
        stage.tell(Msg::Run(event(EventKind::AttemptHeld {
            id: "scripts::copy".to_owned(),
            attempt: 1,
            reason: "it failed".to_owned(),
        })));
    }
    if on == On::End {
        stage.tell(Msg::Run(event(EventKind::TestFinished {
            id: "scripts::copy".to_owned(),
            status: gkfs_runner::Status::Passed,
            attempts: 1,
            reason: None,
            duration_us: 6_000_000,
        })));
        stage.tell(Msg::Run(event(EventKind::RunFinished {
            summary: gkfs_runner::Summary::default(),
            exit_code: 1,
        })));
        stage.tell(Msg::Done(None));
    }
    stage.settle();
    stage
}

/// Returns what is asked of the world, in a word each.
fn asked(effects: &[gkfs_bench::tui::Effect]) -> String {
    let name = |effect| {
        let text = format!("{effect:?}");
        let end = text.find(|letter: char| !letter.is_alphanumeric());
        text[..end.unwrap_or(text.len())].to_owned()
    };
    effects.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_key_of_every_action_does_something_that_is_seen() {
    let (bed, second) = (Bed::new(), Second::new());
    let keymap = Keymap::default();
    let mut told = String::new();
    for action in Action::ALL {
        let (on, before) = scene(*action);
        let mut stage = match on {
            On::Record => bed.stage(SIZE, &format!("{TEST} {before}")),
            On::Two => second.stage(SIZE, before),
            On::Run | On::Held | On::End => {
                let mut stage = session(on);
                stage.press(before);
                stage
            }
        };
        stage.state.toasts.clear();
        let text = |stage: &Stage| match on {
            On::Two => second.bed.text(stage),
            _ => bed.text(stage),
        };
        let (shown, drawn) = (text(&stage), stage.draw());
        let keys = keymap.keys(*action);
        let key = keys.first().expect("a key");
        let effects = asked(&stage.press(key));
        let now = text(&stage);
        // Where one is can be told by nothing but the looks of a row.
        let same = stage.draw() == drawn;
        assert!(
            !same || !effects.is_empty(),
            "{action}: `{key}` after `{before}` changes nothing in\n{shown}"
        );
        let refusals = stage.state.toasts.iter().filter(|(_, text, _)| {
            gkfs_bench::tui::update::why_off(&stage.state, *action) == Some(text.as_str())
        });
        assert_eq!(refusals.count(), 0, "{action} is refused in\n{now}");
        let _ = writeln!(told, "── {action}: `{key}` after `{before}` on {on:?}");
        if !effects.is_empty() {
            let _ = writeln!(told, "asks for {effects}");
        }
        let pairs = shown.lines().zip(now.lines());
        let changed: Vec<&str> = pairs.filter(|(was, is)| was != is).map(|(_, is)| is).collect();
        match changed.as_slice() {
            [] if !same => told.push_str("other looks\n"),
            lines => lines.iter().take(3).for_each(|line| told.extend([line, "\n"])),
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
        .set_snapshot_path(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/snapshots"));
    settings.bind(|| insta::assert_snapshot!("everything_by_its_key", told));
}
