//! Every screen at every size, and every action by its key, on a recorded run: keys in, cells out.

use std::path::Path;

use gkfs_bench::tui::stage::Stage;
use gkfs_runner::record::Record;

use super::pictures::scenes::recorded;

mod actions;
mod second;

/// Columns and rows of the terminals in which each screen is looked at.
const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (40, 12)];

/// From the opened run to the test whose record is kept whole.
const TEST: &str = "] ] ]";
/// From there to a chunk that another test left: of logs one sees where they were written.
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
