//! pytest groups: pytest collects, and what it found is read from a file of ours.
//!
//! Nothing is installed anywhere: pytest is started with a plugin of ours on its path, which says each test and each
//! file that cannot be collected in a JSON line. Byte code and pytest's own cache are kept beside the logs of builds,
//! so that looking for tests changes nothing where they are. A file that cannot be collected is an entry of its own
//! that fails; only where nothing can be collected the whole group does.

mod found;
mod plugin;
mod venv;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::collect::Collect;
use super::command::Shell;
use super::{DiscoverError, Group, Lookup, Rules, Test, TestCommand, WorkerCommand};
use crate::event::SourceKind;
use crate::process::Processes;
use crate::settings::GroupSettings;
use found::Found;
use plugin::MODULE;
pub(crate) use plugin::TOLD;

/// Collecting imports whatever the tests import; what takes longer than this hangs.
const COLLECT_LIMIT: Duration = Duration::from_secs(300);

/// How pytest is started.
#[derive(Debug, Clone, Default)]
pub struct Python {
    /// Interpreters, the best first: paths, or names for `PATH`. The first one is taken that has pytest; `python3`
    /// where none is named.
    pub programs: Vec<PathBuf>,
    /// Options with their values for suites that know them, as `--interface`.
    pub options: Vec<(String, Vec<String>)>,
    /// Further arguments for pytest.
    pub args: Vec<OsString>,
    /// What `PYTHONPATH` is already.
    pub path: Option<OsString>,
    /// Where private environments are made; none are where this is absent.
    pub environments: Option<PathBuf>,
}

/// What one pytest collects: usually one group.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Names of the groups and the files and directories that each is made of.
    pub(super) groups: Vec<Part>,
    /// Where pytest is started, and what names are relative to.
    pub(super) cwd: PathBuf,
    /// An interpreter that is meant and no other.
    pub(super) python: Option<PathBuf>,
    /// Arguments before the files.
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) source: SourceKind,
}

/// The files that pytest is to look into, as the plugin is told; none where their names cannot be told.
pub(crate) fn files<'a>(files: impl IntoIterator<Item = &'a Path>) -> Option<(String, Value)> {
    let files: Vec<_> = files.into_iter().map(|file| file.to_string_lossy()).collect();
    // pytest takes these for something else in the name of a file.
    let is_plain = !files.iter().any(|file| file.contains("::") || file.contains('['));
    is_plain.then(|| ("files".to_owned(), json!(files)))
}

impl Part {
    /// Whether each test needs a process of its own: a wrapper goes around one, and not around a part of one.
    fn is_apart(&self) -> bool {
        !self.settings.wrapper.is_empty()
    }
}

/// One group of a task.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) paths: Vec<PathBuf>,
    /// What its tests' names are relative to.
    pub(super) base: PathBuf,
    pub(super) settings: GroupSettings,
    /// When each of its tests may run.
    pub(super) rules: Rules,
}

impl Task {
    /// A group that is a directory or a file.
    pub(super) fn new(name: &str, path: &Path, settings: &GroupSettings) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let dir = if path.is_dir() {
            path.as_path()
        } else {
            path.parent().unwrap_or(&path)
        };
        let part = Part {
            name: name.to_owned(),
            base: dir.to_owned(),
            paths: vec![path.clone()],
            settings: settings.clone(),
            rules: Rules::default(),
        };
        Self {
            cwd: configured_above(dir).unwrap_or(dir).to_owned(),
            groups: vec![part],
            python: None,
            args: Vec::new(),
            env: Vec::new(),
            source: SourceKind::Pytest,
        }
    }
}

/// Whether a directory has tests of pytest, by the names that pytest looks for.
pub(super) fn has_tests(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| {
        let is_test = name.starts_with("test_") && name.ends_with(".py") || name.ends_with("_test.py");
        is_test || name == "conftest.py" || name == "pytest.ini"
    })
}

/// The nearest directory, upwards, in which pytest finds its configuration: there its users start it.
fn configured_above(dir: &Path) -> Option<&Path> {
    let says = |dir: &Path, file: &str, word: &str| {
        fs::read_to_string(dir.join(file)).is_ok_and(|text| text.contains(word))
    };
    dir.ancestors().find(|dir| {
        dir.join("pytest.ini").is_file()
            || says(dir, "pyproject.toml", "[tool.pytest")
            || says(dir, "tox.ini", "[pytest]")
            || says(dir, "setup.cfg", "[tool:pytest]")
    })
}

/// Adds the groups of a task.
pub(super) async fn discover(
    processes: &Processes,
    task: Task,
    lookup: &Lookup,
    cancel: &CancellationToken,
    collect: &mut Collect<'_>,
) -> Result<(), DiscoverError> {
    let shell = Shell {
        processes,
        cancel,
        logs: &lookup.logs,
    };
    let place = match plugin::install(&lookup.logs) {
        Ok(place) => place,
        Err(error) => {
            add_broken(&task, &error.to_string(), collect);
            return Ok(());
        }
    };
    let work = Work {
        shell: &shell,
        task: &task,
        lookup,
        place,
    };
    match work.collect(collect).await? {
        Ok((python, found)) => work.add(&python, found, collect),
        Err(error) => add_broken(&task, &error, collect),
    }
    Ok(())
}

fn add_broken(task: &Task, error: &str, collect: &mut Collect<'_>) {
    for part in &task.groups {
        collect.group(group(task, part, Some(error.to_owned())));
    }
}

fn group(task: &Task, part: &Part, error: Option<String>) -> Group {
    let path = match part.paths.as_slice() {
        [path] => path.clone(),
        _ => part.base.clone(),
    };
    Group {
        name: part.name.clone(),
        source: task.source,
        path,
        settings: part.settings.clone(),
        error,
        made_of: Vec::new(),
        worker: None,
    }
}

struct Work<'a> {
    shell: &'a Shell<'a>,
    task: &'a Task,
    lookup: &'a Lookup,
    place: plugin::Place,
}

impl Work<'_> {
    /// What is found by the first interpreter that can, and which that is; or why none can.
    async fn collect(
        &self,
        collect: &mut Collect<'_>,
    ) -> Result<Result<(PathBuf, Found), String>, DiscoverError> {
        let mut last = None;
        for python in self.programs() {
            let tried = self.collect_with(&python).await?;
            match &tried {
                Ok(found) if found.missing_module().is_none() => {
                    return Ok(tried.map(|found| (python, found)));
                }
                Ok(_) => {}
                Err(error) if venv::missing_module(error).is_some() => {}
                Err(_) => return Ok(tried.map(|found| (python, found))),
            }
            last = last.or(Some((python, tried)));
        }
        let (python, tried) =
            last.unwrap_or_else(|| ("python3".into(), Err("there is no python3".to_owned())));
        match (self.private(&python, &tried, collect).await?, tried) {
            (Some(Ok(python)), _) => {
                let found = self.collect_with(&python).await?;
                Ok(found.map(|found| (python, found)))
            }
            (Some(Err(why)), Err(error)) => Ok(Err(unavailable(&error, &why))),
            // Files that cannot be imported are told one by one, and the others run.
            (_, tried) => Ok(tried.map(|found| (python, found))),
        }
    }

    fn programs(&self) -> Vec<PathBuf> {
        if let Some(python) = &self.task.python {
            return vec![python.clone()];
        }
        let named = &self.lookup.python.programs;
        match named.is_empty() {
            true => vec!["python3".into()],
            false => named.clone(),
        }
    }

    /// An environment of our own with what is missing. `None` where none is wanted.
    async fn private(
        &self,
        python: &Path,
        tried: &Result<Found, String>,
        collect: &mut Collect<'_>,
    ) -> Result<Option<Result<PathBuf, String>>, DiscoverError> {
        let Some(dir) = self
            .lookup
            .python
            .environments
            .as_ref()
            .filter(|_| self.task.python.is_none())
        else {
            return Ok(None);
        };
        let dirs = self.task.groups.iter().map(|part| part.base.as_path());
        let requirements = venv::requirements(dirs.chain([self.task.cwd.as_path()]));
        let missing = match tried {
            Ok(found) => found.missing_module(),
            Err(error) => venv::missing_module(error),
        };
        // Without a list of what is needed, only pytest is known to be no mistake of the tests.
        if requirements.is_empty() && missing.as_deref() != Some("pytest") {
            return Ok(None);
        }
        let names: Vec<&str> = self.task.groups.iter().map(|part| part.name.as_str()).collect();
        let names = names.join(", ");
        let made = venv::make(self.shell, python, dir, &requirements, &names, collect);
        made.await.map(Some)
    }

    async fn collect_with(&self, python: &Path) -> Result<Result<Found, String>, DiscoverError> {
        let out = match tempfile::NamedTempFile::new_in(&self.lookup.logs) {
            Ok(out) => out,
            Err(error) => {
                return Ok(Err(format!(
                    "cannot write in {}: {error}",
                    self.lookup.logs.display()
                )));
            }
        };
        let mut told = self.told();
        told.insert("mode".into(), "collect".into());
        told.insert("out".into(), out.path().to_string_lossy().into());
        let start = self.command(python);
        let mut command = Command::new(python);
        command
            .args(&start.argv[1..])
            .args(["--collect-only", "-qq"])
            .current_dir(&start.cwd);
        command.envs(start.env.iter().map(|(name, value)| (name, value)));
        command.env(plugin::TOLD, Value::Object(told).to_string());
        let ran = self.shell.run(command, "pytest", Some(COLLECT_LIMIT)).await?;
        Ok(found::read(out.path(), &ran, python))
    }

    fn told(&self) -> Map<String, Value> {
        let options: Map<String, Value> = self
            .lookup
            .python
            .options
            .iter()
            .map(|(name, values)| (name.clone(), json!(values)))
            .collect();
        Map::from_iter([("options".to_owned(), Value::Object(options))])
    }

    /// pytest with our plugin, whatever it is to do.
    fn command(&self, python: &Path) -> TestCommand {
        let mut argv: Vec<OsString> = vec![python.into()];
        argv.extend(["-m", "pytest", "-p", MODULE].map(OsString::from));
        argv.extend(self.task.args.iter().chain(&self.lookup.python.args).cloned());
        let mut cache = OsString::from("cache_dir=");
        cache.push(self.place.cache.join("pytest"));
        argv.extend(["-o".into(), cache]);
        argv.extend(
            self.task
                .groups
                .iter()
                .flat_map(|part| part.paths.iter().map(OsString::from)),
        );
        let mut env = self.task.env.clone();
        env.extend(self.place.env(&env, self.lookup.python.path.as_ref()));
        TestCommand {
            argv,
            cwd: self.task.cwd.clone(),
            env,
        }
    }

    fn add(&self, python: &Path, found: Found, collect: &mut Collect<'_>) {
        let mut command = self.command(python);
        command.argv.push("--capture=no".into());
        let worker = Arc::new(WorkerCommand {
            command,
            told: self.told(),
        });
        let mut nth: HashMap<String, usize> = HashMap::new();
        let mut sorted: Vec<Vec<Test>> = vec![Vec::new(); self.task.groups.len()];
        for one in found.ones {
            let copy = nth.entry(one.id.clone()).or_default();
            let at = self.part_of(&one.path);
            let command = match self.task.groups[at].is_apart() {
                true => self.apart(python, &one, *copy),
                false => self.alone(python, &one.id),
            };
            sorted[at].push(one.test(&self.task.groups[at], *copy, command, &found.root));
            *copy += 1;
        }
        for (part, tests) in self.task.groups.iter().zip(sorted) {
            let error = tests.is_empty().then(|| {
                let dirs: Vec<String> = part.paths.iter().map(|path| path.display().to_string()).collect();
                format!("pytest finds no test in {}", dirs.join(", "))
            });
            let at = collect.group(Group {
                made_of: found.modules.clone(),
                worker: (!part.is_apart()).then(|| worker.clone()),
                ..group(self.task, part, error)
            });
            tests.into_iter().for_each(|test| collect.test(at, test));
        }
    }

    /// The group with the path that says most about a file.
    fn part_of(&self, path: &Path) -> usize {
        let fits = |part: &Part| {
            let paths = part.paths.iter().filter(|of| path.starts_with(of));
            paths.map(|of| of.components().count()).max()
        };
        let parts = self.task.groups.iter().enumerate();
        // The last of equals would be taken.
        let best = parts.rev().max_by_key(|(_, part)| fits(part));
        best.map_or(0, |(at, _)| at)
    }

    /// The test in a process of its own, which a wrapper goes around.
    fn apart(&self, python: &Path, one: &found::One, nth: usize) -> TestCommand {
        let mut command = self.command(python);
        // Byte code is kept where tests were looked for, and is no doing of this one's.
        command.argv.insert(1, "-B".into());
        command.argv.push("--capture=no".into());
        let mut told = self.told();
        told.insert("mode".into(), "one".into());
        told.insert("run".into(), one.id.as_str().into());
        told.insert("nth".into(), nth.into());
        told.extend(files([one.path.as_path()]));
        let told = Value::Object(told).to_string();
        command.env.push((plugin::TOLD.into(), told.into()));
        command
    }

    /// How a person would run it.
    fn alone(&self, python: &Path, node: &str) -> TestCommand {
        let mut argv: Vec<OsString> = vec![python.into(), "-m".into(), "pytest".into()];
        argv.extend(self.task.args.iter().cloned());
        argv.push(node.into());
        TestCommand {
            argv,
            cwd: self.task.cwd.clone(),
            env: self.task.env.clone(),
        }
    }
}

fn unavailable(error: &str, why: &str) -> String {
    let missing = venv::missing_module(error).unwrap_or_else(|| "a package".to_owned());
    format!(
        "unavailable: its tests need the Python package `{missing}`, which is not installed, and a private environment \
         could not be made: {why}"
    )
}
