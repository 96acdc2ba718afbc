//! One test of the other language: its workspace, and all that was started in it.

mod clients;
mod daemons;
mod fuses;
mod held;
mod shells;
mod views;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gkfs_fuse::FakeFuse;
use serde_json::{Value, json};

use super::protocol::{Begin, Refusal};
use super::server::{Answered, text};
use super::views::Views;
use crate::bench::Bench;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::process::Spawner;
use crate::stack::{Finder, Stack};
use crate::steps::Steps;
use crate::workspace::Workspace;
use clients::Hand;
use daemons::Started;
use held::Helds;

/// The stacks that were found: a search may start programs, and tests of one suite find the same.
#[derive(Default)]
pub(super) struct Stacks(Mutex<Known>);

/// By where and by what they were sought.
type Known = BTreeMap<(PathBuf, Vec<Option<OsString>>), Stack>;

/// The variables that a search depends on.
const SOUGHT_BY: [&str; 12] = [
    "GKFS_BENCH_PROTOCOL",
    "GKFS_BENCH_STACK",
    "GKFS_BENCH_STACK_KIND",
    "GKFS_BENCH_BIN_DIRS",
    "GKFS_BENCH_LIB_DIRS",
    "GKFS_BENCH_INTERFACE",
    "GKFS_BENCH_STRICT",
    "GKFS_BENCH_EXE",
    "GKFS_BENCH_WRAP_DAEMON",
    "GKFS_BENCH_WRAP_CLIENT",
    "GKFS_BENCH_WRAP_DEADLINES",
    "GKFS_BENCH_PRELOAD_BEFORE",
];

impl Stacks {
    fn find(&self, root: &Path, environment: &Environment, env: &BTreeMap<String, String>) -> Result<Stack> {
        let said = SOUGHT_BY.map(|name| lookup(env, name)).to_vec();
        let key = (root.to_owned(), said);
        if let Some(stack) = self.known().get(&key) {
            return Ok(stack.clone());
        }
        let root = root.to_str().unwrap_or_default();
        let stack = Finder::new(Some(root), None).find(environment)?;
        self.known().insert(key, stack.clone());
        Ok(stack)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the caller says about a variable, or else our own environment.
fn lookup(env: &BTreeMap<String, String>, name: &str) -> Option<OsString> {
    env.get(name)
        .map(OsString::from)
        .or_else(|| std::env::var_os(name))
}

/// A test's bench, and what was made on it.
pub(super) struct Place {
    bench: Bench,
    daemons: Mutex<BTreeMap<u64, Arc<Started>>>,
    clients: Mutex<BTreeMap<u64, Arc<Hand>>>,
    /// By the threads of the other process that are in them.
    views: Mutex<BTreeMap<String, Views>>,
    fuses: Mutex<BTreeMap<u64, Arc<FakeFuse>>>,
    helds: Helds,
    next: AtomicU64,
}

impl Place {
    /// Makes the workspace and finds the stack.
    pub(super) fn open(stacks: &Stacks, begin: Begin) -> Result<Self, Refusal> {
        let environment = Environment::from_lookup(|name| lookup(&begin.env, name))?;
        let (workspace, steps) = workspace(&begin, &environment)?;
        let mut stack = stacks.find(&begin.root, &environment, &begin.env)?;
        for (name, value) in begin.env {
            // What the suite file says about a variable is what its author wants.
            stack.env.entry(name).or_insert(value);
        }
        let bench = Bench {
            stack: Arc::new(stack),
            steps: Steps::create(&steps)?,
            spawner: Spawner::new()?,
            workspace,
            environment,
            oracle: None,
            clients_in: begin.cwd,
        };
        Ok(Self {
            bench: bench.wanted_by_the_environment()?,
            daemons: Mutex::default(),
            clients: Mutex::default(),
            views: Mutex::default(),
            fuses: Mutex::default(),
            helds: Helds::default(),
            next: AtomicU64::new(1),
        })
    }

    /// Where everything is.
    pub(super) fn describe(&self) -> Value {
        let (workspace, stack) = (&self.bench.workspace, &self.bench.stack);
        let all = |dirs: &[PathBuf]| dirs.iter().map(text).collect::<Vec<_>>();
        json!({
            "dir": text(workspace.path()), "logdir": text(workspace.logdir()),
            "mountdir": text(workspace.mountdir()), "rootdir": text(workspace.rootdir()),
            "tmpdir": text(workspace.tmpdir()), "hosts_file": text(workspace.hosts_file()),
            "steps": text(self.bench.steps.path()),
            "stack": {
                "name": stack.name, "kind": stack.kind.as_str(), "interface": stack.interface,
                "strict": stack.strict, "bin_dirs": all(&stack.bin_dirs), "lib_dirs": all(&stack.lib_dirs),
                "preload": stack.preload_library().ok().map(text),
            },
        })
    }

    /// Ends all that runs, whatever fails, and tells what failed; into the record, as a fixture's teardown, where the
    /// caller does not wait for it.
    pub(super) fn end(&self, later: Option<&str>) -> Answered {
        let span = later.map(|name| {
            let fields = json!({ "name": name, "phase": "teardown", "later": true });
            self.bench.steps.begin("fixture", fields)
        });
        self.helds.clear();
        lock(&self.fuses).clear();
        let mut errors = self.finish_clients();
        errors.extend(self.shut_daemons_down());
        if let Some(span) = span {
            let told: Vec<String> = errors.iter().map(Error::to_string).collect();
            let mut fields = json!({ "later": true, "ok": told.is_empty() });
            if !told.is_empty() {
                fields["error"] = told.join("\n").into();
            }
            span.end(fields);
        }
        let errors: Vec<Refusal> = errors.into_iter().map(Refusal::from).collect();
        Ok(json!({ "errors": errors }))
    }

    /// From now on the test's own deadline cuts nothing short.
    pub(super) fn lift_deadline(&self) -> Answered {
        self.bench.environment.lift_deadline();
        Ok(Value::Null)
    }

    /// Writes a line of the test's own to the record.
    pub(super) fn log(&self, level: &str, text: &str) -> Answered {
        self.bench
            .steps
            .instant("log", json!({ "level": level, "text": text }));
        Ok(Value::Null)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// The workspace, and where the record is.
fn workspace(begin: &Begin, environment: &Environment) -> Result<(Workspace, PathBuf)> {
    let attempt = environment.path("GKFS_BENCH_ATTEMPT_DIR");
    let inside = attempt.as_ref().map(|dir| dir.join("workspace"));
    let Some(dir) = begin.dir.clone().or(inside) else {
        let workspace = Workspace::temporary()?;
        let steps = workspace.path().join("steps.jsonl");
        return Ok((workspace, steps));
    };
    if let Some(name) = &begin.aside
        && dir.exists()
    {
        let aside = dir.with_file_name(name);
        fs::rename(&dir, &aside).map_err(|source| Error::io("move a workspace", &aside, source))?;
    }
    let steps = attempt.unwrap_or_else(|| dir.clone()).join("steps.jsonl");
    Ok((Workspace::at(dir)?, steps))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_such(what: &str, number: u64) -> Refusal {
    Refusal::protocol(format!("no {what} {number} in this test"))
}
