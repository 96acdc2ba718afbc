//! The two places in which a case runs, and the environment that it sees there.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Case;
use crate::child::{self, Outcome};
use crate::tools::Toolbox;

/// A directory under test with its surroundings: `dir` (`$D`), `out` (`$OUT`, never on the mount), `home`, `logs`.
///
/// The bases of two places that are compared have names of the same length, so that the limits of paths and the widths of
/// columns are the same in both.
#[derive(Debug)]
pub(crate) struct Place {
    base: PathBuf,
    /// What makes the directory a mount: empty for the bare one.
    mount: Vec<(OsString, OsString)>,
}

impl Place {
    pub(crate) fn create(base: PathBuf) -> io::Result<Self> {
        for name in ["dir", "out", "home", "logs"] {
            fs::create_dir_all(base.join(name))?;
        }
        Ok(Self {
            base,
            mount: Vec::new(),
        })
    }

    pub(crate) fn mounted(mut self, variables: Vec<(OsString, OsString)>) -> Self {
        self.mount = variables;
        self
    }

    pub(crate) fn base(&self) -> &Path {
        &self.base
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.base.join("dir")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.base.join("logs")
    }

    /// Runs the case here, and takes this place's name out of what it said.
    pub(crate) fn run(&self, case: &Case, argv: &[OsString], toolbox: &Toolbox) -> io::Result<Outcome> {
        let mut outcome = child::run(self.command(case, argv, toolbox), &self.logs(), case.deadline)?;
        let name = self.base.as_os_str().as_encoded_bytes();
        outcome.stdout = replaced(&outcome.stdout, name, b"$BASE");
        outcome.stderr = replaced(&outcome.stderr, name, b"$BASE");
        Ok(outcome)
    }

    fn command(&self, case: &Case, argv: &[OsString], toolbox: &Toolbox) -> Command {
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).current_dir(self.dir()).env_clear();
        command.env("PATH", toolbox.path());
        command
            .env("D", self.dir())
            .env("OUT", self.base.join("out"))
            .env("TMPDIR", self.base.join("out"));
        command.env("HOME", self.base.join("home"));
        command.env("CASES", case.source.parent().unwrap_or(&case.source));
        command.envs([("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")]);
        // Newer versions warn, with a process number, about forks beside threads.
        command.env("PYTHONWARNINGS", "ignore");
        if let Some(python) = toolbox.python() {
            command.env("PYTHON", python);
        }
        command.envs(self.mount.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    result.extend_from_slice(rest);
    result
}
