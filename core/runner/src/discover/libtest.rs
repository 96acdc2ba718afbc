//! A test binary's tests, in libtest's own words.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::command::Shell;
use super::section::{self, Entry};
use super::{DiscoverError, Test, TestCommand};

/// A list takes milliseconds; a binary that does not end is no libtest.
const LIST_LIMIT: Duration = Duration::from_secs(30);

/// A built test target.
#[derive(Debug)]
pub(super) struct Binary<'a> {
    pub(super) path: &'a Path,
    /// Where its tests run: the package's root, as under cargo.
    pub(super) cwd: &'a Path,
    /// What paths in its section are relative to.
    pub(super) workspace: &'a Path,
    pub(super) env: &'a [(OsString, OsString)],
    /// Put before each test's name.
    pub(super) prefix: String,
}

/// The tests of a binary, or why it has none to show.
pub(super) async fn list(
    shell: &Shell<'_>,
    binary: &Binary<'_>,
) -> Result<Result<Vec<Test>, String>, DiscoverError> {
    let all = match names(shell, binary, false).await? {
        Ok(names) => names,
        Err(why) => return Ok(Err(why)),
    };
    let ignored: HashSet<String> = match names(shell, binary, true).await? {
        Ok(names) => names.into_iter().collect(),
        Err(why) => return Ok(Err(why)),
    };
    let entries = section::read(binary.path);
    let entry = |name: &str| entries.iter().find(|entry| entry.name == name);
    Ok(Ok(all
        .iter()
        .map(|name| binary.test(name, ignored.contains(name), entry(name)))
        .collect()))
}

async fn names(
    shell: &Shell<'_>,
    binary: &Binary<'_>,
    ignored: bool,
) -> Result<Result<Vec<String>, String>, DiscoverError> {
    let mut command = Command::new(binary.path);
    command
        .args(["--list", "--format", "terse"])
        .args(ignored.then_some("--ignored"));
    command
        .current_dir(binary.cwd)
        .envs(binary.env.iter().map(|(name, value)| (name, value)));
    let ran = shell.run(command, "list", Some(LIST_LIMIT)).await?;
    if !ran.ok() {
        return Ok(Err(format!(
            "{}; a test target with `harness = false` must list its tests",
            ran.failure()
        )));
    }
    let said = fs::read(ran.stdout.path()).unwrap_or_default();
    Ok(Ok(parse(&String::from_utf8_lossy(&said))))
}

/// Lines of a terse list: `name: test`, or `name: benchmark`, which are not ours.
fn parse(list: &str) -> Vec<String> {
    list.lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

impl Binary<'_> {
    fn test(&self, name: &str, ignored: bool, entry: Option<&Entry>) -> Test {
        let shown = entry.and_then(|entry| entry.id.as_deref()).unwrap_or(name);
        let mut argv: Vec<OsString> = vec![
            self.path.into(),
            "--exact".into(),
            name.into(),
            "--nocapture".into(),
        ];
        if ignored {
            argv.push("--ignored".into());
        }
        Test {
            id: String::new(),
            group: 0,
            name: format!("{}{shown}", self.prefix),
            file: entry
                .and_then(|entry| entry.file.as_ref())
                .map(|file| self.workspace.join(PathBuf::from(file))),
            line: entry.and_then(|entry| entry.line),
            tags: entry.map(|entry| entry.tags.clone()).unwrap_or_default(),
            description: entry.and_then(|entry| entry.description.clone()),
            ignored,
            timeout: entry
                .and_then(|entry| entry.timeout_ms)
                .map(Duration::from_millis),
            command: TestCommand {
                argv,
                cwd: self.cwd.to_owned(),
                env: self.env.to_vec(),
            },
            ..Test::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terse_list_is_its_tests() {
        assert_eq!(
            parse("io::read: test\nspeed: benchmark\nwrite: test\n\n2 tests, 1 benchmark\n"),
            ["io::read", "write"]
        );
    }
}
