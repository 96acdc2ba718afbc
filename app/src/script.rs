//! The host of a script test: gives it a daemon, a workspace and the clients' environment, and lends it its status.
//!
//! The runner starts `gkfs-bench script COMMAND…` where the command is the script, as this is no business of its
//! own. Set-up and teardown are recorded like those of every other test. What the script finds in its environment:
//!
//! | variable | meaning |
//! |---|---|
//! | `MNT` | where the file system is |
//! | `TMP` | a directory beside it |
//! | `ROOT`, `LOGS` | the daemon's own directory, the logs |
//! | `LD_PRELOAD`, `LIBGKFS_*`, `PATH`, `LD_LIBRARY_PATH` | what makes it a client of the stack |
//!
//! Exit status 77 is a skip, as with automake; its reason is the last line on standard error. A line `# needs: fork
//! rename` in the comment at its beginning skips it where the file system cannot do that: a shell that hangs in a client
//! library could not say so itself. The words are those of [`Cap`].

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use std::sync::Arc;
use std::time::SystemTime;

use gkfs_harness::{Cap, Client, Daemon, Hold, Session, Steps, TestContext, Workspace, require, support};
use serde_json::json;

/// The first word that makes this executable the host of a script.
pub const WORD: &str = "script";

/// What automake's tests exit with where they cannot run.
const SKIPPED: i32 = 77;

/// What stands for the script in messages before its own id is known.
const TEST: support::Test = support::Test {
    module: "script",
    function: "main",
    label: None,
    timeout_ms: None,
    manifest_dir: None,
    stack_program: None,
};

/// Everything a script needs.
struct Place {
    _daemon: Arc<Daemon>,
    client: Client,
    workspace: Workspace,
    steps: Steps,
    hold: Hold,
}

/// Runs the command in `args` as a test; its exit status is the result, 1 if there was no daemon for it.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let argv: Vec<OsString> = args.collect();
    let [program, rest @ ..] = &argv[..] else {
        eprintln!("{WORD}: expected a command; the runner starts this, there is no use in doing so by hand");
        return ExitCode::from(crate::Exit::Usage as u8);
    };
    let mut status = None;
    // The harness ends a failed set-up or teardown as it ends a failed test: by a panic that has had its say.
    let ended = catch_unwind(AssertUnwindSafe(|| {
        support::run(
            &TEST,
            |context| {
                let daemon = context.fixture::<Daemon>()?;
                let client = Client::new(&context.bench()?);
                ask_for_needs(argv.last(), context)?;
                Ok(Place {
                    _daemon: daemon,
                    client,
                    workspace: context.workspace().clone(),
                    steps: context.steps().clone(),
                    hold: context.hold(),
                })
            },
            |place| {
                status = Some(place.run(program, rest)?);
                Ok(())
            },
        );
    }));
    match (ended, status) {
        (Ok(()), Some(status)) => exit_code(status),
        // Skipped in set-up: the reason has been given.
        (Ok(()), None) => ExitCode::SUCCESS,
        (Err(_), _) => ExitCode::FAILURE,
    }
}

/// Skips the test if its file system cannot do what the script says that it needs.
fn ask_for_needs(script: Option<&OsString>, context: &TestContext) -> gkfs_harness::Result<()> {
    let needs = needs(&script.map(std::fs::read).and_then(Result::ok).unwrap_or_default());
    if needs.is_empty() {
        return Ok(());
    }
    let bench = context.bench()?;
    let session = Session::new(&bench);
    for word in needs {
        let Some(cap) = Cap::ALL.into_iter().find(|cap| cap.as_str() == word) else {
            let known: Vec<&str> = Cap::ALL.iter().map(|cap| cap.as_str()).collect();
            let problem = format!("`# needs: {word}`: known are {}", known.join(", "));
            return Err(gkfs_harness::Error::other(problem));
        };
        require(&session, bench.workspace().mountdir(), cap);
    }
    session.finish()
}

/// Reads the `needs:` of the comment lines that a script begins with.
fn needs(script: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(script);
    text.lines()
        .map_while(|line| line.strip_prefix('#'))
        .filter_map(|comment| comment.trim().strip_prefix("needs:"))
        .flat_map(|words| words.split([' ', ',']))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Place {
    fn run(
        &self,
        program: &OsString,
        args: &[OsString],
    ) -> Result<ExitStatus, Box<dyn std::error::Error + Send + Sync>> {
        let mut command = self.client.command(Path::new(program))?;
        command.args(args);
        command
            .env("MNT", self.workspace.mountdir())
            .env("TMP", self.workspace.tmpdir());
        command
            .env("ROOT", self.workspace.rootdir())
            .env("LOGS", self.workspace.logdir());
        let argv: Vec<_> = std::iter::once(program)
            .chain(args)
            .map(|word| word.to_string_lossy())
            .collect();
        // What it writes first must not seem to come before it was started: its number, which comes later, is told with
        // its end.
        let span = self
            .steps
            .begin("shell", json!({ "argv": argv, "intercept": true }));
        let cannot = |error| format!("cannot start {}: {error}", program.display());
        let began = SystemTime::now();
        let mut child = command.spawn().map_err(cannot)?;
        let status = child.wait()?;
        span.end(json!({ "exit": status.code(), "signal": status.signal(), "child_pid": child.id() }));
        if let Some(stderr) = self.stderr() {
            let script = args.last().unwrap_or(program);
            self.client
                .examine(Path::new(script), child.id(), status, began, &stderr);
        }
        if status.code() == Some(SKIPPED) {
            gkfs_harness::skip(
                self.last_words()
                    .unwrap_or_else(|| format!("exit status {SKIPPED}")),
            );
        }
        if !status.success() {
            // To the harness a script that ran to its end is none that failed.
            let words = self
                .last_words()
                .map_or(String::new(), |words| format!(": {words}"));
            self.hold.wait(&format!("{status}{words}"));
        }
        Ok(status)
    }

    /// The file that the runner made of its standard error.
    fn stderr(&self) -> Option<PathBuf> {
        Some(self.workspace.path().parent()?.join("stderr.log"))
    }

    /// Returns the last line the script wrote to standard error, which the runner made a file.
    fn last_words(&self) -> Option<String> {
        let text = std::fs::read(self.stderr()?).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty())
            .map(str::to_owned)
    }
}

/// Returns the script's status as a shell would.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::needs;

    #[test]
    fn what_a_script_needs_stands_in_its_first_comment() {
        assert_eq!(
            needs(
                b"#!/bin/sh\n# Copies.\n# needs: fork, rename\n#\n# needs: O_PATH\nset -e\n# needs: link\n"
            ),
            ["fork", "rename", "O_PATH"]
        );
        assert!(needs(b"\x7fELF\n# needs: fork").is_empty());
    }
}
