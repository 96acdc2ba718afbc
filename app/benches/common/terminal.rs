//! A terminal that notes when its pixels changed: a real pty, and the screen that a terminal would show.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::suite::Suite;

/// What can go wrong in a measurement ends it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Columns and rows, as the budgets name them.
pub(crate) const SIZE: (u16, u16) = (200, 50);

/// What ends a frame: terminals show all of it at once.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l";

/// Whether the screen is as wanted.
type Wanted = Box<dyn Fn(&vt100::Screen) -> bool + Send>;

/// What the reading thread and the measurement share.
struct Seen {
    parser: vt100::Parser,
    bytes: u64,
    frames: u64,
    waiting: Option<(Wanted, Sender<Instant>)>,
    /// The last bytes, in case an end of a frame came in two parts.
    tail: VecDeque<u8>,
}

/// A program in a terminal.
pub(crate) struct Terminal {
    /// When it was started.
    pub(crate) began: Instant,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Opens the workbench on a suite.
    pub(crate) fn open(suite: &Suite, words: &[&str]) -> Result<Terminal> {
        let argv: Vec<&str> = [super::suite::EXE].iter().chain(words).copied().collect();
        Terminal::start(suite, &argv)
    }

    /// Starts any program in a suite.
    pub(crate) fn start(suite: &Suite, argv: &[&str]) -> Result<Terminal> {
        let (cols, rows) = SIZE;
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(argv[0]);
        command.args(&argv[1..]);
        command.env_clear();
        command.cwd(suite.dir());
        suite
            .environment()
            .into_iter()
            .for_each(|(name, value)| command.env(name, value));
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(rows, cols, 0),
            bytes: 0,
            frames: 0,
            waiting: None,
            tail: VecDeque::new(),
        }));
        let mut output = pty.master.try_clone_reader()?;
        let keys = pty.master.take_writer()?;
        let began = Instant::now();
        let child = pty.slave.spawn_command(command)?;
        let reading = seen.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 64 * 1024];
            // A terminal whose last program is gone reads as an error.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let at = Instant::now();
                lock(&reading).take(&bytes[..count], at);
            }
        });
        Ok(Terminal {
            began,
            child,
            keys,
            seen,
            _master: pty.master,
        })
    }

    /// Waits until the screen is as wanted, and returns since when.
    pub(crate) fn wait(
        &self,
        what: &str,
        wanted: impl Fn(&vt100::Screen) -> bool + Send + 'static,
    ) -> Result<Instant> {
        self.until(Duration::from_secs(60), wanted)
            .ok_or_else(|| format!("no {what} within a minute on:\n{}", self.text()).into())
    }

    /// Waits until the screen is as wanted, for so long; `None` if it is not.
    pub(crate) fn until(
        &self,
        deadline: Duration,
        wanted: impl Fn(&vt100::Screen) -> bool + Send + 'static,
    ) -> Option<Instant> {
        let changed = self.expect(wanted);
        let at = changed.recv_timeout(deadline).ok();
        lock(&self.seen).waiting = None;
        at
    }

    /// Notes when the screen becomes as wanted, from now on.
    pub(crate) fn expect(
        &self,
        wanted: impl Fn(&vt100::Screen) -> bool + Send + 'static,
    ) -> Receiver<Instant> {
        let (out, changed) = channel();
        let mut seen = lock(&self.seen);
        if wanted(seen.parser.screen()) {
            // Whoever waits is still there: it is this thread.
            let _ = out.send(Instant::now());
        } else {
            seen.waiting = Some((Box::new(wanted), out));
        }
        changed
    }

    /// Presses keys; returns when.
    pub(crate) fn press(&mut self, keys: &str) -> Result<Instant> {
        let at = Instant::now();
        self.keys.write_all(keys.as_bytes())?;
        self.keys.flush()?;
        Ok(at)
    }

    /// Presses keys, and returns how long it takes until the screen is as wanted.
    pub(crate) fn answer(
        &mut self,
        keys: &str,
        wanted: impl Fn(&vt100::Screen) -> bool + Send + 'static,
    ) -> Result<Duration> {
        let changed = self.expect(wanted);
        let at = self.press(keys)?;
        let changed = changed.recv_timeout(Duration::from_secs(30));
        let changed = changed.map_err(|_| format!("no answer to {keys:?} on:\n{}", self.text()))?;
        Ok(changed.saturating_duration_since(at))
    }

    /// Returns what is on the screen.
    pub(crate) fn text(&self) -> String {
        lock(&self.seen).parser.screen().contents()
    }

    /// Returns how many bytes and frames were written to it.
    pub(crate) fn written(&self) -> (u64, u64) {
        let seen = lock(&self.seen);
        (seen.bytes, seen.frames)
    }

    /// The program's process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or(0)
    }

    /// Waits for the program's end.
    pub(crate) fn end(&mut self) -> Result<()> {
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > Duration::from_secs(60) {
                return Err(format!("it does not end:\n{}", self.text()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    fn take(&mut self, bytes: &[u8], at: Instant) {
        self.parser.process(bytes);
        self.bytes += bytes.len() as u64;
        self.tail.extend(bytes);
        let ends = memchr::memmem::find_iter(self.tail.make_contiguous(), END_OF_FRAME).count();
        self.frames += ends as u64;
        // A program that knows no frames shows what it writes at once.
        if ends > 0 || self.frames == 0 {
            self.tell(at);
        }
        if ends > 0 && self.tail.make_contiguous().ends_with(END_OF_FRAME) {
            self.tail.clear();
        }
        let keep = self.tail.len().min(END_OF_FRAME.len() - 1);
        self.tail.drain(..self.tail.len() - keep);
    }

    fn tell(&mut self, at: Instant) {
        let screen = self.parser.screen();
        if let Some((_, out)) = self.waiting.take_if(|(wanted, _)| wanted(screen)) {
            // Whoever waited may have given up.
            let _ = out.send(at);
        }
    }
}
