//! A stack as a suite file describes it: the table `[stack.NAME]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Deadlines, Stack, Words, Wrap};
use crate::error::{Error, Result};

/// What a stack is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A GekkoFS: a daemon, and clients under a preload library.
    #[default]
    Gekkofs,
    /// A bare directory: the kernel as oracle.
    Plain,
    /// Any file system that a command mounts.
    Command,
}

impl Kind {
    /// Its name in a suite file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gekkofs => "gekkofs",
            Self::Plain => "plain",
            Self::Command => "command",
        }
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Gekkofs, Self::Plain, Self::Command]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// How a command mounts a file system. `{mnt}`, `{root}`, `{logs}` and `{tmp}` in a line stand for the test's directories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mounting {
    /// A line for `sh` that mounts at `{mnt}`, and stays or goes to the background.
    pub start: String,
    /// A pattern in its logs that says that it serves; without one the mount itself does.
    pub ready: Option<String>,
    /// A line for `sh` that unmounts; without one the process is asked to end.
    pub stop: Option<String>,
    /// Where both are run.
    pub dir: PathBuf,
}

/// The table `[stack.NAME]` of `gkfs-bench.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StackConfig {
    /// What it is.
    pub kind: Kind,
    /// Where the programs are, relative to the suite file.
    pub bin_dirs: Vec<PathBuf>,
    /// Where the libraries are, relative to the suite file.
    pub lib_dirs: Vec<PathBuf>,
    /// The network interface of the daemons.
    pub interface: String,
    /// The client library refuses what the real one refuses.
    pub strict: bool,
    /// Further variables for everything started.
    pub env: BTreeMap<String, String>,
    /// Put before the daemon's command line, such as `valgrind` or `["strace", "-f"]`.
    pub wrap_daemon: Words,
    /// Put before the command line of each client.
    pub wrap_client: Words,
    /// `"off"`, or by how much deadlines are multiplied, while something is wrapped.
    pub wrap_deadlines: Deadlines,
    /// Libraries that clients load before the stack's own, such as `libasan.so.8`.
    pub preload_before: Vec<PathBuf>,
    /// The command that mounts, for `kind = "command"`.
    pub start: Option<String>,
    /// When it is ready, for `kind = "command"`: `mount`, or a pattern in its log.
    pub ready: Option<String>,
    /// The command that unmounts, for `kind = "command"`.
    pub stop: Option<String>,
}

impl Default for StackConfig {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            bin_dirs: Vec::new(),
            lib_dirs: Vec::new(),
            interface: "lo".into(),
            strict: false,
            env: BTreeMap::new(),
            wrap_daemon: Words::default(),
            wrap_client: Words::default(),
            wrap_deadlines: Deadlines::default(),
            preload_before: Vec::new(),
            start: None,
            ready: None,
            stop: None,
        }
    }
}

impl StackConfig {
    /// The stack that the table of `suite_file` under `name` describes. Whether its directories hold what they
    /// should is seen when they are used.
    ///
    /// # Errors
    /// Keys do not fit the kind, or one is missing.
    pub fn resolve(&self, name: &str, suite_file: &Path) -> Result<Stack> {
        let problem = match self.kind {
            Kind::Command if self.start.is_none() => {
                "it has no `start`: the command that mounts the file system at {mnt}"
            }
            Kind::Gekkofs if self.bin_dirs.is_empty() && self.lib_dirs.is_empty() => {
                "it names neither bin-dirs nor lib-dirs"
            }
            Kind::Gekkofs | Kind::Plain
                if self.start.is_some() || self.ready.is_some() || self.stop.is_some() =>
            {
                "`start`, `ready` and `stop` are for kind = \"command\" alone"
            }
            _ => "",
        };
        let place = || format!("{}: [stack.{name}]", suite_file.display());
        if !problem.is_empty() {
            return Err(Error::StackConfig {
                place: place(),
                problem: problem.into(),
            });
        }
        let base = suite_file.parent().unwrap_or(Path::new("."));
        let absolute = |dirs: &[PathBuf]| dirs.iter().map(|dir| base.join(dir)).collect();
        Ok(Stack {
            name: name.into(),
            kind: self.kind,
            bin_dirs: absolute(&self.bin_dirs),
            lib_dirs: absolute(&self.lib_dirs),
            interface: self.interface.clone(),
            strict: self.strict,
            env: self.env.clone(),
            exe: None,
            wrap: self.wrap(base),
            mounting: self.mounting(base).map_err(|problem| Error::StackConfig {
                place: place(),
                problem,
            })?,
        })
    }

    /// What is put around the programs. A path is relative to the suite file, a name is looked for where it is used.
    fn wrap(&self, base: &Path) -> Wrap {
        let file = |word: &str| match word.contains('/') {
            true => base.join(word),
            false => PathBuf::from(word),
        };
        let words = |words: &Words| {
            let mut words = words.clone();
            if let Some(program) = words.0.first_mut() {
                *program = file(program).to_string_lossy().into_owned();
            }
            words
        };
        let libraries = self.preload_before.iter();
        Wrap {
            daemon: words(&self.wrap_daemon),
            client: words(&self.wrap_client),
            preload_before: libraries
                .map(|library| file(&library.to_string_lossy()))
                .collect(),
            deadlines: self.wrap_deadlines,
        }
    }

    /// What a stack of `kind = "command"` says about itself; nothing for the others.
    fn mounting(&self, base: &Path) -> std::result::Result<Option<Mounting>, String> {
        let Some(start) = &self.start else { return Ok(None) };
        let ready = match self.ready.as_deref() {
            None | Some("mount") => None,
            Some(pattern) => {
                regex_lite::Regex::new(pattern).map_err(|error| format!("`ready`: {error}"))?;
                Some(pattern.to_owned())
            }
        };
        Ok(Some(Mounting {
            start: start.clone(),
            ready,
            stop: self.stop.clone(),
            dir: base.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_relative_to_the_suite_file() {
        let config: StackConfig =
            toml::from_str("bin-dirs = [\"build/bin\", \"/abs\"]\nlib-dirs = [\"lib\"]\nstrict = true")
                .unwrap();
        let stack = config
            .resolve("mine", Path::new("/suite/gkfs-bench.toml"))
            .unwrap();
        assert_eq!(
            stack.bin_dirs,
            [PathBuf::from("/suite/build/bin"), PathBuf::from("/abs")]
        );
        assert_eq!((stack.interface.as_str(), stack.strict), ("lo", true));
    }

    #[test]
    fn wrappers_are_words_and_paths_of_the_suite() {
        let text = "bin-dirs = [\"b\"]\nwrap-daemon = \"./wrap.sh -x 'a b'\"\nwrap-client = [\"strace\", \"-f\"]\n\
                    wrap-deadlines = 20\npreload-before = [\"libasan.so.8\", \"lib/mine.so\"]";
        let config: StackConfig = toml::from_str(text).unwrap();
        let wrap = config
            .resolve("mine", Path::new("/s/gkfs-bench.toml"))
            .unwrap()
            .wrap;
        assert_eq!(wrap.daemon.0, ["/s/./wrap.sh", "-x", "a b"]);
        assert_eq!(wrap.client.0, ["strace", "-f"]);
        assert_eq!(wrap.deadlines, Deadlines::Times(20));
        assert_eq!(
            wrap.preload_before,
            [PathBuf::from("libasan.so.8"), "/s/lib/mine.so".into()]
        );
        for wrong in [
            "wrap-deadlines = 0",
            "wrap-deadlines = \"on\"",
            "wrap-daemon = \"'\"",
            "wrap-daemon = 7",
        ] {
            assert!(toml::from_str::<StackConfig>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_command_is_run_beside_the_suite_file() {
        let text =
            "kind = \"command\"\nstart = \"./fs {mnt}\"\nready = \"serving .*\"\nstop = \"umount {mnt}\"";
        let config: StackConfig = toml::from_str(text).unwrap();
        let stack = config.resolve("mine", Path::new("/s/gkfs-bench.toml")).unwrap();
        let mounting = stack.mounting.unwrap();
        assert_eq!((stack.kind, mounting.dir), (Kind::Command, PathBuf::from("/s")));
        assert_eq!(mounting.ready.as_deref(), Some("serving .*"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        assert!(
            toml::from_str::<StackConfig>("bin-dir = []")
                .unwrap_err()
                .to_string()
                .contains("bin-dir")
        );
        for (text, part) in [
            ("kind = \"command\"", "no `start`"),
            ("kind = \"command\"\nstart = \"x\"\nready = \"(\"", "`ready`: "),
            ("", "neither bin-dirs"),
            ("kind = \"plain\"\nready = \"mount\"", "alone"),
        ] {
            let config: StackConfig = toml::from_str(text).unwrap();
            let error = config
                .resolve("mine", Path::new("/s/gkfs-bench.toml"))
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("/s/gkfs-bench.toml: [stack.mine]: ") && error.contains(part),
                "{error}"
            );
        }
    }
}
