//! Which Python collects: the first that can, or a private environment with what is missing.

use std::path::{Path, PathBuf};

use super::found::Found;
use super::{Work, venv};
use crate::discover::DiscoverError;
use crate::discover::collect::Collect;

impl Work<'_> {
    /// What is found by the first interpreter that can, and which that is; or why none can.
    pub(super) async fn collect(
        &self,
        collect: &mut Collect<'_>,
    ) -> Result<Result<(PathBuf, Found), String>, DiscoverError> {
        let mut last = None;
        for python in self.programs() {
            let tried = self.collect_with(&python).await?;
            match &tried {
                Ok(found) if found.missing_module().is_none() => {
                    return Ok(tried.map(|found| (python, found)));
                }
                Ok(_) => {}
                Err(error) if venv::missing_module(error).is_some() => {}
                Err(_) => return Ok(tried.map(|found| (python, found))),
            }
            last = last.or(Some((python, tried)));
        }
        let (python, tried) =
            last.unwrap_or_else(|| ("python3".into(), Err("there is no python3".to_owned())));
        match (self.private(&python, &tried, collect).await?, tried) {
            (Some(Ok(python)), _) => {
                let found = self.collect_with(&python).await?;
                Ok(found.map(|found| (python, found)))
            }
            (Some(Err(why)), Err(error)) => Ok(Err(unavailable(&error, &why))),
            // Files that cannot be imported are told one by one, and the others run.
            (_, tried) => Ok(tried.map(|found| (python, found))),
        }
    }

    fn programs(&self) -> Vec<PathBuf> {
        if let Some(python) = &self.task.python {
            return vec![python.clone()];
        }
        let named = &self.lookup.python.programs;
        match named.is_empty() {
            true => vec!["python3".into()],
            false => named.clone(),
        }
    }

    /// An environment of our own with what is missing. `None` where none is wanted.
    async fn private(
        &self,
        python: &Path,
        tried: &Result<Found, String>,
        collect: &mut Collect<'_>,
    ) -> Result<Option<Result<PathBuf, String>>, DiscoverError> {
        let Some(dir) = self
            .lookup
            .python
            .environments
            .as_ref()
            .filter(|_| self.task.python.is_none())
        else {
            return Ok(None);
        };
        let dirs = self.task.groups.iter().map(|part| part.base.as_path());
        let requirements = venv::requirements(dirs.chain([self.task.cwd.as_path()]));
        let missing = match tried {
            Ok(found) => found.missing_module(),
            Err(error) => venv::missing_module(error),
        };
        // Without a list of what is needed, only pytest is known to be no mistake of the tests.
        if requirements.is_empty() && missing.as_deref() != Some("pytest") {
            return Ok(None);
        }
        let names: Vec<&str> = self.task.groups.iter().map(|part| part.name.as_str()).collect();
        let names = names.join(", ");
        let made = venv::make(self.shell, python, dir, &requirements, &names, collect);
        made.await.map(Some)
    }
}

fn unavailable(error: &str, why: &str) -> String {
    let missing = venv::missing_module(error).unwrap_or_else(|| "a package".to_owned());
    format!(
        "unavailable: its tests need the Python package `{missing}`, which is not installed, and a private environment \
         could not be made: {why}"
    )
}
