//! What cargo prints, told while it is printed. Its own words go to standard error, the compiler's to standard output as
//! JSON.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cargo_metadata::Message;
use tokio::time::sleep;

use super::Listener;

/// How often the outputs are looked at.
const LISTEN: Duration = Duration::from_millis(100);
/// How much is read at once.
const MOST: usize = 256 << 10;

/// How far outputs were told.
pub(super) struct Heard<'a> {
    listener: &'a Listener,
    stdout: PathBuf,
    stderr: PathBuf,
    /// How far they were read, in bytes.
    read: (u64, u64),
    /// The line of standard output that has no end yet.
    open: Vec<u8>,
}

impl<'a> Heard<'a> {
    pub(super) fn new(listener: &'a Listener, stdout: &Path, stderr: &Path) -> Heard<'a> {
        Heard {
            listener,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            read: (0, 0),
            open: Vec::new(),
        }
    }

    /// Tells what is printed until a command ends.
    pub(super) async fn until<T>(mut self, end: impl Future<Output = T>) -> T {
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                ended = &mut end => {
                    self.look();
                    return ended;
                }
                () = sleep(LISTEN) => self.look(),
            }
        }
    }

    /// Tells what has come since. A file that cannot be read has nothing to say.
    fn look(&mut self) {
        let (listener, open) = (self.listener, &mut self.open);
        news(&self.stderr, &mut self.read.1, |bytes| {
            listener.say(&String::from_utf8_lossy(bytes));
        });
        news(&self.stdout, &mut self.read.0, |bytes| {
            open.extend_from_slice(bytes);
            while let Some(end) = open.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = open.drain(..=end).collect();
                if let Some(text) = message(&line) {
                    listener.say(&text);
                }
            }
        });
    }
}

/// Reads what has come to a file.
fn news(path: &Path, from: &mut u64, mut tell: impl FnMut(&[u8])) {
    let Ok(file) = File::open(path) else { return };
    let mut bytes = vec![0; MOST];
    while let Ok(count @ 1..) = file.read_at(&mut bytes, *from) {
        *from += count as u64;
        tell(&bytes[..count]);
    }
}

/// Returns what the compiler says in a line of JSON, if it is the compiler who speaks there.
fn message(line: &[u8]) -> Option<String> {
    match serde_json::from_slice(line).ok()? {
        Message::CompilerMessage(of) => Some(of.message.rendered.unwrap_or(of.message.message)),
        _ => None,
    }
}
