//! What a view is to be like.

use std::fs;
use std::path::{Path, PathBuf};
use std::{panic, thread};

use regex::bytes::Regex;

use crate::changes::Compare;
use crate::leaks::file_time;
use crate::mount::{Limits, Wishes};
use crate::{Overlay, PushError, stack};

/// Describes a view before it is pushed.
///
/// ```no_run
/// # fn main() -> Result<(), gkfs_overlay::PushError> {
/// let view = gkfs_overlay::Builder::new()
///     .pass("/run/user")
///     .hide("/root/.ssh")
///     .read_only("/usr")
///     .limit_bytes(1 << 20)
///     .push()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is pushed before `push` or `run`"]
pub struct Builder {
    pass: Vec<PathBuf>,
    patterns: Vec<String>,
    hide: Vec<PathBuf>,
    read_only: Vec<PathBuf>,
    copy: Vec<PathBuf>,
    limits: Limits,
    compare: Compare,
}

impl Builder {
    /// A view of everything, without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a path and all below it be what they are outside: what is written there stays, at once and for everybody.
    ///
    /// For sockets of running services, and for what a test's surroundings read while it runs. In an inner view,
    /// outside is the view around it.
    pub fn pass(mut self, path: impl Into<PathBuf>) -> Self {
        self.pass.push(path.into());
        self
    }

    /// Carries changes whose path matches over to the tree below when the view is left.
    ///
    /// The regular expression must match from the path's beginning; until the view is left they are seen in it only.
    pub fn pass_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.patterns.push(pattern.into());
        self
    }

    /// Hides a path and all below it, as if it were not there.
    pub fn hide(mut self, path: impl Into<PathBuf>) -> Self {
        self.hide.push(path.into());
        self
    }

    /// Refuses writing to a path and all below it with `EROFS`.
    pub fn read_only(mut self, path: impl Into<PathBuf>) -> Self {
        self.read_only.push(path.into());
        self
    }

    /// Takes a copy of a directory and all below it when the view is made, instead of an overlay of it.
    ///
    /// For directories that the kernel makes no overlay of, as in a container whose root is an overlay on an overlay:
    /// with a copy of what is to be written there is a view, and all else is read-only in it
    /// ([`Overlay::fallbacks`]). And for ordinary users: the copies are theirs, so that they may change in them what
    /// belongs to others. What they may not read is not copied, and stays closed to them. A copy takes time and memory
    /// for all that is in it, and does not look into other mounts.
    pub fn copy(mut self, path: impl Into<PathBuf>) -> Self {
        self.copy.push(path.into());
        self
    }

    /// Lets files in the view take so many bytes together, in whole pages; more is `ENOSPC`.
    ///
    /// A file that is changed counts whole, as it is copied. Without a limit it is half of the machine's memory.
    pub fn limit_bytes(mut self, bytes: u64) -> Self {
        self.limits.bytes = Some(bytes);
        self
    }

    /// Lets the view hold about so many new or changed files and directories; more is `ENOSPC`.
    pub fn limit_inodes(mut self, inodes: u64) -> Self {
        self.limits.inodes = Some(inodes);
        self
    }

    /// Says when a file counts as modified; [`Compare::CopyUp`] unless told.
    pub fn compare(mut self, compare: Compare) -> Self {
        self.compare = compare;
        self
    }

    /// Moves the calling thread, and what it spawns from now on, into the view.
    pub fn push(&self) -> Result<Overlay, PushError> {
        let patterns = self
            .patterns
            .iter()
            .map(|pattern| Regex::new(&format!("^(?:{pattern})")))
            .collect::<Result<Vec<_>, _>>()?;
        let wishes = self.wishes()?;
        let since = file_time();
        let (token, level) = stack::enter(&wishes, self.limits)?;
        Ok(Overlay::new(token, level, patterns, self.compare, since))
    }

    /// Calls the function in the view, on a thread of its own: the caller and its views stay where they are.
    ///
    /// A panic in it goes on in the caller, after the view is gone.
    pub fn run<T: Send>(&self, f: impl FnOnce(&Overlay) -> T + Send) -> Result<T, PushError> {
        let call = || {
            let view = self.push()?;
            Ok(f(&view))
        };
        thread::scope(|scope| {
            scope
                .spawn(call)
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// Links are followed now: a view is put together from places, not from names.
    fn wishes(&self) -> Result<Wishes, PushError> {
        Ok(Wishes {
            pass: resolve("pass", &self.pass)?,
            read_only: resolve("read_only", &self.read_only)?,
            copy: copied(&self.copy)?,
            hide: self
                .hide
                .iter()
                .map(|path| resolve_parent(path))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn resolve(option: &'static str, paths: &[PathBuf]) -> Result<Vec<PathBuf>, PushError> {
    let one = |path: &PathBuf| {
        let failed = |source| PushError::Path {
            option,
            path: path.clone(),
            source,
        };
        let resolved = fs::canonicalize(path).map_err(failed)?;
        if resolved == Path::new("/") && option == "pass" {
            return Err(failed(std::io::Error::other(
                "a view of nothing: everything would pass",
            )));
        }
        Ok(resolved)
    };
    paths.iter().map(one).collect()
}

/// What is copied is a directory: a file that is mounted for itself can be neither removed nor replaced.
fn copied(paths: &[PathBuf]) -> Result<Vec<PathBuf>, PushError> {
    let resolved = resolve("copy", paths)?;
    for path in &resolved {
        let problem = match path {
            path if path == Path::new("/") => {
                "all of the machine has no room in memory; name the directories"
            }
            path if !path.is_dir() => "not a directory; name the one that it lies in",
            _ => continue,
        };
        return Err(PushError::Path {
            option: "copy",
            path: path.clone(),
            source: std::io::Error::other(problem),
        });
    }
    Ok(resolved)
}

/// What is hidden may itself be a link, or not be there at all.
fn resolve_parent(path: &Path) -> Result<PathBuf, PushError> {
    let failed = |source| PushError::Path {
        option: "hide",
        path: path.to_owned(),
        source,
    };
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(failed(std::io::Error::other("the root cannot be hidden")));
    };
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    match fs::canonicalize(parent) {
        Ok(parent) => Ok(parent.join(name)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(failed(error)),
    }
}
