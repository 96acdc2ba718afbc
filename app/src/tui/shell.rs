//! A shell in the workspace of an attempt.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::clipboard::Through;
use crate::with_client::{self, ATTEMPT};

/// What the user's programs are.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    /// The shell.
    pub(crate) shell: OsString,
    /// Our own executable.
    pub(crate) exe: PathBuf,
    /// `PATH` as it is.
    pub(crate) path: OsString,
    /// What stands between us and the terminal.
    pub(crate) through: Through,
}

/// Returns the command of a shell in the workspace of an attempt, and what to say before it begins.
///
/// A test that has no need of a workspace may have none; then the shell opens where its outputs are. `live` says whether the attempt still runs. The shell is no client of the file system, but [`with_client`] is on its `PATH` and makes one of any command.
///
/// # Errors
/// Whatever of it is not there, in words.
pub(crate) fn command(
    programs: &Programs,
    id: &str,
    attempt: &Path,
    live: bool,
) -> Result<(Command, String), String> {
    if !attempt.is_dir() {
        return Err(format!("there is no {}", attempt.display()));
    }
    let workspace = attempt.join("workspace");
    let has_workspace = workspace.is_dir();
    let bin = bin(attempt, &programs.exe).map_err(|error| format!("cannot offer with-client: {error}"))?;
    let dirs = std::iter::once(bin).chain(std::env::split_paths(&programs.path));
    let path = std::env::join_paths(dirs).map_err(|error| format!("PATH: {error}"))?;
    let mut command = Command::new(&programs.shell);
    command.current_dir(if has_workspace { &workspace } else { attempt });
    command.env("PATH", path).env_remove("LD_PRELOAD");
    command.env(ATTEMPT, attempt);
    if has_workspace {
        for (name, dir) in [("MNT", "mnt"), ("ROOT", "root"), ("LOGS", "logs"), ("TMP", "tmp")] {
            command.env(name, workspace.join(dir));
        }
    }
    Ok((command, greeting(id, attempt, live)))
}

fn greeting(id: &str, attempt: &Path, live: bool) -> String {
    let attempt_name = attempt.file_name().unwrap_or_default().to_string_lossy();
    if !attempt.join("workspace").is_dir() {
        return format!(
            "{id}, {attempt_name}: it has no workspace; here are its outputs.\nThe end of this shell leads back."
        );
    }
    let daemon = if with_client::a_daemon_lives(attempt) {
        "its daemon lives: `with-client COMMAND` sees what is in $MNT"
    } else if live {
        "no daemon of it lives now; as soon as one does, `with-client COMMAND` sees what is in $MNT"
    } else {
        "its daemon is gone, as its test has ended; `gkfs-bench shell TEST` opens a copy that lives"
    };
    format!(
        "{id}, {attempt_name}: $MNT $ROOT $LOGS $TMP are set;\n{daemon}.\nThe end of this shell leads back."
    )
}

/// Returns a debugger on the first daemon of an attempt that lives.
pub(crate) fn debugger(attempt: &Path) -> Result<(Command, String), String> {
    let (index, pid) = *with_client::living_daemons(attempt)
        .first()
        .ok_or("no daemon of this attempt lives")?;
    let mut command = Command::new("gdb");
    command.args(["-q", "-p", &pid.to_string()]);
    Ok((
        command,
        format!("gdb on daemon {index}, which it stops; `detach` and `quit` let it go on."),
    ))
}

/// Returns a directory that has our executable under the name of the program.
fn bin(attempt: &Path, exe: &Path) -> io::Result<PathBuf> {
    // <base>/runs/<id>/tests/<group>/<test>/attempt-N
    let base = attempt.ancestors().nth(6).ok_or(io::ErrorKind::NotFound)?;
    let bin = base.join("bin");
    let link = bin.join(with_client::NAME);
    if std::fs::read_link(&link).is_ok_and(|to| to == exe) {
        return Ok(bin);
    }
    std::fs::create_dir_all(&bin)?;
    // By a rename: another session may do the same now.
    let new = bin.join(format!("{}.{}", with_client::NAME, std::process::id()));
    symlink(exe, &new)?;
    std::fs::rename(&new, &link)?;
    Ok(bin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs() -> Programs {
        Programs {
            shell: "sh".into(),
            exe: "/bin/sh".into(),
            path: "/usr/bin:/bin".into(),
            through: Through::Nothing,
        }
    }

    #[test]
    fn a_shell_knows_the_workspace_and_is_no_client() {
        let base = tempfile::tempdir().expect("a temporary directory");
        let attempt = base.path().join("runs/r/tests/g/t/attempt-1");
        assert!(command(&programs(), "g::t", &attempt, false).is_err());
        std::fs::create_dir_all(&attempt).expect("an attempt of a program that needs no workspace");
        let (mut alone, said) = command(&programs(), "g::t", &attempt, true).expect("a shell");
        assert!(said.contains("has no workspace"), "{said}");
        let alone = alone.args(["-c", "pwd"]).output().expect("sh").stdout;
        assert_eq!(
            String::from_utf8_lossy(&alone).trim(),
            attempt.display().to_string()
        );
        std::fs::create_dir_all(attempt.join("workspace/mnt")).expect("a workspace");
        for _ in 0..2 {
            let (mut command, said) = command(&programs(), "g::t", &attempt, false).expect("a shell");
            assert!(said.starts_with("g::t, attempt-1:") && said.contains("daemon is gone"));
            assert!(greeting("g::t", &attempt, true).contains("no daemon of it lives now"));
            command.args([
                "-c",
                "pwd; echo $MNT; echo ${LD_PRELOAD-none}; readlink \"$(command -v with-client)\"",
            ]);
            let said = command.output().expect("sh").stdout;
            let workspace = attempt.join("workspace").display().to_string();
            let wanted = format!("{workspace}\n{workspace}/mnt\nnone\n/bin/sh\n");
            assert_eq!(String::from_utf8(said).expect("utf-8"), wanted);
        }
    }
}
