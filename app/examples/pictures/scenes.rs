//! What the pictures show: for each a size, and the keys that lead there.

use std::io;
use std::path::{Path, PathBuf};

use gkfs_bench::tui::picture::{Palette, svg};
use gkfs_bench::tui::stage::Stage;
use gkfs_bench::tui::theme::Theme;
use gkfs_runner::record::Record;

#[path = "recorded.rs"]
pub(crate) mod recorded;

/// One picture.
struct Scene {
    /// Its file, without the ending.
    name: &'static str,
    /// What is seen, for those who cannot.
    title: &'static str,
    /// Columns and rows.
    size: (u16, u16),
    /// From the opened run to what is shown.
    keys: &'static str,
}

const SCENES: [Scene; 3] = [
    Scene {
        name: "overview",
        title: "Tests with their verdicts on the left, the results of a failed one on the right",
        size: (132, 34),
        keys: "o g g ] ] ] tab 2 tab",
    },
    Scene {
        name: "timeline",
        title: "Steps, daemon and client logs of a failed test, merged on one clock",
        size: (132, 34),
        keys: "] ] ] tab 1 z",
    },
    Scene {
        name: "workspace",
        title: "The directory tree that a test left, with a preview of a file",
        size: (132, 30),
        keys: "/ c o p y _ t r e e enter g g j tab 3 z G k l j l j l j j j j l j",
    },
];

/// Where the pictures are.
pub(crate) fn pictures() -> PathBuf {
    app().join("pictures")
}

/// Draws all of them; their files' names with their contents.
pub(crate) fn draw_all() -> io::Result<Vec<(String, String)>> {
    let place = tempfile::tempdir()?;
    let run = recorded::lay_out(&app().join("tests/data/recorded"), place.path())?;
    let record = Record::open(&run).map_err(io::Error::other)?;
    Ok(SCENES.iter().map(|scene| scene.draw(&record)).collect())
}

fn app() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Scene {
    fn draw(&self, record: &Record) -> (String, String) {
        let mut stage = Stage::of_record(record, "sample-tests", self.size);
        if let Some(dark) = Theme::embedded("dark") {
            stage.state.theme = dark;
        }
        stage.press(self.keys);
        let picture = svg(&stage.draw(), self.title, &Palette::dark());
        (format!("{}.svg", self.name), picture)
    }
}
