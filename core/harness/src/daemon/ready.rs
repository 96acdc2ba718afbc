//! Readiness: the daemon's own line in its log, seen when it is written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Instant;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

use crate::process::{Process, wait_readable};

/// What a daemon writes when it serves.
const READY: &[u8] = b"Startup successful. Daemon is ready.";

/// How the wait ended.
#[derive(Debug)]
pub(super) enum Readiness {
    /// It serves.
    Ready,
    /// It ended instead.
    Died(ExitStatus),
    /// It did neither in time.
    TimedOut,
}

/// Watches a log from before its daemon starts.
#[derive(Debug)]
pub(super) struct LogWatch {
    events: Events,
    path: PathBuf,
    /// Up to here the log is known, or another daemon's.
    read: u64,
    /// The end of what was read, in which the line may have begun.
    carry: Vec<u8>,
}

impl LogWatch {
    /// Begins to watch the directory of `log`, which need not exist.
    pub(super) fn begin(log: &Path) -> io::Result<Self> {
        let events = Events::of(log.parent().unwrap_or(Path::new(".")))?;
        let read = log.metadata().map_or(0, |metadata| metadata.len());
        Ok(Self {
            events,
            path: log.to_owned(),
            read,
            carry: Vec::new(),
        })
    }

    /// Waits for the line, the daemon's end, or the deadline.
    pub(super) fn wait(mut self, process: &mut Process, deadline: Instant) -> io::Result<Readiness> {
        loop {
            if self.has_line()? {
                return Ok(Readiness::Ready);
            }
            if let Some(status) = process.try_wait()? {
                return Ok(Readiness::Died(status));
            }
            if wait_readable(&[self.events.descriptor(), process.pidfd()], deadline)? == 0 {
                return Ok(Readiness::TimedOut);
            }
            self.events.drain()?;
        }
    }

    fn has_line(&mut self) -> io::Result<bool> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() < self.read {
            // It began its log anew.
            self.read = 0;
            self.carry.clear();
        }
        file.seek(SeekFrom::Start(self.read))?;
        self.read += file.read_to_end(&mut self.carry)? as u64;
        if self.carry.windows(READY.len()).any(|window| window == READY) {
            return Ok(true);
        }
        let unneeded = self.carry.len().saturating_sub(READY.len());
        self.carry.drain(..unneeded);
        Ok(false)
    }
}

/// An inotify descriptor.
#[derive(Debug)]
pub(super) struct Events(Option<OwnedFd>);

impl Events {
    /// Those of the files in `directory`, when they appear and grow.
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        let events = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let wanted = WatchFlags::CREATE | WatchFlags::MODIFY | WatchFlags::MOVED_TO;
        inotify::add_watch(&events, directory, wanted)?;
        Ok(Self(Some(events)))
    }

    /// Can be read when something happened.
    pub(super) fn descriptor(&self) -> &OwnedFd {
        self.0.as_ref().expect("it is closed when this is dropped")
    }

    /// Forgets what happened.
    pub(super) fn drain(&self) -> io::Result<()> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(self.descriptor(), &mut buffer);
        loop {
            match reader.next() {
                Ok(_) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Events {
    /// Closes it elsewhere: the kernel lets a close wait until nobody can look at the watches any more, several
    /// milliseconds, which is longer than a daemon takes to get ready.
    fn drop(&mut self) {
        let events = self.0.take();
        let thread = std::thread::Builder::new()
            .name("unwatch".into())
            .stack_size(64 * 1024);
        // Without a thread it is closed here and now.
        let _: io::Result<_> = thread.spawn(move || drop(events));
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;
    use crate::process::Spawner;

    fn wait(log: &Path, script: &str, patience: Duration) -> Readiness {
        let watch = LogWatch::begin(log).unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).env("LOG", log);
        let spawner = Spawner::new().unwrap();
        let mut process = spawner.spawn(command, true).unwrap();
        watch.wait(&mut process, Instant::now() + patience).unwrap()
    }

    #[test]
    fn the_line_is_found_even_when_written_in_pieces() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let script = "echo before > $LOG; printf 'Startup succ' >> $LOG; \
                      echo 'essful. Daemon is ready.' >> $LOG; exec sleep 1000";
        assert!(matches!(
            wait(&log, script, Duration::from_secs(20)),
            Readiness::Ready
        ));
    }

    #[test]
    fn an_earlier_daemons_line_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        std::fs::write(&log, READY).unwrap();
        assert!(
            matches!(wait(&log, "exit 3", Duration::from_secs(20)), Readiness::Died(s) if s.code() == Some(3))
        );
    }

    #[test]
    fn a_daemon_that_never_gets_ready_is_not_waited_for_longer() {
        let dir = tempfile::tempdir().unwrap();
        let outcome = wait(
            &dir.path().join("log"),
            "exec sleep 1000",
            Duration::from_millis(50),
        );
        assert!(matches!(outcome, Readiness::TimedOut));
    }
}
