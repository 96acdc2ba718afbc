//! The little that a test reads of a suite file by itself: which stack it names.
//!
//! The whole file is the command's to check; here a key that is not about stacks is no matter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{EMBEDDED, PLAIN, Stack, StackConfig};
use crate::error::{Error, Result};

/// The suite file's name.
pub(super) const FILE: &str = "gkfs-bench.toml";

#[derive(Debug, Default, Deserialize)]
struct Contents {
    #[serde(default)]
    defaults: Defaults,
    #[serde(default)]
    stack: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Defaults {
    stack: Option<String>,
}

/// The stacks of the nearest suite file.
#[derive(Debug)]
pub(super) struct Suite {
    path: PathBuf,
    contents: Contents,
}

/// Which stack is meant.
#[derive(Debug, PartialEq)]
pub(super) enum Choice {
    /// One that is described in full.
    Described(Box<Stack>),
    /// The embedded one, by name.
    Embedded,
    /// The bare directory.
    Plain,
}

impl Suite {
    /// Reads the suite file in `dir` or the nearest directory above it.
    pub(super) fn nearest(dir: &Path) -> Result<Option<Self>> {
        let Some(path) = dir
            .ancestors()
            .map(|dir| dir.join(FILE))
            .find(|path| path.is_file())
        else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|source| Error::io("read the suite file", &path, source))?;
        let contents = toml::from_str(&text).map_err(|error| config_error(&path, &error))?;
        Ok(Some(Self { path, contents }))
    }

    /// The stack that the file uses by default, if it names one.
    pub(super) fn default_choice(&self) -> Result<Option<Choice>> {
        self.contents
            .defaults
            .stack
            .as_deref()
            .map(|name| self.named(name))
            .transpose()
    }

    /// The stack called `name`.
    pub(super) fn named(&self, name: &str) -> Result<Choice> {
        match self.contents.stack.get(name) {
            Some(table) => {
                let config: StackConfig = table
                    .clone()
                    .try_into()
                    .map_err(|error| config_error(&self.path, &error))?;
                Ok(Choice::Described(Box::new(config.resolve(name, &self.path)?)))
            }
            None if name == EMBEDDED => Ok(Choice::Embedded),
            None if name == PLAIN => Ok(Choice::Plain),
            None => {
                let known: Vec<&str> = self
                    .contents
                    .stack
                    .keys()
                    .map(String::as_str)
                    .chain([EMBEDDED, PLAIN])
                    .collect();
                let problem = format!("no [stack.{name}]: there are {}", known.join(", "));
                Err(Error::StackConfig {
                    place: self.path.display().to_string(),
                    problem,
                })
            }
        }
    }
}

fn config_error(path: &Path, error: &toml::de::Error) -> Error {
    Error::StackConfig {
        place: path.display().to_string(),
        problem: error.to_string().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(text: &str) -> (tempfile::TempDir, Result<Option<Suite>>) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), text).unwrap();
        std::fs::create_dir(dir.path().join("below")).unwrap();
        let suite = Suite::nearest(&dir.path().join("below"));
        (dir, suite)
    }

    #[test]
    fn the_default_stack_is_found_from_below() {
        let (dir, read) =
            suite("[defaults]\nstack = \"mine\"\n[stack.mine]\nbin-dirs = [\"b\"]\n[[group]]\nname = \"g\"");
        let Some(Choice::Described(stack)) = read.unwrap().unwrap().default_choice().unwrap() else {
            panic!("not described")
        };
        assert_eq!(stack.bin_dirs, [dir.path().join("b")]);
    }

    #[test]
    fn well_known_names_need_no_table() {
        let suite = suite("").1.unwrap().unwrap();
        assert_eq!(suite.default_choice().unwrap(), None);
        assert_eq!(suite.named(EMBEDDED).unwrap(), Choice::Embedded);
        assert_eq!(suite.named(PLAIN).unwrap(), Choice::Plain);
        let error = suite.named("other").unwrap_err().to_string();
        assert!(
            error.contains("no [stack.other]: there are embedded, plain"),
            "{error}"
        );
    }

    #[test]
    fn a_broken_file_is_named() {
        let error = suite("[stack").1.unwrap_err().to_string();
        assert!(error.contains(FILE), "{error}");
        let typo = suite("[stack.a]\nbin-dir = []")
            .1
            .unwrap()
            .unwrap()
            .named("a")
            .unwrap_err()
            .to_string();
        assert!(typo.contains("bin-dir"), "{typo}");
    }
}
