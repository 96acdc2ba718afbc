//! Views of the whole file system, for a thread of the other process.
//!
//! A view belongs to the thread that pushed it. One of ours does that, and stands in it as long as the view is there; the
//! other process takes its own thread to the same place, by that thread's files under `/proc`, and answers for itself
//! when it comes back. It may do so as whoever may mount may do it, and no other.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use gkfs_io::ByteString;
use gkfs_overlay::{Builder, Changes, Compare, Overlay, PushError, ReadError, Vaporized};
use rustix::thread::gettid;
use serde_json::{Value, json};

use super::Place;
use crate::channel::protocol::{OverlayAct, Refusal};
use crate::channel::server::Answered;
use crate::error::Result;
use crate::outcome::skip;
use crate::overlay_fixture::{ChangesRecord, surroundings};

/// The most that is told of a file, in bytes.
const LONGEST: u64 = 16 << 20;

/// The thread that stands in the views of one thread of the other process.
pub(super) struct Views {
    asks: Sender<Ask>,
}

struct Ask {
    act: OverlayAct,
    answer: Sender<Told>,
}

/// What became of it; where no view can be had here, why.
enum Told {
    Answer(Answered),
    Unsupported(String),
}

impl Place {
    /// Does something with the views of a thread of the other process, which gives that a name.
    pub(in crate::channel) fn overlay(&self, thread: &str, act: OverlayAct) -> Answered {
        let asks = {
            let mut views = super::lock(&self.views);
            if !views.contains_key(thread) {
                let started = self.start_views()?;
                views.insert(thread.to_owned(), started);
            }
            views[thread].asks.clone()
        };
        let (answer, told) = mpsc::channel();
        let gone = || Refusal::internal("the thread that holds the views has ended");
        asks.send(Ask { act, answer }).map_err(|_| gone())?;
        match told.recv().map_err(|_| gone())? {
            Told::Answer(answer) => answer,
            Told::Unsupported(why) => skip(format!("no overlay here: {why}")),
        }
    }

    fn start_views(&self) -> Result<Views> {
        let bench = &self.bench;
        let passing = surroundings(&bench.environment, &bench.workspace, Some(&bench.stack))?;
        let record = ChangesRecord::beside(&bench.steps)?;
        // A view never leaves its thread: it is made there.
        let serve = move |asked: &Receiver<Ask>| {
            let holder = Holder {
                passing,
                record,
                views: Vec::new(),
                vaporized: Vec::new(),
            };
            holder.serve(asked);
        };
        let (asks, asked) = mpsc::channel();
        let thread = thread::Builder::new().name("views".into());
        thread
            .spawn(move || serve(&asked))
            .map_err(crate::error::Error::other)?;
        Ok(Views { asks })
    }
}

/// What the thread has. It is in the innermost of the views.
struct Holder {
    passing: Vec<PathBuf>,
    record: ChangesRecord,
    views: Vec<Overlay>,
    /// Those that were popped, for whoever wants to read what was in them.
    vaporized: Vec<Vaporized>,
}

impl Holder {
    /// Until nobody can ask any more.
    fn serve(mut self, asks: &Receiver<Ask>) {
        for Ask { act, answer } in asks {
            let told = match self.carry_out(act) {
                Err(Failure::Push(error)) if error.is_unsupported() => Told::Unsupported(error.to_string()),
                Err(failure) => Told::Answer(Err(failure.into())),
                Ok(value) => Told::Answer(Ok(value)),
            };
            // Who asked may have given up.
            let _ = answer.send(told);
        }
        // Innermost first.
        while let Some(view) = self.views.pop() {
            drop(view);
        }
    }

    fn carry_out(&mut self, act: OverlayAct) -> std::result::Result<Value, Failure> {
        match act {
            OverlayAct::Push {
                pass,
                hide,
                read_only,
                copy,
                limit_bytes,
                limit_inodes,
                compare,
            } => {
                let mut builder = Builder::new().compare(match compare.as_deref() {
                    None | Some("copy_up") => Compare::CopyUp,
                    Some("difference") => Compare::Difference,
                    Some("content") => Compare::Content,
                    Some(other) => return Err(Failure::Compare(other.to_owned())),
                });
                builder = self.passing.iter().fold(builder, Builder::pass);
                builder = pass.into_iter().fold(builder, Builder::pass);
                builder = hide.into_iter().fold(builder, Builder::hide);
                builder = read_only.into_iter().fold(builder, Builder::read_only);
                builder = copy.into_iter().fold(builder, Builder::copy);
                builder = limit_bytes.into_iter().fold(builder, Builder::limit_bytes);
                builder = limit_inodes.into_iter().fold(builder, Builder::limit_inodes);
                self.views.push(builder.push()?);
                Ok(json!({
                    "depth": self.views.len(),
                    "pid": std::process::id(),
                    "tid": gettid().as_raw_nonzero(),
                }))
            }
            OverlayAct::Changes => {
                let view = self.views.last().ok_or(Failure::NoView)?;
                let changes = view.changes()?;
                self.note(view, &changes);
                Ok(json!({ "changes": changes }))
            }
            OverlayAct::Diff => {
                let view = self.views.last().ok_or(Failure::NoView)?;
                Ok(json!({ "diff": view.diff()? }))
            }
            OverlayAct::Pop => {
                let view = self.views.pop().ok_or(Failure::NoView)?;
                let changes = view.changes()?;
                self.note(&view, &changes);
                let vaporized = view.pop().map_err(|error| Failure::Pop(error.to_string()))?;
                self.vaporized.push(vaporized);
                let number = self.vaporized.len() - 1;
                Ok(json!({ "changes": changes, "vaporized": number, "depth": self.views.len() }))
            }
            OverlayAct::Content { path, vaporized } => self.content(path, vaporized),
        }
    }

    /// The bytes of a changed file, or where a changed link leads.
    fn content(&self, path: PathBuf, vaporized: Option<usize>) -> std::result::Result<Value, Failure> {
        let mut entries = match vaporized {
            Some(number) => self.vaporized.get(number).ok_or(Failure::NoView)?.entries()?,
            None => self.views.last().ok_or(Failure::NoView)?.entries()?,
        };
        let entry = entries
            .remove(&path)
            .ok_or_else(|| Failure::Unchanged(path.clone()))?;
        let content = match entry.size {
            0..=LONGEST => entry
                .content()
                .map_err(|source| Failure::Content { path, source })?,
            size => return Err(Failure::Size { path, size }),
        };
        Ok(json!({ "content": ByteString::from(content), "mode": entry.mode, "type": entry.kind.word() }))
    }

    fn note(&self, view: &Overlay, changes: &Changes) {
        // What an inner one has changed vanishes in the outer one.
        if view.depth() == 1 {
            self.record.note(view, changes);
        }
    }
}

/// Why something was not done with a view.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Push(#[from] PushError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{0}")]
    Pop(String),
    #[error("no view is pushed on this thread")]
    NoView,
    #[error("`{0}` is no way to compare: copy_up, difference and content are")]
    Compare(String),
    #[error("{} has not changed", .0.display())]
    Unchanged(PathBuf),
    #[error("cannot read {}: {source}", path.display())]
    Content { path: PathBuf, source: std::io::Error },
    #[error("{} has {size} bytes, which is more than is told", path.display())]
    Size { path: PathBuf, size: u64 },
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let kind = match failure {
            Failure::NoView => "no_view",
            Failure::Unchanged(_) => "not_found",
            _ => "overlay",
        };
        Self {
            kind,
            message: failure.to_string(),
            hint: None,
        }
    }
}
