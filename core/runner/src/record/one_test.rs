//! The record of a command that somebody else runs: a run of one group with one test.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{StackInfo, State, Writer, attempt_dir};
use crate::error::{Doing as _, RecordError};
use crate::event::{AttemptFinished, EventKind, SourceKind, TestFound};
use crate::settings::RunSettings;
use crate::status::{Outcome, Status, Summary};
use crate::{ByteString, Moment};

/// Written while the command runs; every verb that knows runs knows it.
#[derive(Debug)]
pub struct OneTest {
    writer: Writer,
    id: String,
    attempt: PathBuf,
}

impl OneTest {
    /// Makes the run's directory in `base`, with the attempt's in it: its `steps.jsonl` is the caller's.
    ///
    /// # Errors
    /// When something of it cannot be written.
    pub fn begin(
        base: &Path,
        group: &str,
        name: &str,
        argv: Vec<OsString>,
        stack: StackInfo,
    ) -> Result<Self, RecordError> {
        let base = std::path::absolute(base).doing("create", base)?;
        let here = std::env::current_dir().doing("create", &base)?;
        let words: Vec<ByteString> = argv.iter().map(|word| word.as_os_str().into()).collect();
        let exe = argv.first().map(PathBuf::from).unwrap_or_default();
        let settings = RunSettings {
            argv,
            ..RunSettings::new(base, here.clone(), stack, exe, Vec::new())
        };
        let mut writer = Writer::create(&settings, Moment::now())?;
        let (id, dir) = (format!("{group}::{name}"), attempt_dir(group, name, 1));
        let attempt = writer.dir().join(&dir);
        fs::create_dir_all(&attempt).doing("create", &attempt)?;
        for output in ["stdout.log", "stderr.log"] {
            let path = attempt.join(output);
            File::create(&path).doing("create", &path)?;
        }
        let found = TestFound {
            id: id.clone(),
            group: group.to_owned(),
            name: name.to_owned(),
            file: None,
            line: None,
            tags: Vec::new(),
            ignored: false,
            deselected: false,
        };
        let run = writer.id().to_owned();
        for kind in [
            EventKind::RunStarted { run, tests: 1 },
            EventKind::GroupFound {
                group: group.to_owned(),
                source: SourceKind::Script,
                path: here.as_path().into(),
                error: None,
            },
            EventKind::TestFound(found),
            EventKind::AttemptStarted {
                id: id.clone(),
                attempt: 1,
                dir,
                pid: std::process::id(),
                argv: words,
            },
        ] {
            writer.event(Moment::now(), kind).1?;
        }
        Ok(Self { writer, id, attempt })
    }

    /// The attempt's directory.
    #[must_use]
    pub fn attempt(&self) -> &Path {
        &self.attempt
    }

    /// Says how the command ended: well, or for this reason. Returns the run's directory.
    ///
    /// # Errors
    /// When something of it cannot be written.
    pub fn finish(
        mut self,
        exit: i32,
        reason: Option<String>,
        took: Duration,
    ) -> Result<PathBuf, RecordError> {
        let duration_us = took.as_micros() as u64;
        let (outcome, status) = match reason {
            None => (Outcome::Passed, Status::Passed),
            Some(_) => (Outcome::Failed, Status::Failed),
        };
        let mut summary = Summary::default();
        summary.add(status);
        let exit_code = u8::from(status.is_bad());
        let finished = AttemptFinished {
            id: self.id.clone(),
            attempt: 1,
            outcome,
            reason: reason.clone(),
            exit: Some(exit),
            signal: None,
            duration_us,
            leaked: Vec::new(),
            load: None,
        };
        for kind in [
            EventKind::AttemptFinished(finished),
            EventKind::TestFinished {
                id: self.id.clone(),
                status,
                attempts: 1,
                reason,
                duration_us,
            },
            EventKind::RunFinished { summary, exit_code },
        ] {
            self.writer.event(Moment::now(), kind).1?;
        }
        let dir = self.writer.dir().to_owned();
        self.writer.finish(State::Finished, summary, exit_code)?;
        Ok(dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    #[test]
    fn it_is_opened_as_every_run_is() {
        let base = tempfile::tempdir().unwrap();
        let words = vec!["program".into(), "word".into()];
        let one = OneTest::begin(base.path(), "fuse", "trace", words, StackInfo::default()).unwrap();
        fs::write(one.attempt().join("steps.jsonl"), "").unwrap();
        let dir = one
            .finish(7, Some("exit status 7".into()), Duration::from_millis(3))
            .unwrap();
        let record = Record::open(&dir).unwrap();
        assert_eq!(record.file.exit_code, Some(1));
        assert_eq!((record.file.summary.failed, record.file.summary.total), (1, 1));
        assert!(dir.join("tests/fuse/trace/attempt-1/steps.jsonl").exists());
    }
}
