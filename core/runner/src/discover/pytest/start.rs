//! How pytest is started: to collect, as a worker, and for one test alone.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::found::{self, Found};
use super::known::Known;
use super::plugin::{self, MODULE};
use super::{Work, files};
use crate::discover::{DiscoverError, TestCommand, WorkerCommand};

/// Collecting imports whatever the tests import; what takes longer than this hangs.
const COLLECT_LIMIT: Duration = Duration::from_secs(300);

impl Work<'_> {
    /// What one interpreter collects, or why it cannot.
    pub(super) async fn collect_with(&self, python: &Path) -> Result<Result<Found, String>, DiscoverError> {
        let start = self.command(python);
        let told = Value::Object(self.told()).to_string();
        let known = Known::of(self, &start, &told);
        if self.lookup.recalls
            && let Some(found) = known.recall()
        {
            return Ok(Ok(found));
        }
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
        let mut command = Command::new(python);
        command
            .args(&start.argv[1..])
            .args(["--collect-only", "-qq"])
            .current_dir(&start.cwd);
        command.envs(start.env.iter().map(|(name, value)| (name, value)));
        command.env(plugin::TOLD, Value::Object(told).to_string());
        let ran = self.shell.run(command, "pytest", Some(COLLECT_LIMIT)).await?;
        let found = found::read(out.path(), &ran, python);
        if let Ok(found) = &found {
            known.keep(found, &start, &fs::read_to_string(out.path()).unwrap_or_default());
        }
        Ok(found)
    }

    /// The program that runs tests one after the other.
    pub(super) fn worker(&self, python: &Path, kept: Option<PathBuf>) -> WorkerCommand {
        let mut command = self.command(python);
        command.argv.push("--capture=no".into());
        WorkerCommand {
            command,
            told: self.told(),
            kept,
        }
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

    /// The test in a process of its own, which a wrapper goes around.
    pub(super) fn apart(&self, python: &Path, one: &found::One, nth: usize) -> TestCommand {
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
    pub(super) fn alone(&self, python: &Path, node: &str) -> TestCommand {
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
