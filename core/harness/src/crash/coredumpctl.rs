//! Cores that systemd keeps, given out by `coredumpctl`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use super::core_file::Wanted;
use crate::process::{Limit, Spawner};

/// How often it is asked.
const PACE: Duration = Duration::from_millis(200);

/// Who gives them out.
pub(super) struct Store<'a> {
    program: &'a Path,
    /// systemd writes a core down after its process has ended.
    patience: Duration,
}

impl Store<'_> {
    /// The machine's.
    pub(super) fn of_systemd() -> Self {
        Self {
            program: Path::new("coredumpctl"),
            patience: Duration::from_secs(10),
        }
    }

    /// Has it write a core to `to`, as soon as it has it.
    pub(super) fn fetch(
        &self,
        wanted: &Wanted<'_>,
        to: &Path,
        spawner: &Spawner,
        limit: Limit,
    ) -> Result<(), String> {
        let end = Instant::now() + self.patience.min(limit.timeout);
        loop {
            let mut command = Command::new(self.program);
            command
                .args(["dump", "--no-pager", "-q"])
                .args(wanted.pid.map(|pid| format!("COREDUMP_PID={pid}")))
                // Else the newest is meant, and that is no older than what is looked for.
                .arg(since(wanted.since))
                .arg("--output")
                .arg(to);
            let Ok(done) = spawner.run(command, limit) else {
                return Err("systemd-coredump has it, and there is no coredumpctl".to_owned());
            };
            if done.status.success() && to.metadata().is_ok_and(|meta| meta.len() > 0) {
                return Ok(());
            }
            if Instant::now() >= end {
                let words = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                return Err(format!("coredumpctl does not give it out ({words})"));
            }
            std::thread::sleep(PACE);
        }
    }
}

/// It looks at none that are older.
fn since(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    format!("--since=@{seconds}")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    fn asked(program: &Path, patience: Duration) -> Result<(), String> {
        let wanted = Wanted {
            pid: Some(4242),
            cwd: Path::new("/"),
            since: SystemTime::UNIX_EPOCH + Duration::from_millis(7500),
        };
        let limit = Limit::kill_after(Duration::from_secs(120));
        let to = program.with_file_name("core");
        Store { program, patience }.fetch(&wanted, &to, &Spawner::new().unwrap(), limit)
    }

    /// A script in the place of the program.
    fn stand_in(dir: &Path, code: &str) -> PathBuf {
        let program = dir.join("coredumpctl");
        let code = format!("#!/bin/sh\ncd '{}'\n{code}\n", dir.display());
        fs::write(&program, code).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn it_is_asked_until_it_has_the_core_of_that_process() {
        let dir = tempfile::tempdir().unwrap();
        let program = stand_in(
            dir.path(),
            "echo \"$*\" > asked; [ -e before ] || { touch before; echo 'No match found.' >&2; exit 1; }\n\
             while [ $# -gt 1 ]; do [ \"$1\" != --output ] || echo core > \"$2\"; shift; done",
        );
        asked(&program, Duration::from_secs(120)).unwrap();
        let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("core"), "core\n");
        let words = "dump --no-pager -q COREDUMP_PID=4242 --since=@7 --output ";
        assert!(read("asked").starts_with(words), "{}", read("asked"));
    }

    #[test]
    fn what_it_says_is_told_where_it_has_none() {
        let dir = tempfile::tempdir().unwrap();
        let program = stand_in(dir.path(), "echo 'No match found.' >&2; exit 1");
        let refused = asked(&program, Duration::ZERO).unwrap_err();
        assert_eq!(refused, "coredumpctl does not give it out (No match found.)");
        let nobody = asked(&dir.path().join("gone"), Duration::ZERO).unwrap_err();
        assert!(nobody.contains("there is no coredumpctl"), "{nobody}");
    }
}
