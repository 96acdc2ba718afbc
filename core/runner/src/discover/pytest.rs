//! pytest groups: pytest collects, and what it found is read from a file of ours.
//!
//! Nothing is installed anywhere: pytest is started with a plugin of ours on its path, which says each test and each
//! file that cannot be collected in a JSON line. Byte code and pytest's own cache are kept beside the logs of builds,
//! so that looking for tests changes nothing where they are. A file that cannot be collected is an entry of its own
//! that fails; only where nothing can be collected the whole group does.

mod found;
mod interpreter;
mod known;
mod plugin;
mod sort;
mod start;
mod task;
mod venv;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::collect::Collect;
use super::command::Shell;
use super::{DiscoverError, Group, Lookup};
use crate::process::Processes;
pub(crate) use plugin::TOLD;
pub(super) use task::{Part, Task, has_tests};

/// How pytest is started.
#[derive(Debug, Clone, Default)]
pub struct Python {
    /// Interpreters, the best first: paths, or names for `PATH`. The first one is taken that has pytest; `python3`
    /// where none is named.
    pub programs: Vec<PathBuf>,
    /// Options with their values for suites that know them, as `--interface`.
    pub options: Vec<(String, Vec<String>)>,
    /// Further arguments for pytest.
    pub args: Vec<OsString>,
    /// What `PYTHONPATH` is already.
    pub path: Option<OsString>,
    /// Where private environments are made; none are where this is absent.
    pub environments: Option<PathBuf>,
}

/// The files that pytest is to look into, as the plugin is told; none where their names cannot be told.
pub(crate) fn files<'a>(files: impl IntoIterator<Item = &'a Path>) -> Option<(String, Value)> {
    let files: Vec<_> = files.into_iter().map(|file| file.to_string_lossy()).collect();
    // pytest takes these for something else in the name of a file.
    let is_plain = !files.iter().any(|file| file.contains("::") || file.contains('['));
    is_plain.then(|| ("files".to_owned(), json!(files)))
}

/// Adds the groups of a task.
pub(super) async fn discover(
    processes: &Processes,
    task: Task,
    lookup: &Lookup,
    cancel: &CancellationToken,
    collect: &mut Collect<'_>,
) -> Result<(), DiscoverError> {
    let shell = Shell {
        processes,
        cancel,
        logs: &lookup.logs,
    };
    let place = match plugin::install(&lookup.logs) {
        Ok(place) => place,
        Err(error) => {
            add_broken(&task, &error.to_string(), collect);
            return Ok(());
        }
    };
    let work = Work {
        shell: &shell,
        task: &task,
        lookup,
        place,
    };
    match work.collect(collect).await? {
        Ok((python, found)) => work.add(&python, found, collect),
        Err(error) => add_broken(&task, &error, collect),
    }
    Ok(())
}

fn add_broken(task: &Task, error: &str, collect: &mut Collect<'_>) {
    for part in &task.groups {
        collect.group(group(task, part, Some(error.to_owned())));
    }
}

fn group(task: &Task, part: &Part, error: Option<String>) -> Group {
    let path = match part.paths.as_slice() {
        [path] => path.clone(),
        _ => part.base.clone(),
    };
    Group {
        name: part.name.clone(),
        source: task.source,
        path,
        settings: part.settings.clone(),
        error,
        made_of: Vec::new(),
        worker: None,
    }
}

/// What one pytest is asked, and where its plugin is.
struct Work<'a> {
    shell: &'a Shell<'a>,
    task: &'a Task,
    lookup: &'a Lookup,
    place: plugin::Place,
}
