//! Finds the stack of a test: what the runner says, or the places that a test without one has.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::suite::{Choice, Suite};
use super::{EMBEDDED, Kind, Mounting, PLAIN, Stack, Wrap, checkout, files};
use crate::environment::{Environment, MOUNTING};
use crate::error::{Error, Result};
use crate::process::{Limit, Spawner};

/// Our command, which carries the embedded stack.
const COMMAND: &str = "gkfs-bench";
/// Unpacking the stack takes milliseconds; a helper that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Finds a stack; see [`NoStack`] for the places.
#[derive(Clone, Debug)]
pub struct Finder {
    /// Where the suite file is looked for, and upwards.
    start: PathBuf,
    /// `CARGO_BIN_EXE_gkfs-stack` of the test's package.
    stack_program: Option<PathBuf>,
    /// `gkfs-bench` beside the test in the target directory, and on `PATH`.
    commands: Vec<PathBuf>,
}

impl Finder {
    /// A finder for a test of the package at `manifest_dir`, or of the working directory. `stack_program` is the path
    /// of the package's `gkfs-stack`, if it has one.
    pub fn new(manifest_dir: Option<&str>, stack_program: Option<&str>) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        // A binary may run far from where it was built: then that place means nothing.
        let start = manifest_dir
            .map(PathBuf::from)
            .filter(|dir| dir.is_dir())
            .unwrap_or(here);
        Self {
            start,
            stack_program: stack_program.map(PathBuf::from),
            commands: commands(),
        }
    }

    /// Finds the stack.
    ///
    /// # Errors
    /// None of the places has one, or the first that has one is not usable.
    pub fn find(&self, environment: &Environment) -> Result<Stack> {
        let mut stack = match self.choose(environment)? {
            Some(Choice::Described(stack)) => *stack,
            Some(Choice::Plain) => Stack::new(PLAIN, Kind::Plain),
            Some(Choice::Embedded) => self.embedded()?,
            None => {
                self.refuse_in_gekkofs_tree()?;
                self.embedded()?
            }
        };
        let own = environment.path("GKFS_BENCH_EXE");
        stack.exe = own.or(stack.exe).or_else(|| self.helpers().next().cloned());
        let told = Wrap::told(environment)?;
        if told != Wrap::default() || environment.has_runner() {
            stack.wrap = told;
        }
        stack.check_wrap()?;
        stack.strict |= environment.flag("GKFS_BENCH_STRICT");
        if let Some(interface) = environment.text("GKFS_BENCH_INTERFACE") {
            stack.interface = interface;
        }
        Ok(stack)
    }

    /// What the environment or the suite file says; nothing if both are silent.
    fn choose(&self, environment: &Environment) -> Result<Option<Choice>> {
        let name = environment.text("GKFS_BENCH_STACK");
        let bin_dirs = environment.paths("GKFS_BENCH_BIN_DIRS");
        let lib_dirs = environment.paths("GKFS_BENCH_LIB_DIRS");
        let kind = environment.text("GKFS_BENCH_STACK_KIND");
        if !bin_dirs.is_empty() || !lib_dirs.is_empty() || environment.has_runner() {
            let name = name.unwrap_or_else(|| "given".into());
            let usual = if name == PLAIN { Kind::Plain } else { Kind::Gekkofs };
            let kind = kind.and_then(|kind| Kind::of_name(&kind)).unwrap_or(usual);
            let stack = Stack {
                bin_dirs,
                lib_dirs,
                mounting: mounting(environment)?,
                ..Stack::new(name, kind)
            };
            return Ok(Some(Choice::Described(Box::new(stack))));
        }
        match (name, Suite::nearest(&self.start)?) {
            (Some(name), Some(suite)) => suite.named(&name).map(Some),
            (None, Some(suite)) => suite.default_choice(),
            (Some(name), None) if name == EMBEDDED => Ok(Some(Choice::Embedded)),
            (Some(name), None) if name == PLAIN => Ok(Some(Choice::Plain)),
            (Some(name), None) => {
                let problem = "no gkfs-bench.toml here or above describes it".into();
                Err(Error::StackConfig {
                    place: format!("GKFS_BENCH_STACK={name}"),
                    problem,
                })
            }
            (None, None) => Ok(None),
        }
    }

    /// A green run on another stack than the one being developed would be worse than none.
    fn refuse_in_gekkofs_tree(&self) -> Result<()> {
        match checkout::around(&self.start) {
            Some(tree) => Err(Error::NoStack(NoStack {
                tree: Some(tree),
                ..self.nowhere(Vec::new())
            })),
            None => Ok(()),
        }
    }

    fn embedded(&self) -> Result<Stack> {
        let mut answers = Vec::new();
        for helper in self.helpers() {
            match ask(helper) {
                Ok(dir) => {
                    return Ok(Stack {
                        exe: Some(helper.clone()),
                        ..Stack::flat(EMBEDDED, dir)
                    });
                }
                Err(error) => answers.push(error.to_string()),
            }
        }
        Err(Error::NoStack(self.nowhere(answers)))
    }

    /// Programs of ours that exist, the test's own first.
    fn helpers(&self) -> impl Iterator<Item = &PathBuf> {
        self.stack_program
            .iter()
            .chain(&self.commands)
            .filter(|path| files::is_executable(path))
    }

    fn nowhere(&self, answers: Vec<String>) -> NoStack {
        NoStack {
            tree: None,
            start: self.start.clone(),
            stack_program: self.stack_program.clone(),
            commands: self.commands.clone(),
            answers,
        }
    }
}

/// What a runner says about a stack of [`Kind::Command`].
fn mounting(environment: &Environment) -> Result<Option<Mounting>> {
    let Some(value) = environment.text(MOUNTING) else {
        return Ok(None);
    };
    let read = serde_json::from_str(&value).map_err(|_| Error::Environment {
        name: MOUNTING,
        value: value.into(),
        expected: "JSON with `start` and `dir` (gkfs-bench and gkfs-harness of one version)",
    })?;
    Ok(Some(read))
}

/// `gkfs-bench` in the target directory that the test runs from, then on `PATH`.
fn commands() -> Vec<PathBuf> {
    let exe = std::env::current_exe().unwrap_or_default();
    let beside = exe.ancestors().skip(1).take(2).map(|dir| dir.join(COMMAND));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path)
        .map(|dir| dir.join(COMMAND))
        .collect();
    beside
        .chain(on_path.into_iter().filter(|path| path.is_file()).take(1))
        .collect()
}

/// Asks one of our programs for a directory with its stack.
fn ask(program: &Path) -> Result<PathBuf> {
    let mut command = Command::new(program);
    command.args(["stack", "path"]);
    let done = Spawner::new()?.run(command, Limit::kill_after(PATIENCE))?;
    let text = String::from_utf8_lossy(&done.stdout);
    let dir = PathBuf::from(text.trim_end_matches('\n'));
    if done.status.success() && dir.is_dir() {
        return Ok(dir);
    }
    let problem = "it does not answer with the directory of a stack".into();
    Err(Error::Program {
        problem,
        report: Box::new(done.report()),
    })
}

/// Where a stack was looked for, in vain.
#[derive(Debug)]
pub struct NoStack {
    /// The GekkoFS tree in which the embedded stack is not used unasked.
    tree: Option<PathBuf>,
    start: PathBuf,
    stack_program: Option<PathBuf>,
    commands: Vec<PathBuf>,
    answers: Vec<String>,
}

impl fmt::Display for NoStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tree) = &self.tree {
            return write!(
                f,
                "no stack: {} is a GekkoFS tree, where a build of it is meant: name its directories in \
                 GKFS_BENCH_BIN_DIRS and GKFS_BENCH_LIB_DIRS, or in a gkfs-bench.toml with `defaults = {{ stack = \
                 \"mine\" }}` and `[stack.mine]`, or ask for the embedded one with GKFS_BENCH_STACK=embedded",
                tree.display()
            );
        }
        let list = |paths: &[PathBuf]| {
            paths
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
                .join(" or ")
        };
        let program = self.stack_program.as_slice();
        let program = if program.is_empty() {
            "the package has none".into()
        } else {
            list(program)
        };
        write!(
            f,
            "no stack to test:\n  1. the environment has no GKFS_BENCH_BIN_DIRS\n  2. no gkfs-bench.toml in {} or \
             above names one\n  3. [[bin]] gkfs-stack of the test's package: {program}\n  4. gkfs-bench: not at {} \
             and not on PATH\nbuild it with `cargo build -p gkfs-bench`, or install it with `cargo install --path app`",
            self.start.display(),
            list(&self.commands)
        )?;
        for answer in &self.answers {
            write!(f, "\nasked in vain: {answer}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let lookup = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into());
        Environment::from_lookup(lookup).unwrap()
    }

    fn finder(dir: &Path) -> Finder {
        Finder {
            start: dir.to_owned(),
            stack_program: None,
            commands: Vec::new(),
        }
    }

    #[test]
    fn the_environment_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("gkfs-bench.toml"),
            "[defaults]\nstack = \"plain\"",
        )
        .unwrap();
        let stack = finder(dir.path())
            .find(&environment(&[
                ("GKFS_BENCH_BIN_DIRS", "/b"),
                ("GKFS_BENCH_LIB_DIRS", "/l1:/l2"),
                ("GKFS_BENCH_STRICT", "1"),
                ("GKFS_BENCH_INTERFACE", "eth0"),
                ("GKFS_BENCH_EXE", "/ours"),
            ]))
            .unwrap();
        assert_eq!((stack.bin_dirs.len(), stack.lib_dirs.len()), (1, 2));
        assert_eq!((stack.strict, stack.interface.as_str()), (true, "eth0"));
        assert_eq!(stack.exe, Some("/ours".into()));
        assert!(finder(dir.path()).find(&environment(&[])).unwrap().is_plain());
    }

    #[test]
    fn a_runner_says_what_is_plain() {
        let dir = tempfile::tempdir().unwrap();
        let plain = |pairs: &[(&str, &str)]| finder(dir.path()).find(&environment(pairs)).unwrap().is_plain();
        assert!(plain(&[
            ("GKFS_BENCH_PROTOCOL", "1"),
            ("GKFS_BENCH_STACK", "plain")
        ]));
        let named = [
            ("GKFS_BENCH_PROTOCOL", "1"),
            ("GKFS_BENCH_STACK", "x"),
            ("GKFS_BENCH_STACK_KIND", "plain"),
        ];
        assert!(plain(&named));
        assert!(!plain(&[("GKFS_BENCH_PROTOCOL", "1"), ("GKFS_BENCH_STACK", "x")]));
    }

    #[test]
    fn a_helper_is_asked_for_the_embedded_stack() {
        let dir = tempfile::tempdir().unwrap();
        let helper = dir.path().join("gkfs-stack");
        fs::write(
            &helper,
            format!(
                "#!/bin/sh\n[ \"$*\" = 'stack path' ] && echo {}\n",
                dir.path().display()
            ),
        )
        .unwrap();
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
        let finder = Finder {
            stack_program: Some(helper.clone()),
            ..finder(dir.path())
        };
        let stack = finder.find(&environment(&[])).unwrap();
        assert_eq!((stack.name.as_str(), stack.exe), ("embedded", Some(helper)));
        assert_eq!(stack.bin_dirs, [dir.path()]);
    }

    #[test]
    fn in_a_gekkofs_tree_the_embedded_stack_must_be_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("CMakeLists.txt"), "project(gekkofs)").unwrap();
        let error = finder(dir.path())
            .find(&environment(&[]))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("is a GekkoFS tree") && error.contains("GKFS_BENCH_STACK=embedded"),
            "{error}"
        );
        let asked = finder(dir.path()).find(&environment(&[("GKFS_BENCH_STACK", "embedded")]));
        assert!(asked.unwrap_err().to_string().starts_with("no stack to test:"));
    }

    #[test]
    fn nothing_found_names_all_four_places() {
        let dir = tempfile::tempdir().unwrap();
        let error = finder(dir.path())
            .find(&environment(&[]))
            .unwrap_err()
            .to_string();
        for part in [
            "GKFS_BENCH_BIN_DIRS",
            "gkfs-bench.toml",
            "gkfs-stack",
            "not on PATH",
            "cargo install",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
