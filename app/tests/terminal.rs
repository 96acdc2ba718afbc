//! A real terminal around a command: keys in, a screen out, and how both are left.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;

/// Far longer than anything here takes, on a machine with much else to do.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The command in a terminal.
pub(crate) struct Session {
    /// `None` once the terminal is gone.
    master: Option<Box<dyn MasterPty + Send>>,
    pub(crate) child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    reader: Option<JoinHandle<()>>,
    /// Whether the reader is to let go of the terminal.
    gone: Arc<AtomicBool>,
    output: Arc<Mutex<Output>>,
    /// How the terminal was set before.
    modes: String,
}

/// All that came out.
struct Output {
    parser: vt100::Parser,
    /// As it came, for what no screen shows.
    bytes: Vec<u8>,
}

impl Session {
    pub(crate) fn open(bed: &Bed, words: &[&str]) -> Session {
        Session::of(builder(&bed.command(words)))
    }

    pub(crate) fn of(command: CommandBuilder) -> Session {
        let pty = native_pty_system().openpty(size(110, 24)).expect("a pty");
        let modes = format!("{:?}", pty.master.get_termios());
        let child = pty.slave.spawn_command(command).expect("the command starts");
        let output = Arc::new(Mutex::new(Output {
            parser: vt100::Parser::new(24, 110, 0),
            bytes: Vec::new(),
        }));
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let (into, gone) = (output.clone(), Arc::new(AtomicBool::new(false)));
        let is_gone = gone.clone();
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A pty whose last user is gone reads as an error.
            while let Ok(count @ 1..) = reader.read(&mut bytes)
                && !is_gone.load(Ordering::SeqCst)
            {
                let mut output = into.lock().expect("no panic");
                output.parser.process(&bytes[..count]);
                output.bytes.extend_from_slice(&bytes[..count]);
            }
        });
        Session {
            keys: Some(pty.master.take_writer().expect("a writer")),
            master: Some(pty.master),
            child,
            reader: Some(reader),
            gone,
            output,
            modes,
        }
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.output.lock().expect("no panic")
    }

    pub(crate) fn text(&self) -> String {
        self.output().parser.screen().contents()
    }

    /// Returns all that came out so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.output().bytes.clone()
    }

    /// Whether anything on the screen has a colour.
    pub(crate) fn has_colours(&self) -> bool {
        let output = self.output();
        let screen = output.parser.screen();
        let (rows, columns) = screen.size();
        let mut cells =
            (0..rows).flat_map(|row| (0..columns).filter_map(move |column| screen.cell(row, column)));
        cells.any(|cell| cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default)
    }

    /// Its last words may still be on their way to us when it has ended.
    pub(crate) fn wait_for_the_end_of_its_words(&self, words: &str) {
        let began = Instant::now();
        while !self.text().contains(words) {
            assert!(began.elapsed() < DEADLINE, "no `{words}` on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether a full-screen program shows something.
    pub(crate) fn is_alternate(&self) -> bool {
        self.output().parser.screen().alternate_screen()
    }

    /// Waits until the screen is as wanted.
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !wanted(&self.text()) {
            let ended = self.child.try_wait().expect("a child").is_some();
            let lives = !ended && began.elapsed() < DEADLINE;
            assert!(lives, "no {what} on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        let terminal = self.keys.as_mut().expect("a terminal");
        terminal.write_all(keys.as_bytes()).expect("a terminal");
        terminal.flush().expect("a terminal");
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.output()
            .parser
            .screen_mut()
            .set_size(rows.max(1), columns.max(1));
        let master = self.master.as_ref().expect("a terminal");
        master.resize(size(columns, rows)).expect("a terminal");
    }

    pub(crate) fn pid(&self) -> Pid {
        let pid = self.child.process_id().expect("a pid");
        Pid::from_raw(pid.cast_signed()).expect("a pid")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    /// Takes the terminal away, as a closed window or a lost connection does.
    pub(crate) fn hang_up(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
        // The reader holds the terminal too; it wakes up for the frame that follows.
        self.resize(100, 20);
        let reader = self.reader.take().expect("a terminal");
        reader.join().expect("no panic");
        self.keys = None;
        self.master = None;
    }

    /// Waits for its end, and returns its exit status.
    pub(crate) fn end(&mut self) -> u32 {
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
    pub(crate) fn is_restored(&self) -> bool {
        let output = self.output();
        let screen = output.parser.screen();
        let master = self.master.as_ref().expect("a terminal");
        let modes = format!("{:?}", master.get_termios());
        assert!(modes.contains("Some"), "no modes: {modes}");
        let shown = !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste();
        let mouse = screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
        shown && !mouse && modes == self.modes
    }

    /// The process has ended, but its last bytes may still be on their way to us.
    pub(crate) fn gives_the_terminal_back(&self) {
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

/// Returns the same command for a terminal.
pub(crate) fn builder(like: &std::process::Command) -> CommandBuilder {
    let mut command = CommandBuilder::new(like.get_program());
    command.env_clear();
    command.args(like.get_args());
    command.cwd(like.get_current_dir().expect("a directory"));
    for (name, value) in like.get_envs() {
        command.env(name, value.expect("a value"));
    }
    command.env("TERM", "xterm-256color");
    command
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
    let name = |path: &Path| std::fs::read_to_string(path.join("cmdline")).unwrap_or_default();
    knows
        .map(|entry| name(&entry.path()).replace('\0', " "))
        .collect()
}

pub(crate) fn nothing_is_left(bed: &Bed) {
    let began = Instant::now();
    while !left_behind(bed).is_empty() {
        assert!(began.elapsed() < DEADLINE, "left behind: {:?}", left_behind(bed));
        std::thread::sleep(Duration::from_millis(20));
    }
}
