//! One case, both places, the verdict.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use similar::TextDiff;

use crate::case::Case;
use crate::child::Outcome;
use crate::library::Check;
use crate::place::Place;
use crate::stack::Stack;
use crate::tools::Toolbox;

const NO_STACK: &str = "GKFS_CONFORMANCE=plain leaves no library to look at";

/// What all trials share.
#[derive(Debug)]
pub(crate) struct Bench {
    toolbox: Toolbox,
    /// None: the bare directory is compared with itself.
    stack: Option<Stack>,
    /// Why no case can run on the mount of this machine.
    unusable: Option<String>,
    scratch: PathBuf,
}

impl Bench {
    pub(crate) fn set_up(toolbox: Toolbox) -> Result<Self, String> {
        let scratch = tempfile::Builder::new()
            .prefix("gkfs-conformance-")
            .tempdir()
            .map_err(|e| e.to_string())?
            .keep();
        let stack = match env::var("GKFS_CONFORMANCE").as_deref() {
            Ok("plain") => None,
            Ok(other) => return Err(format!("GKFS_CONFORMANCE={other}: the only value is \"plain\"")),
            Err(_) => Some(Stack::find(scratch.join("stack"))?),
        };
        let unusable = match &stack {
            Some(stack) => stack.probe(&scratch.join("probe"))?,
            None => None,
        };
        Ok(Self {
            toolbox,
            stack,
            unusable,
            scratch,
        })
    }

    pub(crate) fn reason_to_skip<'a>(&self, mut needs: impl Iterator<Item = &'a str>) -> Option<String> {
        let mut missing = || needs.find(|program| !self.toolbox.has(program));
        self.unusable
            .clone()
            .or_else(|| Some(format!("{} is not installed", missing()?)))
    }

    pub(crate) fn reason_to_skip_check(&self, check: Check) -> Option<String> {
        match self.stack {
            Some(_) => self.reason_to_skip([check.needs].into_iter()),
            None => Some(NO_STACK.to_owned()),
        }
    }

    /// Judges the library's file, or what it does without a mount to work on.
    pub(crate) fn check(&self, check: Check) -> Result<(), Failed> {
        match &self.stack {
            Some(stack) => (check.judge)(stack, &self.scratch.join(check.name.replace("::", "-"))),
            None => Err(NO_STACK.into()),
        }
    }

    /// Runs the case on a bare directory and on the mount; the message tells how they differ.
    pub(crate) fn judge(&self, case: &Case) -> Result<(), String> {
        let base = self.scratch.join(case.name.replace("::", "-"));
        let verdict = self.compare(case, &base);
        if env::var_os("GKFS_CONFORMANCE_KEEP").is_none() {
            fs::remove_dir_all(&base).map_err(|e| format!("{}: {e}", base.display()))?;
        }
        verdict
    }

    fn compare(&self, case: &Case, base: &Path) -> Result<(), String> {
        let place = |name| Place::create(base.join(name)).map_err(|e| format!("{}: {e}", base.display()));
        let plain = place("plain")?;
        let argv = self.toolbox.argv(case, base)?;
        let run = |place: &Place| {
            place
                .run(case, &argv, &self.toolbox)
                .map_err(|e| format!("{}: {e}", argv[0].to_string_lossy()))
        };
        let expected = run(&plain)?;
        let other = place("mount")?;
        let Some(stack) = &self.stack else {
            return difference(&expected, &run(&other)?);
        };
        let daemon = stack.start(other.base())?;
        let other = other.mounted(stack.client(base.join("mount").as_path()));
        let got = run(&other)?;
        let stopped = daemon.stop();
        difference(&expected, &got)?;
        stopped?;
        nothing_leaked(&other.dir())
    }

    pub(crate) fn tear_down(&self) {
        if env::var_os("GKFS_CONFORMANCE_KEEP").is_some() {
            println!("kept: {}", self.scratch.display());
        } else if let Err(e) = fs::remove_dir_all(&self.scratch) {
            eprintln!("{}: {e}", self.scratch.display());
        }
    }
}

fn difference(expected: &Outcome, got: &Outcome) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let (left, right) = (transcript(expected), transcript(got));
    let diff = TextDiff::from_lines(&left, &right);
    Err(diff
        .unified_diff()
        .context_radius(4)
        .header("bare directory", "mount")
        .to_string())
}

fn transcript(outcome: &Outcome) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "== stdout\n{}\n== stderr\n{}\n== {}\n",
        text(&outcome.stdout),
        text(&outcome.stderr),
        outcome.ending
    )
}

/// Directories may lie below the real mount directory (they stand for working directories); anything else got past the library.
fn nothing_leaked(dir: &Path) -> Result<(), String> {
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))? {
            let entry = entry.map_err(|e| format!("{}: {e}", dir.display()))?;
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                return Err(format!(
                    "{}: made on the real directory below the mount",
                    entry.path().display()
                ));
            }
            open.push(entry.path());
        }
    }
    Ok(())
}
