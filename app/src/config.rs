//! The world outside, read once: environment, home, working directory, our own executable.
//!
//! Nothing else in this crate asks the process for any of these, so that a test can give its own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What the command knows of the process it runs in.
#[derive(Debug, Clone)]
pub struct Env {
    /// Environment variables.
    pub vars: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub cwd: PathBuf,
    /// Our own executable: the runner's keeper, the embedded daemon and `gkfs.io` are this file again.
    pub exe: PathBuf,
    /// Processors that may be used.
    pub cpus: usize,
}

impl Env {
    /// Reads them from the running process.
    ///
    /// # Errors
    /// When the working directory or the executable no longer exists.
    pub fn from_process() -> std::io::Result<Env> {
        Ok(Env {
            cwd: std::env::current_dir()?,
            exe: std::env::current_exe()?,
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            vars: std::env::vars_os().collect(),
        })
    }

    /// Returns the columns of the terminal that standard error is, if it can move its cursor.
    pub fn columns(&self) -> Option<usize> {
        self.var("TERM").filter(|term| *term != "dumb")?;
        let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
        (size.ws_col > 0).then_some(size.ws_col.into())
    }

    /// Returns whether there is a terminal to open a session on: one to read keys from, and one to draw on.
    pub fn is_interactive(&self) -> bool {
        self.why_no_screen().is_none()
    }

    /// Returns why there can be no screen, if there can be none.
    #[must_use]
    pub fn why_no_screen(&self) -> Option<String> {
        use rustix::termios::isatty;
        if !isatty(std::io::stdin()) || !isatty(std::io::stdout()) {
            return Some("a session needs a terminal, and there is none".to_owned());
        }
        let is = match self.var("TERM") {
            None => "not set",
            Some(term) if term == "dumb" => "`dumb`",
            Some(_) => return None,
        };
        Some(format!(
            "a session needs a terminal that can move its cursor: TERM is {is}"
        ))
    }

    /// Returns a variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<&OsStr> {
        self.vars
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns one of the user's base directories: what the variable says, or a directory in the home.
    pub(crate) fn base(&self, name: &str, in_home: &str) -> Option<PathBuf> {
        let set = self
            .var(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        set.or_else(|| Some(PathBuf::from(self.var("HOME")?).join(in_home)))
    }

    /// Returns `path` as seen from the working directory.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        let joined = self.cwd.join(path);
        // `.` and `..` would otherwise end up in records and messages.
        std::fs::canonicalize(&joined).unwrap_or(joined)
    }

    /// Returns how `path` is best shown: relative when it lies below the working directory.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        match path.strip_prefix(&self.cwd) {
            Ok(below) if !below.as_os_str().is_empty() => below.display(),
            _ => path.display(),
        }
    }
}
