//! Whose fixtures tests of pytest get: what was said, now or the last time, and what ours are worth to a suite.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use clap::ValueEnum as _;
use gkfs_runner::Status;
use gkfs_runner::filter::Plan;
use gkfs_runner::record::{Record, Runs, StackFile};

use crate::CommandError;
use crate::cli::PythonArgs;
use crate::report::Screen;
use crate::suite::{FILE_NAME, GroupConfig, Harness, Source, SuiteConfig};

/// The file with the choice, in the directory of a suite's runs.
const FILE: &str = "harness";
/// The key of a run's selection that says so.
pub(crate) const KEY: &str = "harness";
/// What makes a directory a harness like GekkoFS's.
const BROUGHT: &str = "harness/gkfs.py";
/// So far above its tests it may be.
const ABOVE: usize = 4;

impl PythonArgs {
    /// Whose fixtures a group gets, of which the suite file says this.
    pub(super) fn harness_of(&self, group: Option<Harness>) -> Harness {
        self.harness.or(group).unwrap_or(self.usual)
    }

    /// Whether no test depends on a harness that its suite brings.
    pub(super) fn is_ours(&self, suite: &SuiteConfig) -> bool {
        match suite.group.as_slice() {
            [] => self.harness_of(None) == Harness::Ours,
            groups => groups
                .iter()
                .all(|group| brings_none(group.source) || self.harness_of(group.harness) == Harness::Ours),
        }
    }

    /// The same with what was chosen the last time, for where nothing is said.
    #[must_use]
    pub(super) fn recalled(mut self, base: &Path) -> PythonArgs {
        let known = fs::read_to_string(base.join(FILE)).unwrap_or_default();
        // A word of another version is none.
        self.usual = Harness::from_str(known.trim(), true).unwrap_or_default();
        self
    }
}

/// Keeps what was chosen for the next time, or says that it was the last time.
///
/// # Errors
/// When nothing can be printed.
pub(super) fn choose(said: PythonArgs, plan: &Plan, base: &Path, screen: &mut Screen<'_>) -> io::Result<()> {
    if plan.discovery.groups.iter().all(|group| group.worker.is_none()) {
        return Ok(());
    }
    match said.harness {
        Some(chosen) if chosen != said.usual => keep(chosen, base).or_else(|why| {
            let word = super::python::name(chosen);
            writeln!(screen.err, "note: `--harness {word}` is not remembered: {why}")
        }),
        None if said.usual == Harness::Ours => writeln!(
            screen.err,
            "note: with our fixtures, as was chosen for this suite; `--harness own` goes back"
        ),
        _ => Ok(()),
    }
}

/// Writes the choice down for the next time, or says why not.
fn keep(chosen: Harness, base: &Path) -> Result<(), String> {
    let file = base.join(FILE);
    let text = format!("{}\n", super::python::name(chosen));
    let kept = fs::create_dir_all(base).and_then(|()| fs::write(&file, text));
    kept.map_err(|error| format!("{}: {error}", file.display()))
}

/// Makes the other choice for groups of which the suite file says nothing, and keeps it. Returns what has become of it.
///
/// # Errors
/// The suite file leaves nothing to be chosen, or the choice cannot be kept.
pub(super) fn switch(said: PythonArgs, suite: &SuiteConfig, base: &Path) -> Result<String, CommandError> {
    let leaves = |group: &GroupConfig| group.harness.is_none() && !brings_none(group.source);
    if !suite.group.is_empty() && !suite.group.iter().any(leaves) {
        return Err(CommandError::usage(format!(
            "{FILE_NAME} says whose fixtures tests of pytest get; change `harness` there"
        )));
    }
    let (chosen, whose) = match said.harness_of(None) {
        Harness::Ours => (Harness::Own, "their suite's own fixtures"),
        Harness::Own => (Harness::Ours, "our fixtures"),
    };
    keep(chosen, base).map_err(|why| CommandError::usage(format!("the choice cannot be kept: {why}")))?;
    Ok(format!(
        "tests of pytest get {whose} from now on; remembered for this suite"
    ))
}

/// Whether tests of that kind have no harness to choose.
fn brings_none(source: Source) -> bool {
    matches!(source, Source::Rust | Source::Script)
}

/// Whether a suite brings a harness like GekkoFS's, so that its tests can have either.
pub(super) fn is_brought(plan: &Plan) -> bool {
    let mut groups = plan
        .discovery
        .groups
        .iter()
        .filter(|group| group.worker.is_some());
    groups.any(|group| {
        let mut above = group.path.ancestors().take(ABOVE);
        above.any(|dir| dir.join(BROUGHT).is_file())
    })
}

/// What a run with one harness says about the other: how much faster ours was, where both have been measured on the
/// same stack.
pub(super) fn compare(base: &Path, dir: &Path, is_ours: bool) -> Option<String> {
    let this = Measured::of(&Record::open(dir).ok()?)?;
    let runs = Runs::new(base).list();
    let mut others = runs
        .iter()
        .filter(|run| run.dir != dir && was_ours(run) != is_ours);
    let other = others.find_map(|run| Measured::of(run).filter(|other| this.is_like(other)));
    let told = |ours: &Measured, own: &Measured| {
        let (ours, own) = (ours.seconds, own.seconds);
        let times = own / ours;
        format!(
            "ours {ours:.1} s, the suite's own harness {own:.1} s for the same tests: {times:.1} times as fast"
        )
    };
    match (is_ours, other) {
        (false, Some(other)) => {
            let told = told(&other, &this);
            Some(format!("{told} ({}); `--harness ours` goes back to it", other.id))
        }
        (true, Some(other)) => Some(format!("{} ({})", told(&this, &other), other.id)),
        (false, None) => Some(
            "the harness that this suite brings starts a client for each operation; `--harness ours` runs the same \
             tests with one client each, says how much faster that is, and is remembered"
                .to_owned(),
        ),
        (true, None) => None,
    }
}

/// What a run measured.
struct Measured {
    id: String,
    seconds: f64,
    files: BTreeMap<String, StackFile>,
    /// What passed.
    tests: BTreeSet<String>,
}

impl Measured {
    /// Nothing, where it did not end or nothing passed.
    fn of(run: &Record) -> Option<Measured> {
        let took = run.file.ended_ts? - run.file.started_ts;
        let tests = run.tests().ok()?.into_iter();
        let passed = tests.filter(|test| test.status == Some(Status::Passed));
        let tests: BTreeSet<String> = passed.map(|test| test.id).collect();
        (took > 0 && !tests.is_empty()).then(|| Measured {
            id: run.file.id.clone(),
            seconds: took as f64 / 1e6,
            files: run.file.stack.files.clone(),
            tests,
        })
    }

    fn is_like(&self, other: &Measured) -> bool {
        self.tests == other.tests && self.files == other.files
    }
}

fn was_ours(run: &Record) -> bool {
    run.file.selection.get(KEY).and_then(|word| word.as_str()) == Some("ours")
}
