//! Every screen at every size, and every action by its key, on a recorded run: keys in, cells out.

use std::path::Path;

use gkfs_bench::tui::action::{Action, Place};
use gkfs_bench::tui::keymap::Keymap;
use gkfs_bench::tui::stage::Stage;
use gkfs_runner::record::Record;

use super::pictures::scenes::recorded;

mod second;

/// Columns and rows of the terminals in which each screen is looked at.
const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (40, 12)];

/// From the opened run to the test whose record is kept whole.
const TEST: &str = "] ] ]";
/// From there to a file of several lines in its workspace.
const FILE: &str = "tab 3 g g l j";

/// The same to a chunk that another test left: of logs one sees where they were written.
const CHUNK: &str = "/ c o p y _ t r e e enter g g j tab 3 G k l j l j l j j j j l j";

/// So long is the path of the place on each machine: sizes of what names it depend on that.
const LENGTH: usize = 64;

/// A recorded run.
struct Bed {
    record: Record,
    /// Where it is laid out.
    dir: String,
    _place: tempfile::TempDir,
}

impl Bed {
    fn new() -> Bed {
        let place = tempfile::tempdir().expect("a temporary directory");
        let root = place.path().canonicalize().expect("it is there");
        let rest = LENGTH.saturating_sub(root.as_os_str().len() + 1).max(1);
        let dir = root.join("x".repeat(rest));
        std::fs::create_dir(&dir).expect("a directory");
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/recorded");
        let run = recorded::lay_out(&kept, &dir).expect("the recorded run");
        Bed {
            record: Record::open(&run).expect("the recorded run"),
            dir: dir.display().to_string(),
            _place: place,
        }
    }

    /// Returns what is shown as if the place were called the same each time, as far as it is seen.
    fn text(&self, stage: &Stage) -> String {
        let told = format!("{:x<LENGTH$}", "/tmp/place/");
        let seen = (10..=self.dir.len()).rev().map(|end| &self.dir[..end]);
        seen.fold(stage.text(), |text, seen| {
            text.replace(seen, &told[..seen.len().min(LENGTH)])
        })
    }

    fn stage(&self, size: (u16, u16), keys: &str) -> Stage {
        let mut stage = Stage::of_record(&self.record, "sample-tests", size);
        stage.press(keys);
        stage
    }
}

/// Each screen with the keys that lead there from the test.
const SCREENS: [(&str, &str); 12] = [
    ("a_test", ""),
    ("a_group", "g g"),
    ("failures_first", "o g g"),
    ("timeline", "tab 1"),
    ("life_of_a_step", "tab 1 g g } } } } enter"),
    ("results", "tab 2"),
    ("results_unfolded", "tab 2 j enter"),
    ("workspace", CHUNK),
    ("output", "tab 4"),
    ("history", "tab 5"),
    ("palette", "?"),
    ("one_tab_alone", "tab 1 z"),
];

#[test]
fn every_screen_at_every_size() {
    let bed = Bed::new();
    let screens = SCREENS.map(|(name, keys)| (name, keys.to_owned()));
    shown(&screens, |size, keys| {
        bed.text(&bed.stage(size, &format!("{TEST} {keys}")))
    });
}

/// Compares screens, each with the keys that lead there, with what they were at every size.
fn shown(screens: &[(&str, String)], draw: impl Fn((u16, u16), &str) -> String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/snapshots"));
    settings.bind(|| {
        for (name, keys) in screens {
            let shown = SIZES.map(|size| format!("── {}x{}\n{}", size.0, size.1, draw(size, keys)));
            insta::assert_snapshot!(format!("everything_{name}"), shown.join("\n"));
        }
    });
}

/// What must have been done before an action in the details of a test has something to do.
fn before(action: Action) -> &'static str {
    use Action as A;
    match action {
        A::NextMatch | A::PreviousMatch => "tab 1 g g / r p c enter",
        A::MoreContext => "tab 1 & r p c enter",
        A::LessContext => "tab 1 & r p c enter + +",
        A::PreviousFault | A::PreviousError | A::PreviousStep => "tab 1 G",
        A::NextMark => "tab 1 g g j space g g",
        A::PreviousMark => "tab 1 g g space G",
        A::PreviousColumn => "tab 2 >",
        A::UnfoldAll => "tab 2",
        A::PreviewDown => FILE,
        A::PreviewAs => "tab 3 g g l j p p",
        A::PreviewUp => "tab 3 g g l j J",
        _ => match action.place() {
            Place::Results => "tab 2",
            Place::Workspace => "tab 3",
            Place::History => "tab 5",
            _ => "tab 1 g g",
        },
    }
}

/// Actions that this record gives nothing to do; what they need has a record of its own.
const ELSEWHERE: [Action; 4] = [
    Action::MountView,
    Action::Compare,
    Action::Columns,
    Action::Internal,
];

#[test]
fn the_key_of_every_action_in_the_details_changes_what_is_seen() {
    let bed = Bed::new();
    let keymap = Keymap::default();
    let details = Action::ALL.iter().filter(|action| action.place().is_in_details());
    for action in details.filter(|action| !ELSEWHERE.contains(action)) {
        let mut stage = bed.stage((110, 30), &format!("{TEST} {}", before(*action)));
        let (shown, drawn) = (stage.text(), stage.draw());
        let keys = keymap.keys(*action);
        stage.press(keys.first().expect("a key"));
        let told = &stage.state.toasts;
        assert!(told.is_empty(), "{action}: {told:?}\n{shown}");
        // Where one is can be told by nothing but the looks of a row.
        assert!(
            stage.draw() != drawn,
            "{action}: `{keys:?}` changes nothing in\n{shown}"
        );
    }
}
