//! What the thread that stands in the views does.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use gkfs_io::ByteString;
use gkfs_overlay::{Builder, Changes, Compare, Overlay, Vaporized};
use rustix::thread::gettid;
use serde_json::{Value, json};

use super::{Ask, Failure, Told};
use crate::channel::protocol::{OverlayAct, OverlayPush};
use crate::overlay_fixture::ChangesRecord;

/// The most that is told of a file, in bytes.
const LONGEST: u64 = 16 << 20;

/// What the thread has. It is in the innermost of the views.
pub(super) struct Holder {
    passing: Vec<PathBuf>,
    record: ChangesRecord,
    views: Vec<Overlay>,
    /// Those that were popped, for whoever wants to read what was in them.
    vaporized: Vec<Vaporized>,
}

impl Holder {
    pub(super) fn new(passing: Vec<PathBuf>, record: ChangesRecord) -> Self {
        Self {
            passing,
            record,
            views: Vec::new(),
            vaporized: Vec::new(),
        }
    }

    /// Until nobody can ask any more.
    pub(super) fn serve(mut self, asks: &Receiver<Ask>) {
        for Ask { act, answer } in asks {
            // Who asked may have given up.
            let _ = answer.send(Told::from(self.carry_out(act)));
        }
        // Innermost first.
        while let Some(view) = self.views.pop() {
            drop(view);
        }
    }

    fn carry_out(&mut self, act: OverlayAct) -> Result<Value, Failure> {
        match act {
            OverlayAct::Where => Ok(json!({})),
            OverlayAct::Push(push) => self.push(push),
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

    fn push(&mut self, push: OverlayPush) -> Result<Value, Failure> {
        let mut builder = Builder::new().compare(match push.compare.as_deref() {
            None | Some("copy_up") => Compare::CopyUp,
            Some("difference") => Compare::Difference,
            Some("content") => Compare::Content,
            Some(other) => return Err(Failure::Compare(other.to_owned())),
        });
        builder = self.passing.iter().fold(builder, Builder::pass);
        builder = push.pass.into_iter().fold(builder, Builder::pass);
        builder = push.hide.into_iter().fold(builder, Builder::hide);
        builder = push.read_only.into_iter().fold(builder, Builder::read_only);
        builder = push.copy.into_iter().fold(builder, Builder::copy);
        builder = push.limit_bytes.into_iter().fold(builder, Builder::limit_bytes);
        builder = push.limit_inodes.into_iter().fold(builder, Builder::limit_inodes);
        self.views.push(builder.push()?);
        Ok(json!({
            "depth": self.views.len(),
            "pid": std::process::id(),
            "tid": gettid().as_raw_nonzero(),
        }))
    }

    /// The bytes of a changed file, or where a changed link leads.
    fn content(&self, path: PathBuf, vaporized: Option<usize>) -> Result<Value, Failure> {
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
