//! A recorded attempt, keys in, screens out.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Drill, Effect, Msg, Theme, act, key, load, update, view};
use crate::tui::keymap::{Chord, Found, Keymap, spell};

mod changes;
mod clocks;
mod copying;
mod finding;
mod history;
mod hostile;
mod mount;
mod results;
mod screens;
mod timeline;
mod workspace;

/// The end of the recorded test.
const ENDED: Duration = Duration::from_micros(1_795_317_349_227_000);

/// A suite with one recorded run, in which `io::fails` failed.
struct Bed {
    dir: tempfile::TempDir,
    drill: Drill,
}

impl Bed {
    /// The recorded attempt is shown, on a screen of this size.
    fn new(columns: u16, rows: u16) -> Bed {
        let mut bed = Bed::empty();
        bed.tell(Msg::Area(columns, rows));
        bed.show();
        bed
    }

    /// Shows the recorded attempt.
    fn show(&mut self) {
        let attempt = self.attempt();
        self.tell(Msg::Show {
            attempt_dir: Some(attempt),
            id: "io::fails".to_owned(),
            live: false,
        });
    }

    /// Shows nothing, and then the recorded attempt as it is now.
    fn again(&mut self) {
        self.tell(Msg::Show {
            attempt_dir: None,
            id: "io::later".to_owned(),
            live: false,
        });
        self.show();
    }

    /// Records that the machine was in another zone.
    fn zone(&self, zone: &str) {
        let attempt = self.attempt();
        let run = attempt.ancestors().nth(4).expect("the run").join("run.json");
        let text = fs::read_to_string(&run).expect("the run's record");
        let known = regex::Regex::new("\"tz\": \"[^\"]*\"").expect("a pattern");
        let text = known.replace(&text, format!("\"tz\": \"{zone}\""));
        fs::write(&run, text.as_bytes()).expect("write");
    }

    /// The attempt is recorded, and nothing is shown.
    fn empty() -> Bed {
        let app = Path::new(env!("CARGO_MANIFEST_DIR"));
        let golden = app.join("../core/runner/tests/golden/20261122T031547Z-1a2b");
        let dir = tempfile::tempdir().expect("temporary directory");
        let bed = Bed {
            dir,
            drill: Drill::default(),
        };
        let attempt = bed.attempt();
        let workspace = attempt.join("workspace");
        for dir in ["logs", "mnt", "root/chunks/top:file_a", "tmp"] {
            fs::create_dir_all(workspace.join(dir)).expect("a directory");
        }
        fs::write(workspace.join("root/chunks/top:file_a/0"), b"\0\x01ABC\xff").expect("a chunk");
        let run = attempt.ancestors().nth(4).expect("the run");
        for name in ["run.json", "events.jsonl"] {
            let text = fs::read_to_string(golden.join(name)).expect("the golden run");
            let root = bed.dir.path().display().to_string();
            fs::write(run.join(name), text.replace("/home/me/fs", &root)).expect("write");
        }
        for name in ["steps.jsonl", "stdout.log", "stderr.log"] {
            bed.copy(name, &attempt.join(name));
        }
        for name in ["gkfs_daemon.log", "gkfs_client.log"] {
            bed.copy(name, &workspace.join("logs").join(name));
        }
        let tests = bed.dir.path().join("tests");
        fs::create_dir(&tests).expect("a directory");
        bed.copy("io.rs.txt", &tests.join("io.rs"));
        let before = SystemTime::UNIX_EPOCH + ENDED - Duration::from_hours(1);
        bed.touch(&tests.join("io.rs"), before);
        bed
    }

    fn attempt(&self) -> PathBuf {
        let runs = self.dir.path().join(".gkfs-bench/runs");
        runs.join("20261122T031547Z-1a2b/tests/io/fails/attempt-1")
    }

    /// Copies a file of the recorded attempt, as if it had been written here and then.
    fn copy(&self, name: &str, to: &Path) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/drill")
            .join(name);
        let text = fs::read_to_string(from).expect("the recorded attempt");
        let workspace = self.attempt().join("workspace").display().to_string();
        fs::write(to, text.replace("{WORKSPACE}", &workspace)).expect("write");
        self.touch(to, SystemTime::UNIX_EPOCH + ENDED);
    }

    /// Lets a file have been changed then.
    fn touch(&self, path: &Path, at: SystemTime) {
        let file = File::options().append(true).open(path).expect("open");
        file.set_modified(at).expect("a time");
    }

    /// Tells the drill-down something, and does all that it wishes for.
    fn tell(&mut self, msg: Msg) {
        let mut effects: VecDeque<Effect> = update(&mut self.drill, msg).into();
        while let Some(effect) = effects.pop_front() {
            effects.extend(update(&mut self.drill, load(effect)));
        }
    }

    /// Presses keys: a character each, `⏎` and `⎋`.
    fn keys(&mut self, keys: &str) {
        let keymap = Keymap::default();
        let mut pending = Vec::new();
        for char in keys.chars() {
            let code = match char {
                '⏎' => KeyCode::Enter,
                '⎋' => KeyCode::Esc,
                char => KeyCode::Char(char),
            };
            let event = KeyEvent::new(code, KeyModifiers::NONE);
            if let Some(msg) = key(&self.drill, event) {
                self.tell(msg);
                continue;
            }
            pending.push(Chord::from(event));
            match keymap.get(self.drill.place(), &pending) {
                Found::Action(action) => {
                    pending.clear();
                    self.tell(act(&self.drill, action).expect("an action of the drill-down"));
                }
                Found::Pending(_) => {}
                Found::Nothing => panic!("`{}` is no key here", spell(&pending)),
            }
        }
    }

    /// Returns what is on the screen.
    fn screen(&self) -> String {
        let (columns, rows) = self.drill.area;
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        view(&self.drill, &Theme::default(), area, &mut buffer);
        lines(&buffer).join("\n")
    }
}

/// Returns the rows of a buffer, without blanks at their ends.
fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width).max(1);
    buffer
        .content
        .chunks(width)
        .map(|row| {
            let mut text = String::new();
            let mut skip = 0;
            for cell in row {
                if skip == 0 {
                    text.push_str(cell.symbol());
                    skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
                }
                skip -= 1;
            }
            text.trim_end().to_owned()
        })
        .collect()
}
