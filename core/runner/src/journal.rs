//! Where a run's events go: into the record, and to whoever listens.

use std::collections::HashSet;
use std::fs;

use tokio::sync::mpsc;

use crate::event::{Event, EventKind, Level};
use crate::filter::Plan;
use crate::record::{State, Writer, encode};
use crate::settings::Change;
use crate::status::Summary;
use crate::words::cut;
use crate::{ByteString, Moment, RecordError};

/// The longest text in an event, in bytes, so that its line stays within the record's limit.
const LONGEST_TEXT: usize = 16 * 1024;
/// How many changed files are named, for the same reason: a checkout of a branch changes thousands.
const MOST_PATHS: usize = 12;

/// Writes events down and passes them on, in this order.
pub(crate) struct Journal {
    writer: Writer,
    out: mpsc::UnboundedSender<Event>,
    broken: bool,
}

impl Journal {
    pub(crate) fn new(writer: Writer, out: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            writer,
            out,
            broken: false,
        }
    }

    /// An event of now.
    pub(crate) fn now(&mut self, kind: EventKind) {
        self.emit(Moment::now(), kind);
    }

    /// A notice of now.
    pub(crate) fn notice(&mut self, level: Level, text: String) {
        self.now(EventKind::Notice {
            level,
            text: cut(text, LONGEST_TEXT),
        });
    }

    fn emit(&mut self, at: Moment, kind: EventKind) {
        let (event, written) = self.writer.event(at, shortened(kind));
        // Nobody has to listen.
        let _ = self.out.send(event);
        if let Err(error) = written
            && !self.broken
        {
            // Said once; a full disk would have us say it for each event.
            self.broken = true;
            self.notice(
                Level::Error,
                format!("the record of this run is incomplete: {error}"),
            );
        }
    }

    /// The first events: that the run began, which change asked for it, and, with their own times, what discovery went
    /// through.
    pub(crate) fn announce(&mut self, plan: &mut Plan, change: Option<&Change>) {
        let log = std::mem::take(&mut plan.discovery.log);
        let began = log.first().map_or_else(Moment::now, |(at, _)| *at);
        let run = self.writer.id().to_owned();
        self.emit(
            began,
            EventKind::RunStarted {
                run,
                tests: plan.tests.len() as u64,
            },
        );
        if let Some(change) = change {
            let paths = change.paths.iter().take(MOST_PATHS);
            let paths = paths.map(|path| path.as_path().into()).collect();
            self.emit(change.at, EventKind::Change { paths });
        }
        let selected: HashSet<&str> = plan
            .tests
            .iter()
            .map(|&at| plan.discovery.tests[at].id.as_str())
            .collect();
        for (at, mut kind) in log {
            match &mut kind {
                EventKind::TestFound(test) => test.deselected = !selected.contains(test.id.as_str()),
                EventKind::BuildFinished {
                    group,
                    log: Some(log),
                    ..
                } => self.keep_log(group, log),
                _ => {}
            }
            self.emit(at, kind);
        }
    }

    /// Takes what a build printed into the record, so that the run can be carried away whole.
    fn keep_log(&self, group: &str, log: &mut ByteString) {
        let kept = format!("build/{}.log", encode(group));
        let dir = self.writer.dir();
        let copied =
            fs::create_dir_all(dir.join("build")).and_then(|()| fs::copy(log.to_path(), dir.join(&kept)));
        if copied.is_ok() {
            *log = kept.as_str().into();
        }
    }

    /// What the stack turned out to be able to do stands in the end of the record.
    pub(crate) fn found(&mut self, caps: Vec<String>) {
        self.writer.found(caps);
    }

    /// The last event, and the end of the record.
    pub(crate) fn finish(mut self, state: State, summary: Summary, exit_code: u8) -> Result<(), RecordError> {
        self.now(EventKind::RunFinished { summary, exit_code });
        self.writer.finish(state, summary, exit_code)
    }
}

/// Cuts what tests and compilers wrote to what fits into a line.
fn shortened(mut kind: EventKind) -> EventKind {
    let text = match &mut kind {
        EventKind::GroupFound { error, .. } => error,
        EventKind::AttemptFinished(finished) => &mut finished.reason,
        EventKind::TestFinished { reason, .. } => reason,
        EventKind::AttemptHeld { reason, .. } => {
            *reason = cut(std::mem::take(reason), LONGEST_TEXT);
            return kind;
        }
        _ => return kind,
    };
    *text = text.take().map(|text| cut(text, LONGEST_TEXT));
    kind
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::StackInfo;
    use crate::settings::RunSettings;

    #[test]
    fn a_full_disk_is_said_once_and_stops_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join(".gkfs-bench");
        let settings = RunSettings::new(
            base,
            dir.path().into(),
            StackInfo::default(),
            "true".into(),
            Vec::new(),
        );
        let mut writer = Writer::create(&settings, Moment::now()).unwrap();
        writer.fill_disk();
        let (out, mut events) = mpsc::unbounded_channel();
        let mut journal = Journal::new(writer, out);
        journal.now(EventKind::Slow { id: "a".into() });
        journal.now(EventKind::Slow { id: "b".into() });
        let kinds: Vec<EventKind> = std::iter::from_fn(|| events.try_recv().ok())
            .map(|event| event.kind)
            .collect();
        let [
            EventKind::Slow { .. },
            EventKind::Notice { level, text },
            EventKind::Slow { .. },
        ] = &kinds[..]
        else {
            panic!("{kinds:?}");
        };
        assert_eq!(*level, Level::Error);
        assert!(
            text.starts_with("the record of this run is incomplete: cannot write "),
            "{text}"
        );
        assert!(
            text.contains("No space left on device") && text.contains("--base-temp"),
            "{text}"
        );
    }

    #[test]
    fn what_a_compiler_says_is_cut_to_a_line() {
        let error = Some("x".repeat(10 * LONGEST_TEXT));
        let path = ByteString::from("/");
        let source = crate::event::SourceKind::Rust;
        let kind = shortened(EventKind::GroupFound {
            group: "g".into(),
            source,
            path,
            error,
        });
        let EventKind::GroupFound {
            error: Some(error), ..
        } = kind
        else {
            panic!("{kind:?}")
        };
        assert_eq!(error.chars().count(), LONGEST_TEXT + 1);
    }
}
