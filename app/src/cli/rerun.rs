//! The command that runs tests once more as they were run: on the same stack, in the same way, recorded in the same place.

use std::path::Path;

use clap::Parser as _;
use gkfs_runner::record::{Record, StackInfo, capsule};

use crate::Env;
use crate::cli::{Cli, RunArgs, SessionArgs, StackArgs, Verb, python};
use crate::suite::{RECORDS, Suite, SuiteConfig, known_stacks};

/// The name of the command.
const NAME: &str = "gkfs-bench";

/// Where the command is going to be pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pasted {
    /// In the working directory: paths may be relative.
    Here,
    /// Nobody knows.
    Anywhere,
}

impl Pasted {
    fn path(self, path: &Path, env: &Env) -> String {
        match self {
            Pasted::Here => env.shown(path).to_string(),
            Pasted::Anywhere => env.cwd.join(path).display().to_string(),
        }
    }
}

/// A flag and what follows it.
type Words = Vec<(&'static str, String)>;

/// Returns the command up to the ids of tests, which complete it. The words are quoted for a shell. A suite need not be
/// named where it is the one around the working directory.
pub(super) fn command(
    args: &RunArgs,
    stack: Words,
    suite: Option<&Path>,
    pasted: Pasted,
    env: &Env,
) -> String {
    let mut flags = stack;
    let said = &args.stack;
    let texts = [
        ("--interface", &said.interface),
        ("--wrap-daemon", &said.wrap_daemon),
        ("--wrap-client", &said.wrap_client),
    ];
    flags.extend(
        texts
            .into_iter()
            .filter_map(|(flag, text)| Some((flag, text.clone()?))),
    );
    if let Some(oracle) = args.oracle {
        flags.push(("--oracle", python::name(oracle)));
    }
    flags.extend(python::words(args.python));
    if let Some(base) = &args.base_temp {
        flags.push(("--base-temp", pasted.path(base, env)));
    }
    let mut words = vec![program(pasted, env), "run".to_owned()];
    words.extend(
        flags
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value]),
    );
    words.extend(suite.map(|suite| pasted.path(suite, env)));
    let quoted: Vec<_> = words.iter().map(|word| shell_words::quote(word)).collect();
    quoted.join(" ")
}

/// Names a stack as the command line did, if it did: else it is the suite's usual one.
pub(super) fn as_said(said: &StackArgs, name: &str) -> Words {
    let named = said.stack.as_ref().map(|_| ("--stack", name.to_owned()));
    let dirs = [("--bin-dir", &said.bin_dir), ("--lib-dir", &said.lib_dir)];
    let dirs = dirs
        .into_iter()
        .flat_map(|(flag, dirs)| dirs.iter().map(move |dir| (flag, dir.display().to_string())));
    named.into_iter().chain(dirs).collect()
}

/// Names a stack, whatever the usual one is by then: by its name, or its directories.
pub(super) fn in_any_case(stack: &StackInfo, config: &SuiteConfig) -> Words {
    if known_stacks(config).contains(&stack.name.as_str()) {
        return vec![("--stack", stack.name.clone())];
    }
    let dirs = [("--bin-dir", &stack.bin_dirs), ("--lib-dir", &stack.lib_dirs)];
    let dirs = dirs.into_iter().flat_map(|(flag, dirs)| {
        dirs.iter()
            .map(move |dir| (flag, dir.to_path().display().to_string()))
    });
    dirs.collect()
}

/// Returns the command for tests of a recorded run.
pub(super) fn of_record(record: &Record, pasted: Pasted, env: &Env) -> String {
    let run = &record.file;
    let root = run.suite.root.to_path();
    // The suite may be gone, or another by now; then its stacks are not known by name.
    let config = Suite::load(&root).map(|suite| suite.config).unwrap_or_default();
    let mut args = args_of(record);
    let base = record.dir.ancestors().nth(2);
    let is_usual = base == Some(&root.join(RECORDS)) || capsule::original(&record.dir).is_some();
    args.base_temp = base.filter(|_| !is_usual).map(Path::to_path_buf);
    command(&args, in_any_case(&run.stack, &config), Some(&root), pasted, env)
}

/// The words that a run was started with, as far as we know them.
fn args_of(record: &Record) -> RunArgs {
    let argv = record
        .file
        .argv
        .iter()
        .map(|word| word.to_path().into_os_string());
    let cli = Cli::try_parse_from(argv).ok();
    match cli.map(|cli| (cli.verb, cli.session)) {
        Some((Some(Verb::Run(args)), _)) => *args,
        Some((Some(Verb::Watch(args)), _)) => RunArgs::of_session(&args.session),
        Some((None, session)) => RunArgs::of_session(&session),
        _ => RunArgs::of_session(&SessionArgs::default()),
    }
}

/// Returns our name where a shell finds us by it, else where we are.
fn program(pasted: Pasted, env: &Env) -> String {
    let mut dirs = env.var("PATH").into_iter().flat_map(std::env::split_paths);
    if dirs.any(|dir| dir.join(NAME).is_file()) {
        return NAME.to_owned();
    }
    let path = pasted.path(&env.exe, env);
    // A shell looks for a bare name on PATH, and nowhere else.
    if path.contains('/') {
        path
    } else {
        format!("./{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Harness;

    fn words(stack: &StackInfo) -> Vec<String> {
        let env = Env {
            vars: std::collections::BTreeMap::new(),
            cwd: "/".into(),
            exe: "/opt/my tools/gkfs-bench".into(),
            cpus: 1,
        };
        let mut args = RunArgs::of_session(&SessionArgs::default());
        args.python.harness = Some(Harness::Ours);
        args.stack.wrap_client = Some("strace -f".to_owned());
        args.base_temp = Some("records".into());
        let stack = in_any_case(stack, &SuiteConfig::default());
        let command = command(&args, stack, Some(Path::new("/a suite")), Pasted::Anywhere, &env);
        shell_words::split(&command).expect("words")
    }

    #[test]
    fn a_stack_is_named_or_its_directories_are() {
        let embedded = StackInfo {
            name: "embedded".to_owned(),
            ..StackInfo::default()
        };
        let expected = [
            "/opt/my tools/gkfs-bench",
            "run",
            "--stack",
            "embedded",
            "--wrap-client",
            "strace -f",
            "--harness",
            "ours",
            "--base-temp",
            "/records",
            "/a suite",
        ];
        assert_eq!(words(&embedded), expected);
        let built = StackInfo {
            name: "build".to_owned(),
            bin_dirs: vec!["/b/bin".into()],
            lib_dirs: vec!["/b/it's lib".into()],
            ..StackInfo::default()
        };
        let dirs = ["--bin-dir", "/b/bin", "--lib-dir", "/b/it's lib"];
        assert_eq!(words(&built)[2..6], dirs);
    }
}
