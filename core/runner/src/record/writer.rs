//! Writing a run down while it happens.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::run_file::{RunFile, State, Suite};
use super::runs::Runs;
use crate::error::{Doing as _, RecordError};
use crate::event::{Event, EventKind, VERSION};
use crate::record::{Host, RunnerProcess};
use crate::settings::RunSettings;
use crate::status::Summary;
use crate::{ByteString, Moment};

/// A line over this many bytes may not be written whole by one write.
const LONGEST_LINE: usize = 64 * 1024;

/// The open record of a run.
#[derive(Debug)]
pub(crate) struct Writer {
    dir: PathBuf,
    file: RunFile,
    events: File,
    seq: u64,
    /// Whether the last line was cut short; the next one must not grow out of it.
    torn: bool,
}

impl Writer {
    /// Makes the run's directory with its first `run.json`, and points `last` at it.
    pub(crate) fn create(settings: &RunSettings, started: Moment) -> Result<Self, RecordError> {
        let runs = Runs::new(&settings.base).dir();
        fs::create_dir_all(&runs).doing("create", &runs)?;
        let ignore = settings.base.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").doing("write", &ignore)?;
        }
        let (id, dir) = create_dir(&runs, started)?;
        let path = dir.join("events.jsonl");
        let events = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)
            .doing("create", &path)?;
        let file = describe(id, settings, started);
        let writer = Self {
            dir,
            file,
            events,
            seq: 0,
            torn: false,
        };
        writer.put()?;
        point_last(&runs, &writer.file.id)?;
        Ok(writer)
    }

    pub(crate) fn id(&self) -> &str {
        &self.file.id
    }

    pub(crate) fn cookie(&self) -> &str {
        &self.file.cookie
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Gives an event its number and writes it down. The event is made in any case: those who watch see it even when
    /// the disk is full.
    pub(crate) fn event(&mut self, at: Moment, kind: EventKind) -> (Event, Result<(), RecordError>) {
        let event = Event {
            v: VERSION,
            seq: self.seq,
            at,
            kind,
        };
        self.seq += 1;
        let written = self.append(&event);
        (event, written)
    }

    fn append(&mut self, event: &Event) -> Result<(), RecordError> {
        let path = self.dir.join("events.jsonl");
        let json = serde_json::to_vec(event)
            .map_err(io::Error::from)
            .doing("write", &path)?;
        let line = [if self.torn { &b"\n"[..] } else { b"" }, &json, b"\n"].concat();
        if line.len() > LONGEST_LINE {
            let why = format!(
                "event {} has {} bytes, over the {LONGEST_LINE} of a line",
                event.seq,
                line.len()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, why)).doing("write", &path);
        }
        // One write: a reader never sees half a line of ours before another's. A short one means a full disk.
        let written = self.events.write(&line).doing("write", &path)?;
        self.torn = written < line.len();
        if self.torn {
            Err(io::ErrorKind::StorageFull.into()).doing("write", &path)
        } else {
            Ok(())
        }
    }

    /// Notes what the stack turned out to be able to do, for the end's `run.json`.
    pub(crate) fn found(&mut self, caps: Vec<String>) {
        self.file.stack.caps = caps;
    }

    /// Writes the end into `run.json`.
    pub(crate) fn finish(mut self, state: State, summary: Summary, exit_code: u8) -> Result<(), RecordError> {
        self.file.state = state;
        self.file.summary = summary;
        self.file.exit_code = Some(exit_code);
        self.file.ended_ts = Some(Moment::now().ts);
        self.put()
    }

    fn put(&self) -> Result<(), RecordError> {
        let path = self.dir.join("run.json");
        let new = self.dir.join("run.json.new");
        let json = serde_json::to_vec_pretty(&self.file)
            .map_err(io::Error::from)
            .doing("write", &path)?;
        fs::write(&new, json).doing("write", &new)?;
        fs::rename(&new, &path).doing("write", &path)
    }
}

#[cfg(test)]
impl Writer {
    /// From now on every event meets a full disk.
    pub(crate) fn fill_disk(&mut self) {
        self.events = OpenOptions::new()
            .append(true)
            .open("/dev/full")
            .expect("/dev/full");
    }
}

/// Makes a directory that is named after the start, with a random end that keeps two runs of one second apart.
fn create_dir(runs: &Path, started: Moment) -> Result<(String, PathBuf), RecordError> {
    const TRIES: u32 = 100;
    let second = jiff::Timestamp::from_microsecond(started.ts).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let mut tried = 0;
    loop {
        let id = format!("{}-{:04x}", second.strftime("%Y%m%dT%H%M%SZ"), random() as u16);
        let dir = runs.join(&id);
        match fs::create_dir(&dir) {
            Ok(()) => return Ok((id, dir)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tried < TRIES => tried += 1,
            Err(error) => return Err(error).doing("create", &dir),
        }
    }
}

/// The standard library's only source of random bits: the keys of its hash maps.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn point_last(runs: &Path, id: &str) -> Result<(), RecordError> {
    let last = runs.join("last");
    let new = runs.join(format!(".last-{id}"));
    symlink(id, &new).doing("create", &new)?;
    fs::rename(&new, &last).doing("write", &last)
}

fn describe(id: String, settings: &RunSettings, started: Moment) -> RunFile {
    RunFile {
        v: VERSION,
        id,
        state: State::Running,
        started_ts: started.ts,
        ended_ts: None,
        exit_code: None,
        argv: settings
            .argv
            .iter()
            .map(|arg| ByteString::from(arg.as_os_str()))
            .collect(),
        cwd: settings.cwd.as_path().into(),
        suite: Suite {
            root: settings.suite_root.as_path().into(),
            config: settings.suite_config.as_deref().map(ByteString::from),
        },
        selection: settings.selection.clone(),
        host: Host::this(),
        runner: RunnerProcess::this(),
        cookie: format!("gkfs-{:016x}", random()),
        stack: settings.stack.clone(),
        summary: Summary::default(),
    }
}
