//! Asking cargo: which packages and test targets there are, and for their binaries.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Message, Metadata, MetadataCommand, Package, Target};

use super::command::{Ran, Shell};
use super::memory::replace;
use super::{DiscoverError, Listener};
use crate::record::encode;

/// What a build made.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// The binaries of the test targets that were built, by target.
    pub(super) binaries: HashMap<String, PathBuf>,
    /// The compiler's errors, rendered, by target; those of dependencies under their own target's name.
    errors: Vec<(String, String)>,
    /// Why the build failed, where it did, if the compiler did not say.
    failure: Option<String>,
    /// What it printed.
    pub(super) log: PathBuf,
}

impl Built {
    pub(super) fn ok(&self) -> bool {
        self.failure.is_none()
    }

    /// Why there is no binary of a target: the compiler's errors about it, else all errors, else cargo's own words.
    pub(super) fn error(&self, target: &str) -> String {
        let errors = |own: bool| {
            let chosen = self.errors.iter().filter(|(of, _)| !own || of == target);
            chosen
                .map(|(_, text)| text.trim_end())
                .collect::<Vec<_>>()
                .join("\n\n")
        };
        [errors(true), errors(false)]
            .into_iter()
            .find(|text| !text.is_empty())
            .or(self.failure.clone())
            .unwrap_or_else(|| "cargo built no binary for it; see the build's log".to_owned())
    }
}

/// The packages of a workspace, or what cargo has against it.
pub(super) async fn metadata(
    shell: &Shell<'_>,
    manifest: &Path,
) -> Result<Result<Metadata, String>, DiscoverError> {
    let mut command = cargo(manifest);
    command
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--manifest-path",
        ])
        .arg(manifest);
    let ran = shell.run(command, "metadata", None).await?;
    if !ran.ok() {
        return Ok(Err(ran.failure()));
    }
    let json = fs::read_to_string(ran.stdout.path()).unwrap_or_default();
    Ok(MetadataCommand::parse(json)
        .map_err(|error| format!("`{}` says what is not understood: {error}", ran.command)))
}

/// The integration tests of a package that cargo builds unasked. It leaves out those that need features which are
/// off, and asked for one of them by name it would refuse to build any.
pub(super) fn test_targets(package: &Package) -> Vec<&Target> {
    let on = default_features(package);
    let buildable = |target: &&Target| {
        let needs = &target.required_features;
        needs.iter().all(|feature| on.contains(feature.as_str()))
    };
    let mut targets: Vec<&Target> = package
        .targets
        .iter()
        .filter(|target| target.is_test() && target.test)
        .filter(buildable)
        .collect();
    targets.sort_by(|a, b| a.name.cmp(&b.name));
    targets
}

/// The features of a package that are on by default, with all that they imply.
fn default_features(package: &Package) -> HashSet<&str> {
    let mut on = HashSet::new();
    let mut waiting = vec!["default"];
    while let Some(feature) = waiting.pop() {
        if on.insert(feature) {
            let implied = package.features.get(feature);
            waiting.extend(implied.into_iter().flatten().map(String::as_str));
        }
    }
    on
}

/// Builds test targets of a package, each as far as it goes.
pub(super) async fn build(
    shell: &Shell<'_>,
    package: &Package,
    targets: &[&Target],
    args: &[OsString],
    listener: Option<&Listener>,
) -> Result<Built, DiscoverError> {
    let manifest = package.manifest_path.as_std_path();
    let mut command = cargo(manifest);
    command
        .args([
            "build",
            "--keep-going",
            "--message-format=json",
            "--manifest-path",
        ])
        .arg(manifest);
    command
        .args(targets.iter().flat_map(|target| ["--test", target.name.as_str()]))
        .args(args);
    let name = package.name.as_str();
    let ran = shell.run_heard(command, name, None, listener).await?;
    Ok(read(&ran, package, shell.logs))
}

/// Reads cargo's messages, and keeps for people what they say.
fn read(ran: &Ran, package: &Package, logs: &Path) -> Built {
    let mut built = Built {
        log: logs.join(format!("{}.log", encode(&package.name))),
        ..Built::default()
    };
    built.failure = (!ran.ok()).then(|| ran.failure());
    let mut log = fs::read(ran.stderr.path()).unwrap_or_default();
    let messages = ran
        .stdout
        .reopen()
        .map(|file| Message::parse_stream(BufReader::new(file)));
    for message in messages.into_iter().flatten().flatten() {
        match message {
            Message::CompilerArtifact(artifact)
                if artifact.target.is_test() && artifact.package_id == package.id =>
            {
                if let Some(path) = artifact.executable {
                    built
                        .binaries
                        .insert(artifact.target.name, path.into_std_path_buf());
                }
            }
            Message::CompilerMessage(of) => {
                let text = of.message.rendered.unwrap_or(of.message.message);
                // The log is for reading; that it cannot be written is no reason to stop.
                let _ = writeln!(log, "{text}");
                if matches!(of.message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice) {
                    built.errors.push((of.target.name, text));
                }
            }
            _ => {}
        }
    }
    let _ = replace(&built.log, &log);
    built
}

/// cargo, in the directory whose configuration and toolchain hold for the manifest.
fn cargo(manifest: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(manifest.parent().unwrap_or(Path::new("/")));
    command.env("CARGO_TERM_COLOR", "never");
    command
}
