//! What a suite file must satisfy beyond its grammar.

use std::path::Path;

use super::{SuiteConfig, SuiteError, nearest};

/// The version of the format that this program reads.
const VERSION: u32 = 1;

/// Checks versions, names and references.
pub(super) fn check(file: &Path, text: &str, config: &SuiteConfig) -> Result<(), SuiteError> {
    let fail = |path: &[&str], problem: String, near: Option<String>| {
        Err(SuiteError::at(file, text, path, problem, near))
    };
    if config.version != VERSION {
        let problem = format!(
            "this gkfs-bench reads version {VERSION}, the file is of version {}",
            config.version
        );
        return fail(&["version"], problem, None);
    }
    if let Some(name) = &config.defaults.stack {
        let known = known_stacks(config);
        if !known.contains(&name.as_str()) {
            let problem = format!("no stack is called `{name}`, known are {}", known.join(", "));
            return fail(&["defaults", "stack"], problem, nearest(name, known));
        }
    }
    if let Some(name) = BUILT_IN.iter().find(|name| config.stack.contains_key(**name)) {
        return fail(
            &["stack", name],
            format!("`{name}` is built in; give this stack another name"),
            None,
        );
    }
    for (index, group) in config.group.iter().enumerate() {
        let index_text = index.to_string();
        let path = ["group", &index_text, "name"];
        if group.name.is_empty() || group.name.contains("::") {
            return fail(
                &path,
                format!(
                    "`{}` cannot name a group: it is the part of an id before `::`",
                    group.name
                ),
                None,
            );
        }
        if config.group[..index].iter().any(|other| other.name == group.name) {
            return fail(
                &path,
                format!("a group named `{}` stands above already", group.name),
                None,
            );
        }
    }
    Ok(())
}

/// Stacks that exist without a table.
const BUILT_IN: [&str; 2] = ["embedded", "plain"];

/// Returns every name that `--stack` and `defaults.stack` may say.
pub(crate) fn known_stacks(config: &SuiteConfig) -> Vec<&str> {
    BUILT_IN
        .into_iter()
        .chain(config.stack.keys().map(String::as_str))
        .collect()
}
