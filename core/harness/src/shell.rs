//! Programs and scripts of the system, with the file system under them.

mod output;
pub mod parse;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use serde_json::{Value, json};

pub use output::Output;
pub use parse::Parse;

use crate::bench::Bench;
use crate::client::environ;
use crate::context::TestContext;
use crate::crash::{self, Ended, Written};
use crate::error::Result;
use crate::fixture::Fixture;
use crate::operations::expect;
use crate::process::{Finished, Limit};
use crate::steps::{Stamp, byte_string};

/// As upstream has it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Commands that change nothing.
const READING: [&str; 13] = [
    "cat",
    "diff",
    "du",
    "grep",
    "head",
    "ls",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "stat",
    "tail",
    "wc",
];

/// Runs commands and scripts as clients of the file system.
///
/// The methods that set something return another shell, so that `shell.timeout(…).script(…)` changes nothing for the
/// next command. A command that fails, or is killed at its deadline, is an [`Output`] that says so; only one that cannot
/// be started makes the methods panic.
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test]
/// fn copy_in(daemon: &Daemon, shell: &Shell, files: &FileFactory) -> TestResult {
///     let source = files.create("source", "600K")?;
///     let target = daemon.mountdir().join("target");
///     shell.cp(&[source.path(), &target]).assert_success();
///     let sum = shell.md5sum(&[&target]).parsed_stdout::<parse::Checksums>()?;
///     assert_eq!(sum[0].digest, source.md5());
///     Ok(())
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Shell {
    bench: Bench,
    env: BTreeMap<OsString, OsString>,
    dir: PathBuf,
    intercept: bool,
    limit: Limit,
}

impl Shell {
    /// A shell in the bench's workspace.
    pub fn new(bench: &Bench) -> Self {
        Self {
            bench: bench.clone(),
            env: BTreeMap::new(),
            dir: bench.workspace.path().to_owned(),
            intercept: true,
            limit: Limit::kill_after(PATIENCE),
        }
    }

    /// With `on` false, what runs does not see the file system; the stack's directories stay first in `PATH`.
    #[must_use]
    pub fn intercept(&self, on: bool) -> Self {
        Self {
            intercept: on,
            ..self.clone()
        }
    }

    /// Gives commands and scripts `timeout`; then their process group is killed.
    #[must_use]
    pub fn timeout(&self, timeout: Duration) -> Self {
        self.with_limit(Limit {
            timeout,
            ..self.limit
        })
    }

    /// Sends another signal than SIGKILL at the deadline. SIGKILL follows if it is ignored.
    #[must_use]
    pub fn timeout_signal(&self, signal: Signal) -> Self {
        self.with_limit(Limit { signal, ..self.limit })
    }

    fn with_limit(&self, limit: Limit) -> Self {
        Self {
            limit,
            ..self.clone()
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(&self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let mut shell = self.clone();
        shell.env.insert(name.into(), value.into());
        shell
    }

    /// Runs in `dir`, which must be a directory of the kernel: a script changes into the file system's by `cd`.
    #[must_use]
    pub fn current_dir(&self, dir: impl AsRef<Path>) -> Self {
        Self {
            dir: dir.as_ref().to_owned(),
            ..self.clone()
        }
    }

    /// The variables that a client of the file system needs.
    ///
    /// # Errors
    /// The stack has no preload library, or two.
    pub fn environ(&self) -> Result<BTreeMap<OsString, OsString>> {
        environ(&self.bench, &self.env)
    }

    /// The same as text to stand before a command in a script: `LD_PRELOAD=… LIBGKFS_HOSTS_FILE=…`.
    ///
    /// # Panics
    /// The stack has no preload library, or two.
    #[track_caller]
    pub fn patched_environ(&self) -> String {
        let environ = expect(self.environ());
        let pairs = environ.iter().map(|(name, value)| {
            format!(
                "{}={}",
                name.to_string_lossy(),
                shell_words::quote(&value.to_string_lossy())
            )
        });
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// Runs a program with arguments; [`args!`](crate::args) mixes texts and paths.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn run(&self, program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
        expect(self.try_run(program, args))
    }

    /// Runs a program with arguments.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn try_run(
        &self,
        program: &str,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Output> {
        let mut command = Command::new(program);
        command.args(args);
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let argv: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        self.carry_out(
            program,
            command,
            json!({ "argv": argv, "intercept": self.intercept }),
        )
    }

    /// Runs a script in bash.
    ///
    /// # Panics
    /// bash cannot be started.
    #[track_caller]
    pub fn script(&self, code: impl AsRef<OsStr>) -> Output {
        expect(self.try_script(code))
    }

    /// Runs a script in bash.
    ///
    /// # Errors
    /// bash cannot be started.
    pub fn try_script(&self, code: impl AsRef<OsStr>) -> Result<Output> {
        let mut command = Command::new("bash");
        let code = code.as_ref();
        command.arg("-c").arg(code);
        self.carry_out(
            "bash",
            command,
            json!({ "script": code.to_string_lossy(), "intercept": self.intercept }),
        )
    }

    fn carry_out(&self, program: &str, mut command: Command, mut begin: Value) -> Result<Output> {
        let environ = if self.intercept {
            let mut environ = self.environ()?;
            let wrapper = &self.bench.stack.wrap.client;
            if !wrapper.0.is_empty() {
                let args: Vec<OsString> = command.get_args().map(OsStr::to_owned).collect();
                command = wrapper.command(Path::new(program), &mut environ);
                command.args(args);
            }
            environ
        } else {
            let mut environ = self.bench.stack.environ();
            environ.extend(self.env.clone());
            environ
        };
        command
            .current_dir(&self.dir)
            .envs(environ)
            .stdin(std::process::Stdio::null());
        if self.intercept && !READING.contains(&program) {
            self.bench
                .stop_comparing(&format!("`{program}` may have changed the file system"));
        }
        let limit = Limit {
            timeout: self.bench.at_most(self.limit.timeout),
            ..self.limit
        };
        let (stamp, began) = (Stamp::now(), SystemTime::now());
        let running = self.bench.spawner.start(command)?;
        begin["child_pid"] = running.pid().into();
        let span = self.bench.steps.begin_at(stamp, "shell", begin);
        let done = running.finish(limit)?;
        if self.intercept && !done.timed_out {
            self.examine(program, &done, began)?;
        }
        let output = Output::new(program, done);
        span.end(json!({
            "ok": output.success(), "exit": output.code(), "signal": output.signal(),
            "timed_out": output.timed_out(),
            "stdout": byte_string(output.stdout_bytes()), "stderr": byte_string(output.stderr_bytes()),
        }));
        Ok(output)
    }

    /// Finds out what there is about a client that crashed, for which its library may well have been the cause, and what
    /// checkers of memory say of it.
    fn examine(&self, program: &str, done: &Finished, began: SystemTime) -> Result<()> {
        let who = format!("`{program}`");
        crash::Report::keep(&self.bench, &who, "client", done.pid, &done.stderr)?;
        let ended = Ended {
            who,
            name: "client",
            program: Path::new(program),
            pid: done.pid,
            status: done.status,
            is_wrapped: !self.bench.stack.wrap.client.0.is_empty(),
            is_shell: program == "bash" || program == "sh",
            cwd: &self.dir,
            began,
            stderr: Written::Is(&done.stderr),
        };
        crash::examine(&self.bench, &ended);
        Ok(())
    }
}

macro_rules! commands {
    ($($name:ident)*) => {
        /// The usual commands, as methods.
        impl Shell {
            $(
                #[doc = concat!("Runs `", stringify!($name), "`; as [`run`](Self::run).")]
                #[track_caller]
                pub fn $name(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
                    self.run(stringify!($name), args)
                }
            )*
        }
    };
}

commands! {
    cat cp dd df diff du find grep head ln ls md5sum mkdir mv rm rmdir sed sha1sum sha256sum sha512sum sort stat
    tail tar touch truncate wc
}

/// Arguments of different types, for [`Shell::run`].
///
/// ```
/// let path = std::path::Path::new("/mnt/f");
/// assert_eq!(gkfs_harness::args!["--terse", path].len(), 2);
/// ```
#[macro_export]
macro_rules! args {
    ($($arg:expr),* $(,)?) => {
        ::std::vec![$(::std::convert::AsRef::<::std::ffi::OsStr>::as_ref(&$arg).to_os_string()),*]
            as ::std::vec::Vec<::std::ffi::OsString>
    };
}

impl Fixture for Shell {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self::new(&context.bench()?))
    }
}
