//! CTest groups: what a build directory of CMake has registered.
//!
//! ctest is asked with `--show-only=json-v1`, from a directory of ours that refers to the build's: it writes a log
//! where it is started, and looking for tests must neither need a tree that can be written nor change one that is watched.
//! Tests that call pytest open up into their tests, a group for each registered one. All others are grouped by their
//! program. A test runs as under ctest: with its variables, in its directory, with its timeout, after what it depends
//! on and the fixtures it requires, and never beside one with the same resource lock.

mod listing;
mod program;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::collect::Collect;
use super::command::Shell;
use super::pytest::{Part, Task};
use super::{DiscoverError, Group, Judge, Lookup, Rules, Settled, Test, TestCommand, name_of};
use crate::event::SourceKind;
use crate::process::Processes;
use crate::settings::GroupSettings;
use listing::{Listing, Registered};

/// It only reads files.
const LIST_LIMIT: Duration = Duration::from_secs(60);
/// What ctest gives a test that says nothing.
const USUAL_LIMIT: f64 = 1500.0;
/// By which a build directory with tests is known.
const MARK: &str = "CTestTestfile.cmake";

/// A build directory, and what is declared about it.
#[derive(Debug, Clone)]
pub(super) struct BuildDir {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) settings: GroupSettings,
}

/// Whether a directory is a build directory of CMake with tests.
pub(super) fn has_tests(dir: &Path) -> bool {
    dir.join(MARK).is_file()
}

/// Adds the groups of a build directory. Returns what pytest is to collect for others.
pub(super) async fn discover(
    processes: &Processes,
    build: &BuildDir,
    lookup: &Lookup,
    cancel: &CancellationToken,
    collect: &mut Collect<'_>,
) -> Result<Vec<Task>, DiscoverError> {
    let shell = Shell {
        processes,
        cancel,
        logs: &lookup.logs,
    };
    let listing = match list(&shell, build, lookup).await? {
        Ok(listing) => listing,
        Err(error) => {
            broken(build, error, collect);
            return Ok(Vec::new());
        }
    };
    let work = Work {
        build,
        listing: &listing,
        env: &lookup.environment,
    };
    Ok(work.add(collect))
}

/// What is registered, or why that cannot be said.
async fn list(
    shell: &Shell<'_>,
    build: &BuildDir,
    lookup: &Lookup,
) -> Result<Result<Listing, String>, DiscoverError> {
    if !has_tests(&build.path) {
        let dir = build.path.display();
        return Ok(Err(format!(
            "{dir} is no build directory with tests: there is no {MARK}; configure it with `cmake -B {dir}`, and have \
             enable_testing() in the topmost CMakeLists.txt"
        )));
    }
    let written = fs::create_dir_all(&lookup.logs).and_then(|()| {
        let dir = tempfile::Builder::new()
            .prefix("ctest-")
            .tempdir_in(&lookup.logs)?;
        let refer = format!("subdirs([==[{}]==])\n", build.path.display());
        fs::write(dir.path().join(MARK), refer)?;
        Ok(dir)
    });
    let dir = match written {
        Ok(dir) => dir,
        Err(error) => return Ok(Err(format!("cannot write in {}: {error}", lookup.logs.display()))),
    };
    let ctest = lookup.ctest.as_deref().unwrap_or(Path::new("ctest"));
    let mut command = Command::new(ctest);
    command.arg("--show-only=json-v1").current_dir(dir.path());
    let ran = shell.run(command, "ctest", Some(LIST_LIMIT)).await?;
    if !ran.ok() {
        return Ok(Err(format!(
            "{}; ctest comes with CMake 3.14 or later",
            ran.failure()
        )));
    }
    let said = fs::read(ran.stdout.path()).unwrap_or_default();
    Ok(serde_json::from_slice(&said)
        .map_err(|error| format!("`{}` says what is not understood: {error}", ran.command)))
}

fn broken(build: &BuildDir, error: String, collect: &mut Collect<'_>) {
    collect.group(Group {
        error: Some(error),
        ..group(&build.name, &build.path, &build.settings)
    });
}

fn group(name: &str, path: &Path, settings: &GroupSettings) -> Group {
    Group {
        name: name.to_owned(),
        source: SourceKind::Ctest,
        path: path.to_owned(),
        settings: settings.clone(),
        error: None,
        made_of: Vec::new(),
        worker: None,
    }
}

struct Work<'a> {
    build: &'a BuildDir,
    listing: &'a Listing,
    env: &'a BTreeMap<OsString, OsString>,
}

impl Work<'_> {
    fn add(&self, collect: &mut Collect<'_>) -> Vec<Task> {
        let written = program::written(&self.build.path);
        let mut opened: Vec<(&Registered, program::Pytest, PathBuf)> = Vec::new();
        let mut programs: Vec<(String, Vec<&Registered>)> = Vec::new();
        for test in &self.listing.tests {
            let cwd = self.cwd(test);
            if let Some(pytest) = program::pytest(&test.command, &cwd).filter(|_| !test.is_on("DISABLED")) {
                opened.push((test, pytest, cwd));
                continue;
            }
            let program = test.command.first().or_else(|| written.get(&test.name));
            let program = program.cloned().unwrap_or_default();
            match programs.iter_mut().find(|(known, _)| *known == program) {
                Some((_, tests)) => tests.push(test),
                None => programs.push((program, vec![test])),
            }
        }
        let missing = programs
            .iter()
            .flat_map(|(_, tests)| tests)
            .filter(|test| test.command.is_empty())
            .count();
        if missing > 0 && missing == self.listing.tests.len() {
            broken(self.build, self.not_built(missing), collect);
            return Vec::new();
        }
        if self.listing.tests.is_empty() {
            broken(
                self.build,
                format!("no test is registered in {}", self.build.path.display()),
                collect,
            );
        }
        let of = self.groups_of(&opened, &programs);
        for (program, tests) in &programs {
            self.add_program(program, tests, &of, collect);
        }
        opened
            .into_iter()
            .map(|(test, pytest, cwd)| self.task(test, pytest, cwd, &of))
            .collect()
    }

    /// For each registered test, what its tests are called: an id, or a group.
    fn groups_of(
        &self,
        opened: &[(&Registered, program::Pytest, PathBuf)],
        programs: &[(String, Vec<&Registered>)],
    ) -> HashMap<String, String> {
        let groups = opened
            .iter()
            .map(|(test, ..)| (test.name.clone(), test.name.clone()));
        let tests = programs.iter().flat_map(|(program, tests)| {
            let group = self.group_name(program);
            tests
                .iter()
                .map(move |test| (test.name.clone(), format!("{group}::{}", test.name)))
        });
        groups.chain(tests).collect()
    }

    fn group_name(&self, program: &str) -> String {
        match program {
            "" => self.build.name.clone(),
            program => name_of(Path::new(program)),
        }
    }

    fn add_program(
        &self,
        program: &str,
        tests: &[&Registered],
        of: &HashMap<String, String>,
        collect: &mut Collect<'_>,
    ) {
        let path = match program {
            "" => self.build.path.as_path(),
            program => Path::new(program),
        };
        let at = collect.group(Group {
            made_of: vec![path.to_owned()],
            ..group(&self.group_name(program), path, &self.build.settings)
        });
        for test in tests {
            collect.test(at, self.test(test, program, of));
        }
    }

    fn test(&self, test: &Registered, program: &str, of: &HashMap<String, String>) -> Test {
        let place = self.listing.place(test);
        Test {
            name: test.name.clone(),
            file: place.as_ref().map(|(file, _)| file.clone()),
            line: place.map(|(_, line)| line),
            tags: test.list("LABELS"),
            ignored: test.is_on("DISABLED"),
            timeout: Some(limit(test)),
            command: TestCommand {
                argv: test.command.iter().map(OsString::from).collect(),
                cwd: self.cwd(test),
                env: self.variables(test),
            },
            settled: self.settled(test, program),
            rules: self.rules(test, of),
            judge: judge(test).map(Arc::new),
            ..Test::default()
        }
    }

    fn settled(&self, test: &Registered, program: &str) -> Option<Settled> {
        if test.command.is_empty() {
            let what = if program.is_empty() {
                "its program"
            } else {
                program
            };
            let why = format!(
                "{what} does not exist; build it with `cmake --build {}`",
                self.build.path.display()
            );
            return Some(Settled::Failed(why));
        }
        let files = test.list("REQUIRED_FILES").into_iter();
        let missing = files
            .map(|file| self.cwd(test).join(file))
            .find(|file| !file.exists());
        missing.map(|file| Settled::Failed(format!("its required file {} does not exist", file.display())))
    }

    fn cwd(&self, test: &Registered) -> PathBuf {
        test.text("WORKING_DIRECTORY")
            .map_or_else(|| self.build.path.clone(), PathBuf::from)
    }

    fn variables(&self, test: &Registered) -> Vec<(OsString, OsString)> {
        let current = |name: &str| {
            let value = self.env.get(std::ffi::OsStr::new(name))?;
            Some(value.to_string_lossy().into_owned())
        };
        let env = test.environment(&current).into_iter();
        env.map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn rules(&self, test: &Registered, of: &HashMap<String, String>) -> Rules {
        let required = test.list("FIXTURES_REQUIRED");
        let with = |property: &str, names: &[String]| -> Vec<String> {
            let tests = self.listing.tests.iter();
            let those = tests.filter(|other| other.list(property).iter().any(|name| names.contains(name)));
            those.filter_map(|other| of.get(&other.name).cloned()).collect()
        };
        let after = test.list("DEPENDS").into_iter();
        Rules {
            after: after.filter_map(|name| of.get(&name).cloned()).collect(),
            needs: with("FIXTURES_SETUP", &required),
            brings: with("FIXTURES_CLEANUP", &required),
            locks: test.list("RESOURCE_LOCK"),
            exclusive: test.is_on("RUN_SERIAL"),
            slots: test.number("PROCESSORS").map_or(1, |number| number as usize),
            outlives: !test.list("FIXTURES_SETUP").is_empty(),
        }
    }

    /// A registered test that is pytest opens up into a group.
    fn task(
        &self,
        test: &Registered,
        pytest: program::Pytest,
        cwd: PathBuf,
        of: &HashMap<String, String>,
    ) -> Task {
        let mut settings = self.build.settings.clone();
        settings.tags.extend(test.list("LABELS"));
        settings.exclusive |= test.is_on("RUN_SERIAL");
        settings.timeout = settings
            .timeout
            .or_else(|| test.number("TIMEOUT").map(Duration::from_secs_f64));
        let part = Part {
            name: test.name.clone(),
            paths: pytest.paths,
            base: cwd.clone(),
            settings,
            rules: self.rules(test, of),
        };
        Task {
            groups: vec![part],
            cwd,
            // One that the build makes may not be there yet.
            python: Some(pytest.python).filter(|python| python.is_file()),
            args: pytest.args.into_iter().map(OsString::from).collect(),
            env: self.variables(test),
            source: SourceKind::Ctest,
        }
    }

    fn not_built(&self, tests: usize) -> String {
        let dir = self.build.path.display();
        format!(
            "{dir} is configured but not built: none of its {tests} tests has a program; build it with `cmake --build {dir}`"
        )
    }
}

fn limit(test: &Registered) -> Duration {
    let seconds = test
        .number("TIMEOUT")
        .filter(|seconds| *seconds > 0.0)
        .unwrap_or(USUAL_LIMIT);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

fn judge(test: &Registered) -> Option<Judge> {
    let judge = Judge {
        will_fail: test.is_on("WILL_FAIL"),
        skip_code: test.number("SKIP_RETURN_CODE").map(|code| code as i32),
        pass: test.list("PASS_REGULAR_EXPRESSION"),
        fail: test.list("FAIL_REGULAR_EXPRESSION"),
        skip: test.list("SKIP_REGULAR_EXPRESSION"),
    };
    (judge != Judge::default()).then_some(judge)
}

/// Tasks of one interpreter, directory and options become one: starting Python costs more than collecting.
pub(super) fn together(tasks: Vec<Task>) -> Vec<Task> {
    let mut joined: Vec<Task> = Vec::new();
    for task in tasks {
        let same = joined.iter_mut().find(|other| {
            (&other.python, &other.cwd, &other.args, &other.env, other.source)
                == (&task.python, &task.cwd, &task.args, &task.env, task.source)
        });
        match same {
            Some(other) if task.python.is_some() && task.source == SourceKind::Ctest => {
                other.groups.extend(task.groups)
            }
            _ => joined.push(task),
        }
    }
    joined
}
