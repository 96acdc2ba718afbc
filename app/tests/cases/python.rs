//! The fixtures for Python, as plain pytest uses them and as our own runner does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;
use crate::python::{activate, python};

mod ends;
mod later;
mod ours;
mod plain;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("app lies in the workspace")
}

/// A suite of Python tests and a private machine to run it on.
struct Suite {
    bed: Bed,
    python: PathBuf,
    dir: PathBuf,
}

impl Suite {
    /// The suite in a directory of the repository; `None` where the machine has no pytest, which is said.
    fn of(dir: &str) -> Option<Self> {
        let mut bed = Bed::new();
        let python = python()?;
        activate(&mut bed, &python);
        Some(Self {
            bed,
            python,
            dir: root().join(dir),
        })
    }

    /// pytest with the plugin, as one starts it by hand.
    fn pytest(&self, words: &[&str]) -> Command {
        let path = self.bed.process(&["python-path"]);
        assert_eq!(path.exit, Exit::Passed, "{}", path.err);
        let installed = path
            .out
            .trim_end()
            .replace("[BED]", &self.bed.root().to_string_lossy());
        let like = self.bed.command(&[]);
        let mut pytest = Command::new(&self.python);
        pytest
            .env_clear()
            .envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .args([
                "-m",
                "pytest",
                "-p",
                "gkfs_bench_fixtures",
                "-p",
                "no:cacheprovider",
                "-v",
                "-ra",
            ])
            .args(["--rootdir", ".", "--basetemp"])
            .arg(self.temp())
            .args(words)
            .current_dir(&self.dir)
            .env("PYTHONPATH", installed)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("GKFS_BENCH_EXE", like.get_program())
            .env("GKFS_BENCH_STACK", "embedded");
        pytest
    }

    /// Where pytest makes the directories of tests.
    fn temp(&self) -> PathBuf {
        self.bed.root().join("pytest")
    }

    fn run(&self, words: &[&str]) -> (Output, String) {
        said(&mut self.pytest(words))
    }

    /// The steps of a test's run with that number: pytest numbers the directories of one name, which it cuts.
    fn steps(&self, test: &str, run: u32) -> Vec<Value> {
        let entries = fs::read_dir(self.temp()).expect("pytest's directory").flatten();
        let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let name = names.find(|name| {
            let cut = name.trim_end_matches(|c: char| c.is_ascii_digit());
            name.starts_with(test) && name[cut.len()..] == run.to_string()
        });
        let path = self
            .temp()
            .join(name.expect("the test's directory"))
            .join("steps.jsonl");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

fn said(command: &mut Command) -> (Output, String) {
    let done = command.output().expect("pytest starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done, text)
}
