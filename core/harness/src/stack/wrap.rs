//! What is put around a stack's programs: a debugger, a tracer, a checker of memory.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::files::is_executable;
use super::script::interpreter;
use crate::environment::Environment;
use crate::error::{Error, Result};

/// So long a deadline is that is off: nobody waits for a year, and no clock overflows.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What is put around the programs of a stack, and before its client library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrap {
    /// Put before the daemon's command line.
    pub daemon: Words,
    /// Put before the command line of each client.
    pub client: Words,
    /// Libraries that clients load before the stack's own, as libasan has to be.
    pub preload_before: Vec<PathBuf>,
    /// What becomes of deadlines while something is wrapped.
    pub deadlines: Deadlines,
}

/// A command line's beginning. In a suite file a list, or a text that is split as a shell would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Words(pub Vec<String>);

/// What becomes of deadlines under a wrapper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deadlines {
    /// None holds: who debugs takes his time.
    #[default]
    Off,
    /// All are so many times as long.
    Times(u32),
}

impl Wrap {
    /// Whether anything is wrapped, so that all takes longer.
    pub fn is_on(&self) -> bool {
        !self.daemon.0.is_empty() || !self.client.0.is_empty()
    }

    /// As a runner told it.
    pub(crate) fn told(environment: &Environment) -> Result<Self> {
        let words = |name: &'static str| {
            let text = environment.text(name).unwrap_or_default();
            text.parse().map_err(|_| Error::Environment {
                name,
                value: text.into(),
                expected: "words as a shell reads them",
            })
        };
        let deadlines = environment.text("GKFS_BENCH_WRAP_DEADLINES").unwrap_or_default();
        Ok(Self {
            daemon: words("GKFS_BENCH_WRAP_DAEMON")?,
            client: words("GKFS_BENCH_WRAP_CLIENT")?,
            preload_before: environment.paths("GKFS_BENCH_PRELOAD_BEFORE"),
            deadlines: deadlines.parse().map_or(Deadlines::Off, Deadlines::Times),
        })
    }

    /// The variables that tell a test of it; none where there is nothing to tell.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut all = Vec::new();
        for (name, words) in [
            ("GKFS_BENCH_WRAP_DAEMON", &self.daemon),
            ("GKFS_BENCH_WRAP_CLIENT", &self.client),
        ] {
            if !words.0.is_empty() {
                all.push((name, words.to_string().into()));
            }
        }
        if let Ok(list) = std::env::join_paths(&self.preload_before)
            && !list.is_empty()
        {
            all.push(("GKFS_BENCH_PRELOAD_BEFORE", list));
        }
        if let (true, Deadlines::Times(times)) = (self.is_on(), self.deadlines) {
            all.push(("GKFS_BENCH_WRAP_DEADLINES", times.to_string().into()));
        }
        all
    }

    /// So much time there is under the wrappers for what has `wanted` without; `None` if there is no deadline at all.
    pub fn stretched(&self, wanted: Duration) -> Option<Duration> {
        match self.deadlines {
            _ if !self.is_on() => Some(wanted),
            Deadlines::Off => None,
            Deadlines::Times(times) => Some(wanted.saturating_mul(times)),
        }
    }

    /// The same where a deadline has to be named.
    pub fn at_most(&self, wanted: Duration) -> Duration {
        self.stretched(wanted).unwrap_or(NEVER)
    }

    /// Looks for the wrappers and libraries, so that one that is missing is said once and not by every test. `path` is
    /// where programs are looked for; what has a slash is a file.
    pub(super) fn check(&self, stack: &str, path: Option<&OsStr>, lib_dirs: &[PathBuf]) -> Result<()> {
        let fail = |key: &'static str, problem: String| {
            Err(Error::Wrap {
                key,
                stack: stack.to_owned(),
                problem,
            })
        };
        for (key, words) in [("wrap-daemon", &self.daemon), ("wrap-client", &self.client)] {
            let Some(program) = words.0.first() else { continue };
            if program.contains('/') {
                let file = Path::new(program);
                match (is_executable(file), file.exists()) {
                    (true, _) => {}
                    (false, true) => return fail(key, format!("{program} is not executable")),
                    (false, false) => return fail(key, format!("there is no {program}")),
                }
            } else if !on_path(program, path) {
                return fail(
                    key,
                    format!("no program `{program}` on PATH; install it, or name its file"),
                );
            }
        }
        for library in &self.preload_before {
            if !library_exists(library, lib_dirs) {
                let problem = format!("no library {}; the loader would pass over it", library.display());
                return fail("preload-before", problem);
            }
        }
        Ok(())
    }
}

impl Words {
    /// A command that runs `program` under these words, or just runs it. What a client preloads is carried past the
    /// programs that would otherwise be clients themselves, where they have a way for that; and gdb does not stop at the
    /// signal by which a client library may catch system calls.
    pub(crate) fn command(&self, program: &Path, environ: &mut BTreeMap<OsString, OsString>) -> Command {
        let Some((wrapper, words)) = self.0.split_first() else {
            return Command::new(program);
        };
        let mut command = Command::new(wrapper);
        let name = Path::new(wrapper).file_name().unwrap_or_default();
        if let Some(preload) = environ.get(OsStr::new("LD_PRELOAD")).cloned() {
            let preload = preload.to_string_lossy();
            match name.to_str() {
                Some("strace") => {
                    command.arg("-E").arg(format!("LD_PRELOAD={preload}"));
                    environ.remove(OsStr::new("LD_PRELOAD"));
                }
                Some("gdb") => {
                    let set = format!("set environment LD_PRELOAD {preload}");
                    command.args(["-iex", &set, "-iex", "set startup-with-shell off"]);
                    command.args(["-iex", "handle SIGSYS nostop noprint pass"]);
                    environ.remove(OsStr::new("LD_PRELOAD"));
                }
                _ => {}
            }
        }
        command.args(words).args(interpreter(program)).arg(program);
        command
    }
}

fn on_path(program: &str, path: Option<&OsStr>) -> bool {
    let mut dirs = path.into_iter().flat_map(std::env::split_paths);
    dirs.any(|dir| is_executable(&dir.join(program)))
}

/// Whether the loader would find a library: by its path, or by its name in the usual directories and those of gcc, where
/// the sanitizers are.
fn library_exists(library: &Path, lib_dirs: &[PathBuf]) -> bool {
    if library.components().count() > 1 {
        return library.is_file();
    }
    let usual = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let arch = format!("{}-linux-gnu", std::env::consts::ARCH);
    let multiarch = usual.clone().map(|dir| dir.join(&arch));
    let variable = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let variable: Vec<PathBuf> = std::env::split_paths(&variable).collect();
    let mut dirs = lib_dirs.iter().chain(&variable).chain(&usual).chain(&multiarch);
    dirs.any(|dir| dir.join(library).is_file())
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shell_words::join(&self.0))
    }
}

impl std::str::FromStr for Words {
    type Err = shell_words::ParseError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        shell_words::split(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command line, as a text or as a list of words")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Words, E> {
                text.parse()
                    .map_err(|error| E::custom(format!("`{text}`: {error}")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Words, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }
        from.deserialize_any(Reader)
    }
}

impl Serialize for Deadlines {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Off => to.serialize_str("off"),
            Self::Times(times) => to.serialize_u32(*times),
        }
    }
}

impl<'de> Deserialize<'de> for Deadlines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Deadlines;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"off\", or by how much deadlines are multiplied")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Deadlines, E> {
                match text {
                    "off" => Ok(Deadlines::Off),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_i64<E: de::Error>(self, times: i64) -> std::result::Result<Deadlines, E> {
                let fits = u32::try_from(times).ok().filter(|times| *times > 0);
                fits.map(Deadlines::Times)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(times), &self))
            }
        }
        from.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(daemon: &str) -> Wrap {
        Wrap {
            daemon: daemon.parse().unwrap(),
            ..Wrap::default()
        }
    }

    #[test]
    fn what_is_told_is_what_is_understood() {
        let wrap = Wrap {
            daemon: Words(vec!["strace".into(), "-o".into(), "a file".into()]),
            client: "gdb -batch".parse().unwrap(),
            preload_before: vec!["libasan.so.8".into(), "/x/lib.so".into()],
            deadlines: Deadlines::Times(20),
        };
        let variables = wrap.variables();
        let told = Environment::from_lookup(|name| {
            variables
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.clone())
        });
        assert_eq!(Wrap::told(&told.unwrap()).unwrap(), wrap);
        assert!(Wrap::default().variables().is_empty());
    }

    #[test]
    fn deadlines_are_off_or_longer_only_where_something_is_wrapped() {
        let second = Duration::from_secs(1);
        assert_eq!(Wrap::default().stretched(second), Some(second));
        assert_eq!(wrap("gdb").stretched(second), None);
        let longer = Wrap {
            deadlines: Deadlines::Times(3),
            ..wrap("valgrind")
        };
        assert_eq!(longer.at_most(second), second * 3);
    }

    #[test]
    fn what_is_not_there_is_named_with_its_key() {
        let check = |wrap: &Wrap| {
            let path = std::env::var_os("PATH");
            wrap.check("mine", path.as_deref(), &[])
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(&wrap("sh -c")), Ok(()));
        let error = check(&wrap("no-such-wrapper --x")).unwrap_err();
        assert!(
            error.starts_with("wrap-daemon of the stack `mine`: no program `no-such-wrapper` on PATH"),
            "{error}"
        );
        assert!(
            check(&wrap("/etc/passwd"))
                .unwrap_err()
                .contains("not executable")
        );
        assert!(
            check(&wrap("/no/such"))
                .unwrap_err()
                .contains("there is no /no/such")
        );
        let library = Wrap {
            preload_before: vec!["libno-such.so".into()],
            ..Wrap::default()
        };
        assert!(
            check(&library)
                .unwrap_err()
                .starts_with("preload-before of the stack `mine`: ")
        );
    }

    #[test]
    fn a_tracer_is_no_client_itself() {
        let mut environ = BTreeMap::from([("LD_PRELOAD".into(), "/lib/x.so".into())]);
        let words: Words = "strace -f".parse().unwrap();
        let command = words.command(Path::new("/bin/gkfs.io"), &mut environ);
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
        assert_eq!(args, ["-E", "LD_PRELOAD=/lib/x.so", "-f", "/bin/gkfs.io"]);
        assert!(environ.is_empty());
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("t.sh");
        std::fs::write(&script, "#!/bin/sh -e\n").unwrap();
        let command = words.command(&script, &mut environ);
        let args: Vec<_> = command.get_args().skip(1).collect();
        assert_eq!(args, ["/bin/sh".as_ref(), "-e".as_ref(), script.as_os_str()]);
        environ.insert("LD_PRELOAD".into(), "/lib/x.so".into());
        let words: Words = "./mine".parse().unwrap();
        words.command(Path::new("/bin/gkfs.io"), &mut environ);
        assert_eq!(
            environ.len(),
            1,
            "of one that has no way for it nobody knows better"
        );
    }
}
