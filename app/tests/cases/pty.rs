//! The session in a real terminal: it opens, runs, is looked at, ends, and leaves nothing.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::bed::Bed;

/// Far longer than anything here takes, on a machine with much else to do.
const DEADLINE: Duration = Duration::from_secs(120);
const SIZE: PtySize = PtySize {
    rows: 24,
    cols: 110,
    pixel_width: 0,
    pixel_height: 0,
};

/// The command in a terminal.
struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// How the terminal was set before.
    modes: String,
}

impl Session {
    fn open(bed: &Bed, words: &[&str]) -> Session {
        let pty = native_pty_system().openpty(SIZE).expect("a pty");
        let modes = format!("{:?}", pty.master.get_termios());
        let like = bed.command(words);
        let mut command = CommandBuilder::new(like.get_program());
        command.env_clear();
        command.args(like.get_args());
        command.cwd(like.get_current_dir().expect("a directory"));
        for (name, value) in like.get_envs() {
            command.env(name, value.expect("a value"));
        }
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).expect("the command starts");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(SIZE.rows, SIZE.cols, 0)));
        let mut output = pty.master.try_clone_reader().expect("a reader");
        let parser = screen.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A pty whose last user is gone reads as an error.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                parser.lock().expect("no panic").process(&bytes[..count]);
            }
        });
        Session {
            keys: pty.master.take_writer().expect("a writer"),
            master: pty.master,
            child,
            screen,
            modes,
        }
    }

    fn text(&self) -> String {
        self.screen.lock().expect("no panic").screen().contents()
    }

    /// Waits until the screen is as wanted.
    fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !wanted(&self.text()) {
            let ended = self.child.try_wait().expect("a child").is_some();
            let lives = !ended && began.elapsed() < DEADLINE;
            assert!(lives, "no {what} on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a terminal");
        self.keys.flush().expect("a terminal");
    }

    /// Waits for its end, and returns its exit status.
    fn end(&mut self) -> u32 {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.exit_code();
            }
            assert!(began.elapsed() < DEADLINE, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the terminal is as programs expect to find it.
    fn is_restored(&self) -> bool {
        let parser = self.screen.lock().expect("no panic");
        let screen = parser.screen();
        let modes = format!("{:?}", self.master.get_termios());
        assert!(modes.contains("Some"), "no modes: {modes}");
        let shown = !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste();
        shown && modes == self.modes
    }
}

impl Session {
    /// The process has ended, but its last bytes may still be on their way to us.
    fn gives_the_terminal_back(&self) {
        let began = Instant::now();
        while !self.is_restored() {
            assert!(began.elapsed() < DEADLINE, "the terminal is not as it was");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed must not leave it behind.
        let _ = self.child.kill();
    }
}

/// Returns the processes that know of the bed: what a session leaves behind.
fn left_behind(bed: &Bed) -> Vec<String> {
    let home = bed.cwd().parent().expect("the bed").join("home");
    let home = home.to_str().expect("utf-8").as_bytes().to_owned();
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let knows = processes.filter(|entry| {
        let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        environ.windows(home.len()).any(|part| part == home)
    });
    let name = |path: std::path::PathBuf| std::fs::read_to_string(path.join("cmdline")).unwrap_or_default();
    knows.map(|entry| name(entry.path()).replace('\0', " ")).collect()
}

fn nothing_is_left(bed: &Bed) {
    let began = Instant::now();
    while !left_behind(bed).is_empty() {
        assert!(began.elapsed() < DEADLINE, "left behind: {:?}", left_behind(bed));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_session_runs_tests_and_gives_the_terminal_back() {
    let bed = Bed::new();
    bed.script("smoke/good.sh", "exit 0");
    bed.script("smoke/bad.sh", "echo no space left >&2; exit 1");
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good") && text.contains("bad"));
    session.press("a");
    session.wait("result", |text| {
        text.contains("failed 2 in") && text.contains("✓ good")
    });
    assert!(session.text().contains("✗ bad"), "{}", session.text());
    session.press("/goo\r");
    session.wait("filter", |text| {
        text.contains("✓ good") && !text.contains("✗ bad")
    });
    session.press("\x1b");
    session.wait("all tests again", |text| text.contains("✗ bad"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
    nothing_is_left(&bed);

    // What was run can be looked at again, and only looked at.
    let mut session = Session::open(&bed, &["open"]);
    session.wait("record", |text| text.contains("✗ bad") && text.contains("✓ good"));
    session.press("a");
    session.wait("refusal", |text| text.contains("this is a recorded run"));
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}

#[test]
fn a_session_told_to_end_ends_what_runs() {
    let bed = Bed::new();
    bed.script("slow/sleeps.sh", "sleep 1000");
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("sleeps"));
    session.press("a");
    session.wait("running test", |text| text.contains("▶ sleeps"));
    let pid = session.child.process_id().expect("a pid");
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    session.end();
    session.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn a_change_reruns_the_script_that_it_touches() {
    let bed = Bed::new();
    bed.script("smoke/one.sh", "exit 0");
    bed.script("smoke/two.sh", "exit 0");
    let mut session = Session::open(&bed, &["watch", "--stack", "plain"]);
    session.wait("watch", |text| text.contains("watching") && text.contains("one"));
    session.press("a");
    session.wait("result", |text| text.contains("passed 2 in"));
    // As editors and `sed -i` do it; what was beside the script for a moment touches nothing.
    bed.script("smoke/saving", "exit 1");
    let smoke = bed.cwd().join("smoke");
    std::fs::rename(smoke.join("saving"), smoke.join("one.sh")).expect("the same directory");
    session.wait("rerun", |text| {
        text.contains("✗ one") && text.contains("failed 1 in")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}
