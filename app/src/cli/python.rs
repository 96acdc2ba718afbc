//! Which Python runs the tests of pytest groups, and what their pytest is told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use gkfs_harness::Stack;
use gkfs_harness::python::PLUGIN;
use gkfs_harness::stack::{Kind, PRELOAD_LIBRARY};
use gkfs_runner::discover::pytest::Python;

use crate::cli::PythonArgs;
use crate::stack::{self, checkout};
use crate::suite::{Harness, Ops, Suite};
use crate::{CommandError, Env};

/// Names of virtual environments beside tests.
const BESIDE: [&str; 2] = [".venv", "venv"];

/// Says how pytest is started for the groups of a suite.
///
/// # Errors
/// When our fixtures are meant and cannot be written.
pub(super) fn settings(
    suite: &Suite,
    stack: Option<&Stack>,
    said: PythonArgs,
    base: &Path,
    env: &Env,
) -> Result<Python, CommandError> {
    let mut args = vec![OsString::from("-v")];
    let mut path = env.var("PYTHONPATH").map(OsString::from);
    if let Some((more, variables)) = fixtures(said.harness_of(None), said.ops, env)? {
        args.extend(more);
        path = variables.into_iter().map(|(_, value)| value).next();
    }
    Ok(Python {
        programs: programs(suite, env),
        options: stack.map_or_else(Vec::new, options),
        args,
        path,
        environments: Some(base.join("python")),
    })
}

/// Arguments for pytest, and variables.
type Start = (Vec<OsString>, Vec<(OsString, OsString)>);

/// What a pytest is started with that gets our fixtures; nothing if they are its suite's.
///
/// # Errors
/// When they cannot be written.
pub(super) fn fixtures(harness: Harness, ops: Option<Ops>, env: &Env) -> Result<Option<Start>, CommandError> {
    if harness == Harness::Own {
        return Ok(None);
    }
    let mut path = stack::python()?.into_os_string();
    if let Some(before) = env.var("PYTHONPATH") {
        path.push(":");
        path.push(before);
    }
    let mut args: Vec<OsString> = vec!["-p".into(), PLUGIN.into()];
    args.extend(ops.map(|ops| format!("--ops={}", name(ops)).into()));
    Ok(Some((args, vec![("PYTHONPATH".into(), path)])))
}

/// The words of our own command line that say the same again.
pub(super) fn words(said: PythonArgs) -> impl Iterator<Item = (&'static str, String)> {
    let harness = said.harness.map(|harness| ("--harness", name(harness)));
    harness
        .into_iter()
        .chain(said.ops.map(|ops| ("--ops", name(ops))))
}

pub(super) fn name(value: impl ValueEnum) -> String {
    let named = value.to_possible_value();
    named.map(|named| named.get_name().to_owned()).unwrap_or_default()
}

/// Returns the interpreters that may be meant, the best first: of the active environment, of the one that CMake made for
/// the tests of a GekkoFS tree, of one beside the tests, and the machine's.
pub(crate) fn programs(suite: &Suite, env: &Env) -> Vec<PathBuf> {
    let mut environments: Vec<PathBuf> = env.var("VIRTUAL_ENV").map(PathBuf::from).into_iter().collect();
    let tree = checkout::find(&suite.root).or_else(|| checkout::find(&env.cwd));
    environments.extend(tree.into_iter().flat_map(|tree| tree.environments()));
    let beside = [&suite.root, &env.cwd].into_iter();
    environments.extend(beside.flat_map(|dir| BESIDE.map(|name| dir.join(name))));
    let mut programs: Vec<PathBuf> = Vec::new();
    for program in environments.into_iter().map(|dir| dir.join("bin/python")) {
        if program.is_file() && !programs.contains(&program) {
            programs.push(program);
        }
    }
    programs.push("python3".into());
    programs
}

/// The options by which GekkoFS's own suite is told what it tests.
fn options(stack: &Stack) -> Vec<(String, Vec<String>)> {
    if stack.kind != Kind::Gekkofs {
        return Vec::new();
    }
    let mut bin_dirs = stack.bin_dirs.clone();
    // It looks for the client library among the programs, and wants to find it once.
    let has_library = |dir: &&PathBuf| dir.join(PRELOAD_LIBRARY).is_file();
    if !bin_dirs.iter().any(|dir| has_library(&dir)) {
        bin_dirs.extend(stack.lib_dirs.iter().find(has_library).cloned());
    }
    let text = |dirs: &[PathBuf]| {
        dirs.iter()
            .map(|dir| dir.to_string_lossy().into_owned())
            .collect()
    };
    vec![
        ("--bin-dir".to_owned(), text(&bin_dirs)),
        ("--lib-dir".to_owned(), text(&stack.lib_dirs)),
        ("--interface".to_owned(), vec![stack.interface.clone()]),
    ]
}
