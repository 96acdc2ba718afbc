//! The command that runs tests of a session's suite on its stack, wherever it is pasted.

use std::path::Path;

use gkfs_runner::record::StackInfo;

use crate::Env;
use crate::cli::{PythonArgs, python};
use crate::suite::{SuiteConfig, known_stacks};

/// The name of the command.
const NAME: &str = "gkfs-bench";

/// Returns the command up to the suite; ids of tests complete it. The words are quoted for a shell.
pub(super) fn command(
    root: &Path,
    stack: &StackInfo,
    interface: Option<&str>,
    said: PythonArgs,
    config: &SuiteConfig,
    env: &Env,
) -> String {
    let mut words = vec![program(env), "run".to_owned()];
    let mut flag = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    if known_stacks(config).contains(&stack.name.as_str()) {
        flag("--stack", stack.name.clone());
    } else {
        for (name, dirs) in [("--bin-dir", &stack.bin_dirs), ("--lib-dir", &stack.lib_dirs)] {
            dirs.iter()
                .for_each(|dir| flag(name, dir.to_path().display().to_string()));
        }
    }
    if let Some(interface) = interface {
        flag("--interface", interface.to_owned());
    }
    for (flag, value) in python::words(said) {
        words.extend([flag.to_owned(), value]);
    }
    words.push(root.display().to_string());
    let quoted: Vec<_> = words.iter().map(|word| shell_words::quote(word)).collect();
    quoted.join(" ")
}

/// Returns our name where a shell finds us by it, else where we are.
fn program(env: &Env) -> String {
    let mut dirs = env.var("PATH").into_iter().flat_map(std::env::split_paths);
    if dirs.any(|dir| dir.join(NAME).is_file()) {
        NAME.to_owned()
    } else {
        env.exe.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Harness;

    fn env() -> Env {
        Env {
            vars: std::collections::BTreeMap::new(),
            cwd: "/".into(),
            exe: "/opt/my tools/gkfs-bench".into(),
            cpus: 1,
        }
    }

    fn words(stack: &StackInfo) -> Vec<String> {
        let command = command(
            Path::new("/a suite"),
            stack,
            None,
            PythonArgs {
                harness: Some(Harness::Ours),
                ..PythonArgs::default()
            },
            &SuiteConfig::default(),
            &env(),
        );
        shell_words::split(&command).expect("words")
    }

    #[test]
    fn a_stack_is_named_or_its_directories_are() {
        let embedded = StackInfo {
            name: "embedded".to_owned(),
            ..StackInfo::default()
        };
        let exe = "/opt/my tools/gkfs-bench";
        let expected = [exe, "run", "--stack", "embedded", "--harness", "ours", "/a suite"];
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
