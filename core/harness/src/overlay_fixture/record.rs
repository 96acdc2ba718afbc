//! What a view has changed, in the test's record: a step that lists it, and a file beside the steps that shows it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use gkfs_overlay::{Change, Changes, Compared, Entry, EntryKind};
use rustix::fs::{CWD, Mode, OFlags, openat, renameat};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::steps::{Steps, byte_string};

/// The file that shows them, beside the steps: a JSON object for each change.
const FILE: &str = "changes.jsonl";
/// It is written under this name first: who reads it finds all of it.
const DRAFT: &str = ".changes.jsonl";

/// How many changes a step lists, and with how many bytes of paths; the file has more.
const LISTED: usize = 200;
const LISTED_BYTES: usize = 24 << 10;
/// How many changes the file has; the number of all is in the step.
const SHOWN: usize = 20_000;
/// Bytes of one difference, and of all.
const LONGEST_DIFF: usize = 64 << 10;
const ALL_DIFFS: usize = 4 << 20;

/// Writes what a view has changed.
///
/// To be made before the view is entered: the record lies outside of it.
#[derive(Debug)]
pub struct ChangesRecord {
    steps: Steps,
    directory: OwnedFd,
}

impl ChangesRecord {
    /// For the test whose steps these are.
    ///
    /// # Errors
    /// The directory of the steps cannot be opened.
    pub fn beside(steps: &Steps) -> Result<Self> {
        let directory = steps.path().parent().unwrap_or(Path::new("/"));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = openat(CWD, directory, flags, Mode::empty());
        Ok(Self {
            steps: steps.clone(),
            directory: opened
                .map_err(|errno| Error::io("open the record's directory", directory, errno.into()))?,
        })
    }

    /// Writes the changes as they are now: once more as often as they are asked for, the last time counts.
    ///
    /// # Errors
    /// A changed file cannot be read. What has no room on the disk is missing, and fails nothing: that is the runner's
    /// to report.
    pub fn write(&self, view: &gkfs_overlay::Overlay, changes: &Changes) -> Result<()> {
        let shown = Changes::from_iter(changes.iter().take(SHOWN).cloned());
        let compared = view.compared(&shown).map_err(Error::other)?;
        let mut fields = json!({ "list": listed(changes), "total": changes.len() });
        if !changes.is_empty() && self.file(&compared).is_ok() {
            fields["file"] = FILE.into();
        }
        self.steps.instant("changes", fields);
        Ok(())
    }

    /// The same for those who have another answer to give: what goes wrong is a line of the record.
    pub(crate) fn note(&self, view: &gkfs_overlay::Overlay, changes: &Changes) {
        if let Err(error) = self.write(view, changes) {
            let text = format!("the changes are not recorded: {error}");
            self.steps
                .instant("log", json!({ "level": "warn", "text": text }));
        }
    }

    fn file(&self, compared: &[Compared]) -> io::Result<()> {
        let flags = OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = openat(&self.directory, DRAFT, flags, Mode::from_raw_mode(0o644))?;
        let mut file = BufWriter::new(File::from(file));
        let mut room = ALL_DIFFS;
        for change in compared {
            serde_json::to_writer(&mut file, &line(change, &mut room)?)?;
            file.write_all(b"\n")?;
        }
        file.flush()?;
        Ok(renameat(&self.directory, DRAFT, &self.directory, FILE)?)
    }
}

/// What has room in a step.
fn listed(changes: &Changes) -> Vec<&Change> {
    let mut bytes = 0;
    let fits = |change: &&Change| {
        let from = change.renamed_from().map_or(0, |from| from.as_os_str().len());
        bytes += change.path.as_os_str().len() + from;
        bytes <= LISTED_BYTES
    };
    changes.iter().take(LISTED).take_while(fits).collect()
}

/// One change with both sides, and the difference as far as there is room.
fn line(compared: &Compared, room: &mut usize) -> io::Result<Value> {
    let mut line = serde_json::to_value(&compared.change)?;
    for (name, entry) in [("before", &compared.before), ("now", &compared.now)] {
        if let Some(entry) = entry {
            line[name] = side(entry);
        }
    }
    if let (None, Some(to)) = (&compared.now, &compared.moved_to) {
        line["note"] = format!("moved to {}", to.display()).into();
    }
    match compared.diff() {
        Ok(Some(diff)) if diff.len() > LONGEST_DIFF || diff.len() > *room => {
            line["note"] = format!("a difference of {} bytes, not kept", diff.len()).into();
        }
        Ok(Some(diff)) => {
            *room -= diff.len();
            line["diff"] = diff.into();
        }
        Ok(None) => {}
        Err(why) => line["note"] = why.into(),
    }
    Ok(line)
}

fn side(entry: &Entry) -> Value {
    let mut side = json!({
        "type": entry.kind.word(),
        "mode": entry.mode,
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "modified": entry.modified(),
    });
    if let (EntryKind::Symlink, Ok(target)) = (entry.kind, entry.content()) {
        side["link"] = byte_string(&target);
    }
    side
}
