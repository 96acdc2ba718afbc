//! A monkey at the keyboard, in a terminal that changes its size: whatever is pressed, nothing panics, nothing is
//! drawn outside, and the cursor stays inside. Each seed is a monkey of its own; a failure names it.

use std::fs;
use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gkfs_bench::tui::glyph::Glyphs;
use gkfs_bench::tui::keymap::Chord;
use gkfs_bench::tui::theme::{EMBEDDED, Theme};
use gkfs_bench::tui::update::{settle, update};
use gkfs_bench::tui::{Effect, Mode, Msg, Opened, State, drill, keymap, view};
use gkfs_runner::Event;
use gkfs_runner::record::StackInfo;
use ratatui::Terminal;
use ratatui::backend::{Backend, TestBackend};

/// An attempt with all that is unpleasant in logs.
fn attempt(dir: &Path) {
    let logs = dir.join("workspace/logs");
    fs::create_dir_all(&logs).expect("a directory");
    fs::create_dir_all(dir.join("workspace/root/chunks/top:file")).expect("a directory");
    fs::write(dir.join("workspace/root/chunks/top:file/0"), [0, 159, 146, 150]).expect("a file");
    let steps = r#"{"v":1,"n":"7.1","ph":"b","ts":1000000,"mono":1,"pid":7,"tid":7,"kind":"op","op":"mkdir","args":{"path":"/top","mode":511},"via":"process","child_pid":8}
{"v":1,"n":"7.1","ph":"e","ts":1500000,"mono":2,"pid":7,"tid":7,"kind":"op","op":"mkdir","reply":{"retval":-1,"errno":17},"ok":false,"errno":17,"dur_us":500000}
{"v":1,"n":"7.2","ph":"i","ts":1600000,"mono":3,"pid":7,"tid":7,"kind":"assert","ok":false,"message":"left: -1, right: 0","file":"a.rs","line":3}
{"v":1,"n":"7.3","ph":"b","ts":1700000,"mono":4,"pid":7,"tid":7,"kind":"op","op":"read","args":{}}
"#;
    fs::write(dir.join("steps.jsonl"), steps).expect("a file");
    let mut noise = b"[1970-01-01 00:00:01.200000] [7|7] open(\"/top\") \x1b[31mred\x1b[0m\n".to_vec();
    noise.extend(b"\0\0\0\x1b[2J\x07 tab\t\xff\xfe \xe5\xad\x97\xe5\xad\x97 \xf0\x9f\x90\x92\n\r\n\n");
    noise.extend([b'x'; 70_000]);
    noise.extend(b"\nwithout an end");
    for name in [
        "stdout.log",
        "stderr.log",
        "workspace/logs/gkfs_daemon.log",
        "workspace/logs/gkfs_client.log",
    ] {
        fs::write(dir.join(name), &noise).expect("a file");
    }
}

const EVENTS: [&str; 7] = [
    r#"{"v":1,"seq":0,"ts":0,"mono":1000000,"kind":"run_started","run":"r","tests":3}"#,
    r#"{"v":1,"seq":1,"ts":0,"mono":1,"kind":"group_found","group":"g","source":"rust","path":"/s/main.rs"}"#,
    r#"{"v":1,"seq":2,"ts":0,"mono":1,"kind":"test_found","id":"g::a","group":"g","name":"a","file":"/s/main.rs","line":3,"tags":["quick"]}"#,
    r#"{"v":1,"seq":3,"ts":0,"mono":1,"kind":"test_found","id":"g::字\u001b[2J","group":"g","name":"字\u001b[2J","tags":[]}"#,
    r#"{"v":1,"seq":4,"ts":0,"mono":2,"kind":"attempt_started","id":"g::a","attempt":1,"dir":"tests/g/a/attempt-1","pid":1,"argv":[]}"#,
    r#"{"v":1,"seq":5,"ts":0,"mono":3,"kind":"test_finished","id":"g::a","status":"failed","attempts":1,"reason":"left: -1","duration_us":2345678}"#,
    r#"{"v":1,"seq":6,"ts":0,"mono":4,"kind":"group_found","group":"broken","source":"rust","path":"/s/b.rs","error":"error[E0425]\n --> b.rs:3:5"}"#,
];

struct Monkey {
    random: fastrand::Rng,
    state: State,
    keys: Vec<KeyEvent>,
}

impl Monkey {
    fn new(seed: u64, run: &Path) -> Monkey {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut state = State::new(Mode::Live, "monkey".to_owned());
        state.log_file = Some(run.join("none.log"));
        state.themes = EMBEDDED
            .iter()
            .filter_map(|(name, _)| Theme::embedded(name))
            .collect();
        state.settings.glyphs = if random.bool() {
            Glyphs::Ascii
        } else {
            Glyphs::Unicode
        };
        update(
            &mut state,
            Msg::RunOpened(Opened {
                id: "r".to_owned(),
                dir: run.to_owned(),
                stack: StackInfo::default(),
                live: true,
            }),
        );
        for event in EVENTS {
            let event: Event = serde_json::from_str(event).expect("an event");
            update(&mut state, Msg::Run(event));
        }
        Monkey {
            random,
            state,
            keys: keys(),
        }
    }

    fn key(&mut self) -> KeyEvent {
        match self.random.u8(..10) {
            0 => KeyEvent::from(KeyCode::Char(self.random.char(' '..'字'))),
            1 => KeyEvent::new(KeyCode::Char(self.random.alphanumeric()), KeyModifiers::CONTROL),
            _ => self.keys[self.random.usize(..self.keys.len())],
        }
    }

    fn act(&mut self) {
        let msg = match self.random.u8(..20) {
            0 => {
                let most = if self.random.bool() { (230, 70) } else { (30, 8) };
                Msg::Resize(self.random.u16(..most.0), self.random.u16(..most.1))
            }
            1 => Msg::Paste("a\tb\n字\u{1b}[31m".to_owned()),
            2 => Msg::Drill(drill::Msg::Poll),
            _ => Msg::Key(self.key()),
        };
        let effects = update(&mut self.state, msg);
        self.work(effects);
        let effects = settle(&mut self.state);
        self.work(effects);
    }

    /// Answers what is wished of the disk; nothing else happens.
    fn work(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Drill(effect) = effect {
                let loaded = drill::load(effect);
                let more = update(&mut self.state, Msg::Drill(loaded));
                self.work(more);
            }
        }
    }

    fn draw(&mut self) {
        let (mut columns, mut rows) = self.state.size;
        if self.random.u8(..10) == 0 {
            // The terminal has another size already.
            (columns, rows) = (self.random.u16(..99), self.random.u16(..40));
        }
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
        terminal
            .draw(|frame| view::draw(&self.state, frame))
            .expect("a frame");
        let cursor = terminal.backend_mut().get_cursor_position().expect("a cursor");
        let is_inside = cursor.x < columns.max(1) && cursor.y < rows.max(1);
        assert!(is_inside, "the cursor is at {cursor} of {columns}x{rows}");
        if self.state.settings.glyphs == Glyphs::Ascii {
            let mut cells = terminal.backend().buffer().content.iter();
            assert!(cells.all(|cell| cell.symbol().is_ascii()), "not ASCII");
        }
    }
}

/// Every key that does something, quitting and suspending too: they are only wishes here.
fn keys() -> Vec<KeyEvent> {
    let table: toml::Table = keymap::DEFAULT.parse().expect("the keys that ship");
    let keys = table.values().filter_map(|place| place.as_table());
    let keys = keys.flat_map(|place| place.keys().flat_map(|keys| keys.split(' ')));
    keys.map(|key| key.parse::<Chord>().expect("a key").into())
        .collect()
}

#[test]
fn whatever_is_pressed_at_whatever_size_nothing_panics() {
    let run = tempfile::tempdir().expect("a directory");
    attempt(&run.path().join("tests/g/a/attempt-1"));
    for seed in 0..8 {
        let mut monkey = Monkey::new(seed, run.path());
        let mut pressed = Vec::new();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..80 {
                monkey.act();
                pressed.push(monkey.state.size);
                monkey.draw();
            }
        }));
        assert!(
            outcome.is_ok(),
            "seed {seed}, after {} steps, at {:?}",
            pressed.len(),
            monkey.state.size
        );
    }
}
