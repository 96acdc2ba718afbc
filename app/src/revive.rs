//! A recorded attempt brought back to life: a copy of its workspace, with daemons of the same stack on the copied roots.
//!
//! The copy lies in `.gkfs-bench/shell/`, laid out like a base directory with one run and one attempt in it, so that all
//! that knows its way about an attempt knows its way about the copy. It is gone when this is dropped; one that was left by
//! a process that was killed goes when the next is made: it is locked for as long as it is somebody's.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use gkfs_harness::stack::{DAEMON, EMBEDDED, Kind, Wrap};
use gkfs_harness::{Bench, Cluster, Daemon, Stack, Workspace};
use gkfs_runner::record::{Record, StackInfo};
use rustix::fs::{FlockOperation, flock};

use crate::suite::Suite;
use crate::{CommandError, Env, stack};

/// Where copies lie in a base directory.
const DIR: &str = "shell";
/// What is locked in a copy.
const LOCK: &str = "lock";

/// A copy of an attempt that lives.
#[derive(Debug)]
pub(crate) struct Revived {
    /// Before the directory: they end first.
    alive: Option<Alive>,
    /// The attempt's directory in the copy.
    pub(crate) attempt: PathBuf,
    /// What is not as it was recorded.
    pub(crate) notes: Vec<String>,
    copy: Copy,
}

#[derive(Debug)]
enum Alive {
    One(Box<Daemon>),
    Several(Cluster),
}

/// The copy's directory.
#[derive(Debug)]
struct Copy {
    dir: PathBuf,
    _lock: File,
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What cannot be removed goes when the next copy is made.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Revived {
    /// Copies an attempt, by its directory in a run, and starts its daemons.
    ///
    /// # Errors
    /// When there is nothing to copy, no place for it, or the stack is not there any more.
    pub(crate) fn new(record: &Record, dir: &str, base: &Path, env: &Env) -> Result<Revived, CommandError> {
        let (original, info) = (record.dir.join(dir), &record.file.stack);
        let workspace = original.join("workspace");
        if original.is_dir() && !workspace.is_dir() {
            let error = format!(
                "the test had no workspace; what it printed lies in {}",
                original.display()
            );
            return Err(CommandError::usage(error).hint("run it again with --hold to look at what it leaves"));
        }
        if !workspace.is_dir() {
            let error = CommandError::usage(format!("there is no workspace {}", workspace.display()));
            return Err(error.hint("of attempts that passed many times only the last one is kept"));
        }
        let stack = stack_of(record, env)?;
        let roots = roots(&workspace);
        if stack.kind == Kind::Gekkofs && roots == 0 {
            let error = format!("the root of {} was not kept", original.display());
            return Err(CommandError::usage(error)
                .hint("of a test that passed it goes at once, unless the suite file says `retention = { passed-roots = true }`")
                .hint("run the test again; with --hold you can look at it as it fails"));
        }
        if workspace.join("meta").is_dir() {
            let error = "daemons in forwarding mode cannot be brought to life: they share their data";
            return Err(CommandError::usage(error).hint("run the test again with --hold"));
        }
        let copy = Copy::new(&base.join(DIR)).map_err(|error| cannot_copy(&base.join(DIR), &error))?;
        let run = copy.dir.join("runs").join(&record.file.id);
        let attempt = run.join(dir);
        let made = (|| {
            fs::create_dir_all(&attempt)?;
            fs::copy(record.dir.join("run.json"), run.join("run.json"))?;
            copy_tree(&workspace, &attempt.join("workspace"))?;
            fs::remove_file(attempt.join("workspace/gkfs_hosts.txt")).or_else(no_such_file)?;
            // Where who looks for living daemons looks for them.
            symlink("workspace/logs/steps.jsonl", attempt.join("steps.jsonl"))
        })();
        made.map_err(|error| cannot_copy(&attempt, &error))?;
        let notes = other_build(info, &stack).into_iter().collect();
        let bench =
            Bench::at(Workspace::at(attempt.join("workspace")).map_err(usage)?, stack).map_err(usage)?;
        let alive = match roots {
            0 | 1 if !workspace.join("root-0").is_dir() => {
                Alive::One(Box::new(Daemon::start(&bench).map_err(usage)?))
            }
            several => Alive::Several(Cluster::start(&bench, several).map_err(usage)?),
        };
        Ok(Revived {
            alive: Some(alive),
            attempt,
            notes,
            copy,
        })
    }

    /// Ends its daemons in peace, and removes the copy. How they end is nothing that anybody asked about.
    pub(crate) fn end(mut self) {
        match self.alive.take() {
            Some(Alive::One(daemon)) => drop(daemon.shutdown()),
            Some(Alive::Several(cluster)) => drop(cluster.shutdown()),
            None => {}
        }
        drop(self.copy);
    }
}

impl Copy {
    fn new(all: &Path) -> io::Result<Copy> {
        fs::create_dir_all(all)?;
        sweep(all);
        let dir = all.join(std::process::id().to_string());
        fs::create_dir(&dir)?;
        let lock = File::create(dir.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Copy { dir, _lock: lock })
    }
}

/// Removes copies whose processes are gone.
fn sweep(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // It is tried again next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The recorded stack with what only the suite file says of it.
fn stack_of(record: &Record, env: &Env) -> Result<Stack, CommandError> {
    let info = &record.file.stack;
    let mut stack = stack::recorded(info);
    if info.name == EMBEDDED {
        let dir = stack::cached()?;
        (stack.bin_dirs, stack.lib_dirs) = (vec![dir.clone()], vec![dir]);
    }
    let suite = Suite::load(&record.file.suite.root.to_path()).unwrap_or_default();
    match (suite.config.stack.get(&info.name), &suite.file) {
        // How it is mounted is in no record.
        (Some(said), Some(file)) if stack.kind == Kind::Command => {
            stack = said.resolve(&info.name, file).map_err(CommandError::usage)?;
            stack.wrap = Wrap::default();
        }
        (Some(said), _) => stack.env = said.env.clone(),
        (None, _) if stack.kind == Kind::Command => {
            let error = format!("the suite describes no stack `{}` any more", info.name);
            return Err(CommandError::usage(error).hint("only its suite file says how it is mounted"));
        }
        (None, _) => {}
    }
    stack.exe = Some(env.exe.clone());
    if stack.kind == Kind::Gekkofs {
        stack.daemon().map_err(CommandError::usage)?;
        stack.preload_library().map_err(CommandError::usage)?;
    }
    Ok(stack)
}

/// Says so where the daemon is another build than the one that was recorded.
fn other_build(info: &StackInfo, stack: &Stack) -> Option<String> {
    let id = |info: &StackInfo| info.files.get(DAEMON).map(|file| file.build_id.clone());
    let (then, now) = (id(info)?, id(&stack::describe(stack))?);
    (then != now).then(|| format!("the daemon is another build now: it was {then}, and is {now}"))
}

/// Returns how many daemons had their roots in a workspace.
fn roots(workspace: &Path) -> usize {
    let several = (0..).take_while(|index| workspace.join(format!("root-{index}")).is_dir());
    several.count().max(usize::from(workspace.join("root").is_dir()))
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_tree(&entry.path(), &to)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, &to)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &to)?;
        }
        // A pipe or a socket is nothing without who made it.
    }
    fs::set_permissions(to, from.metadata()?.permissions())
}

fn no_such_file(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

fn cannot_copy(to: &Path, error: &io::Error) -> CommandError {
    CommandError::usage(format!("cannot copy the workspace to {}: {error}", to.display()))
}

fn usage(error: gkfs_harness::Error) -> CommandError {
    CommandError::usage(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_swept_away_and_nothing_else() {
        let all = tempfile::tempdir().expect("a directory");
        let left = all.path().join("1");
        fs::create_dir(&left).expect("a directory");
        fs::write(left.join(LOCK), "").expect("a file");
        let copy = Copy::new(all.path()).expect("a copy");
        assert!(!left.exists() && copy.dir.is_dir());
        sweep(all.path());
        assert!(copy.dir.is_dir(), "it is locked");
        let dir = copy.dir.clone();
        drop(copy);
        assert!(!dir.exists());
    }

    #[test]
    fn a_tree_is_copied_with_its_links_and_modes() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a directory");
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("a/b")).expect("directories");
        fs::write(from.join("a/f"), "text").expect("a file");
        symlink("f", from.join("a/link")).expect("a link");
        fs::set_permissions(from.join("a/b"), fs::Permissions::from_mode(0o500)).expect("a mode");
        copy_tree(&from, &to).expect("a copy");
        assert_eq!(fs::read_to_string(to.join("a/link")).expect("a file"), "text");
        assert_eq!(
            to.join("a/b")
                .metadata()
                .expect("a directory")
                .permissions()
                .mode()
                & 0o777,
            0o500
        );
    }
}
