//! The file in which a session's [`Memory`] is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_64;

use super::{Memory, VERSION};
use crate::Env;
use crate::tui::State;

/// So long after a change it is written: changes come in bursts.
const SOON: Duration = Duration::from_secs(1);

/// Writes down what changes.
pub(crate) struct Keeper {
    file: Option<PathBuf>,
    /// What the file says.
    written: Memory,
    /// When it is to be written.
    due: Option<Instant>,
}

/// Returns the file of the suite with this root.
fn file(env: &Env, root: &Path) -> Option<PathBuf> {
    let base = env.base("XDG_STATE_HOME", ".local/state")?;
    let hash = xxh3_64(root.as_os_str().as_encoded_bytes());
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    Some(
        base.join("gkfs-bench/suites")
            .join(format!("{name}-{hash:016x}.json")),
    )
}

impl Keeper {
    /// Gives a session that opens what is remembered of its suite, and tells what is wrong with that.
    pub(crate) fn recall(state: &mut State, env: &Env) -> (Keeper, Option<String>) {
        let file = file(env, &state.root);
        let mut problem = None;
        match file.as_deref().map(read) {
            Some(Ok(Some(memory))) => memory.recall(state),
            Some(Err(why)) => problem = Some(format!("how this suite was shown last is forgotten: {why}")),
            Some(Ok(None)) | None => {}
        }
        let keeper = Keeper {
            file,
            written: Memory::of(state),
            due: None,
        };
        (keeper, problem)
    }

    /// One that keeps nothing.
    #[cfg(test)]
    pub(crate) fn none() -> Keeper {
        Keeper {
            file: None,
            written: Memory::default(),
            due: None,
        }
    }

    /// Sees whether there is something new to be written, and begins to wait for more of it.
    pub(crate) fn look(&mut self, state: &State) {
        if self.due.is_none() && self.file.is_some() && Memory::of(state) != self.written {
            self.due = Some(Instant::now() + SOON);
        }
    }

    /// When it is to be written, if it is.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Writes what is new. That it cannot be written is nothing to bother the user with.
    pub(crate) fn write(&mut self, state: &State) {
        self.due = None;
        let memory = Memory::of(state);
        let Some(file) = self.file.as_ref().filter(|_| memory != self.written) else {
            return;
        };
        if let Err(error) = replace(file, &memory) {
            tracing::warn!(%error, file = %file.display(), "cannot write down how the suite is shown");
            // It will not be possible later either.
            self.file = None;
        }
        self.written = memory;
    }
}

fn read(file: &Path) -> Result<Option<Memory>, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(told(&error)),
    };
    let memory: Memory = serde_json::from_str(&text).map_err(|error| told(&error))?;
    if memory.v != VERSION {
        return Err(told(&format!("its version is {}, not {VERSION}", memory.v)));
    }
    Ok(Some(memory))
}

/// Puts the new file in the place of the old at once, so that no reader sees half of it.
fn replace(file: &Path, memory: &Memory) -> io::Result<()> {
    let dir = file.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(dir)?;
    let new = file.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, serde_json::to_vec_pretty(memory)?)?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::Mode;

    fn env(home: &Path) -> Env {
        Env {
            vars: [("HOME".into(), home.into())].into(),
            cwd: home.into(),
            exe: home.into(),
            cpus: 1,
        }
    }

    fn session(root: &str) -> State {
        let mut state = State::new(Mode::Live, String::new());
        state.root = root.into();
        state
    }

    #[tokio::test]
    async fn what_was_chosen_is_there_again_for_the_same_suite_only() {
        let home = tempfile::tempdir().expect("a directory");
        let env = env(home.path());
        let mut state = session("/home/me/suite");
        let (mut keeper, problem) = Keeper::recall(&mut state, &env);
        assert_eq!((problem, keeper.due()), (None, None));
        keeper.look(&state);
        assert_eq!(keeper.due(), None);
        state.zoom = true;
        state.share = Some(55);
        state.tree.filter = "tag:quick".to_owned();
        state.tree.fold("directories", true);
        state.suite.pins.insert("directories::mkdir".to_owned());
        keeper.look(&state);
        assert!(keeper.due().is_some());
        keeper.write(&state);

        let mut again = session("/home/me/suite");
        assert_eq!(Keeper::recall(&mut again, &env).1, None);
        assert_eq!(Memory::of(&again), Memory::of(&state));
        let mut other = session("/home/me/other");
        assert_eq!(Keeper::recall(&mut other, &env).1, None);
        assert_eq!((other.zoom, other.share), (false, None));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_told_of_and_then_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        let env = env(home.path());
        for wrong in [
            "half a fi",
            "[]",
            "{\"v\": 2, \"zoom\": true}",
            "{\"v\": 1, \"zoom\": 7}",
            "\u{0}",
        ] {
            let path = file(&env, Path::new("/home/me/suite")).expect("a home");
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(&path, wrong).expect("a file");
            let mut state = session("/home/me/suite");
            let (mut keeper, problem) = Keeper::recall(&mut state, &env);
            assert!(
                problem.is_some_and(|problem| problem.contains("is forgotten")),
                "{wrong}"
            );
            assert!(!state.zoom, "{wrong}");
            state.zoom = true;
            keeper.write(&state);
            let mut again = session("/home/me/suite");
            assert_eq!(Keeper::recall(&mut again, &env).1, None, "{wrong}");
            assert!(again.zoom, "{wrong}");
        }
    }
}
