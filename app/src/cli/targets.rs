//! What the words after a verb mean: which suite, and which part of it.

use std::path::{Path, PathBuf};

use crate::suite::Suite;
use crate::{CommandError, Env};

/// A suite and what was named of it.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    /// The one suite that everything named belongs to.
    pub(crate) suite: Suite,
    /// Files and directories in it; none means all of it.
    pub(crate) paths: Vec<PathBuf>,
    /// Groups and test ids.
    pub(crate) ids: Vec<String>,
}

/// Finds the suite that `words` are about, and reads its file.
///
/// What exists is a path; everything else is an id, and whether there is such a test shows when tests are known.
pub(crate) fn resolve(words: &[String], env: &Env) -> Result<Targets, CommandError> {
    let (paths, ids): (Vec<&String>, Vec<&String>) = words
        .iter()
        .partition(|word| !word.contains("::") && env.cwd.join(word).exists());
    let paths: Vec<PathBuf> = paths
        .into_iter()
        .map(|word| env.absolute(Path::new(word)))
        .collect();
    // Of a name as pytest prints it, the file tells which suite is meant.
    let files: Vec<PathBuf> = ids
        .iter()
        .filter_map(|id| Some(env.absolute(Path::new(&format!("{}.py", id.split_once(".py::")?.0)))))
        .filter(|file| file.is_file())
        .collect();
    let mut roots: Vec<PathBuf> = if paths.is_empty() && !files.is_empty() {
        files
            .iter()
            .filter_map(|file| Suite::root_of(file).map(Path::to_path_buf))
            .collect()
    } else if paths.is_empty() {
        vec![root(&env.cwd)]
    } else {
        paths.iter().map(|path| root(path)).collect()
    };
    roots.sort();
    roots.dedup();
    if roots.is_empty() {
        roots.push(root(&env.cwd));
    }
    let [root] = roots.as_slice() else {
        let names: Vec<String> = roots.iter().map(|root| env.shown(root).to_string()).collect();
        let error = format!(
            "one run is about one suite, but these are several: {}",
            names.join(", ")
        );
        return Err(CommandError::usage(error).hint("run them one after the other"));
    };
    if let Some(missing) = words
        .iter()
        .find(|word| looks_like_path(word) && !env.cwd.join(word).exists())
    {
        return Err(CommandError::usage(format!(
            "there is no `{missing}` in {}",
            env.cwd.display()
        )));
    }
    let suite = Suite::load(root)?;
    let paths = paths.into_iter().filter(|path| path != root).collect();
    Ok(Targets {
        suite,
        paths,
        ids: ids.into_iter().cloned().collect(),
    })
}

/// Returns the root of the suite that `path` belongs to: by its suite file, or else the directory itself.
fn root(path: &Path) -> PathBuf {
    match Suite::root_of(path) {
        Some(root) => root.to_path_buf(),
        None if path.is_dir() => path.to_path_buf(),
        None => path.parent().unwrap_or(path).to_path_buf(),
    }
}

/// Whether a word can only have been meant as a path; an id has no slash before its parameters.
fn looks_like_path(word: &str) -> bool {
    !word.contains("::") && (word.contains('/') || word.ends_with(".sh"))
}
