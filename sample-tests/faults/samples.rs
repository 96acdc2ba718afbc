//! The samples from outside: built by cargo, listed and run one by one on libtest's protocol.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cargo_metadata::Message;
use gkfs_embedded::fault::{self, Fault};
use tempfile::TempDir;

const MANIFEST_DIR: &str = env!("CARGO_MANIFEST_DIR");

/// Groups that take long for what they notice; the others go first.
const SLOW: [&str; 3] = ["data_integrity", "shell", "cluster"];

/// What became of a sample.
pub(crate) enum Outcome {
    Passed,
    /// The line that says why.
    Skipped(String),
    /// What it printed.
    Failed(String),
}

/// One test function of one group.
pub(crate) struct Sample {
    binary: PathBuf,
    name: String,
    id: String,
}

impl Sample {
    /// Group and name.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Runs it on a stack with this fault. What it leaves behind when it fails is removed.
    pub(crate) fn run(&self, fault: Option<Fault>) -> Result<Outcome, String> {
        let temporary = TempDir::new().map_err(|error| format!("a temporary directory: {error}"))?;
        let mut command = command(&self.binary);
        command
            .args(["--exact", &self.name, "--nocapture"])
            .env("TMPDIR", temporary.path())
            .envs(fault.map(|fault| (fault::VARIABLE, fault.name())));
        if fault.is_none() {
            // Where there is no fault the oracle must find none.
            command.env("GKFS_BENCH_ORACLE", "plain");
        }
        let done = output(command)?;
        let text = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        Ok(if !done.status.success() {
            Outcome::Failed(text)
        } else if let Some(line) = text.lines().find(|line| line.starts_with("SKIP ")) {
            Outcome::Skipped(line.to_owned())
        } else {
            Outcome::Passed
        })
    }
}

/// Builds all groups, and lists their samples, the quick groups' first.
pub(crate) fn build() -> Result<Vec<Sample>, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(MANIFEST_DIR)
        .args(["test", "--no-run", "--features", "faults"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    let built = output(cargo)?;
    if !built.status.success() {
        return Err("the samples cannot be built; cargo said why above".into());
    }
    let mut groups = Vec::new();
    for message in Message::parse_stream(BufReader::new(&built.stdout[..])) {
        let message = message.map_err(|error| format!("cargo's messages: {error}"))?;
        if let Message::CompilerArtifact(artifact) = message
            && artifact.target.is_test()
            && let Some(binary) = artifact.executable
        {
            groups.push((artifact.target.name, binary.into_std_path_buf()));
        }
    }
    groups.sort_by_key(|(group, _)| (SLOW.contains(&group.as_str()), group.clone()));
    let mut samples = Vec::new();
    for (group, binary) in groups {
        samples.extend(list(&group, &binary)?);
    }
    Ok(samples)
}

/// The tests of one binary that are not ignored.
fn list(group: &str, binary: &Path) -> Result<Vec<Sample>, String> {
    let names = |which: &[&str]| -> Result<Vec<String>, String> {
        let mut command = command(binary);
        command.args(["--list", "--format", "terse"]).args(which);
        let done = output(command)?;
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        Ok(names.map(str::to_owned).collect())
    };
    let ignored = names(&["--ignored"])?;
    let mut all = names(&[])?;
    all.retain(|name| !ignored.contains(name));
    Ok(all
        .into_iter()
        .map(|name| Sample {
            binary: binary.to_owned(),
            id: format!("{group}::{name}"),
            name,
        })
        .collect())
}

/// A command as cargo would run it, with nothing of a runner or a stack around this program.
fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(MANIFEST_DIR)
        .env("CARGO_MANIFEST_DIR", MANIFEST_DIR);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["GKFS_", "LIBGKFS_"].iter().any(|ours| name.starts_with(ours)) {
            command.env_remove(&*name);
        }
    }
    command
}

fn output(mut command: Command) -> Result<Output, String> {
    let done = command.output();
    done.map_err(|error| format!("cannot run {}: {error}", command.get_program().display()))
}
