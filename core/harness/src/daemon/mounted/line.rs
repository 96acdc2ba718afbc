//! The lines that the suite file gives to `sh`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::Bench;
use crate::stack::Mounting;

/// A line for `sh` in the suite's directory, with what a script would find in its environment.
pub(super) fn shell(bench: &Bench, how: &Mounting, line: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(line)
        .current_dir(&how.dir)
        .envs(bench.stack.environ());
    command.stdin(Stdio::null());
    for (name, dir) in places(bench) {
        command.env(name, dir);
    }
    command
}

fn places(bench: &Bench) -> [(&'static str, PathBuf); 4] {
    let workspace = &bench.workspace;
    [
        ("MNT", workspace.mountdir()),
        ("ROOT", workspace.rootdir()),
        ("LOGS", workspace.logdir()),
        ("TMP", workspace.tmpdir()),
    ]
}

/// Puts the test's directories into a line; other braces are the shell's.
pub(super) fn filled_in(line: &str, bench: &Bench) -> String {
    places(bench).iter().fold(line.to_owned(), |line, (name, dir)| {
        let quoted = shell_words::quote(&dir.to_string_lossy()).into_owned();
        line.replace(&format!("{{{}}}", name.to_lowercase()), &quoted)
    })
}
