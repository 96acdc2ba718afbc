//! What is known of changes, and of the programs that tests run against.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gkfs_runner::event::Level;

use super::suite::Test;
use super::{Pane, State, Watch};
use crate::tui::action::Action;
use crate::tui::build::Standing;
use crate::tui::layout;
use crate::watch::Change;

/// What watching has to say beside its reruns.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// Why directories are looked at now and then instead of being watched.
    pub slow: Option<String>,
    /// How many files change while their end is waited for.
    pub storm: Option<usize>,
    /// A program that is still being written.
    pub half_written: Option<PathBuf>,
    /// What changed while reruns were paused.
    pub held: Option<Change>,
    /// Why the stack's programs are older than what they are made of.
    pub stale: Option<String>,
    /// The command that builds the stack.
    pub builder: Option<Builder>,
    /// Whether sources changed since it last exited with 0.
    pub owes_build: bool,
    /// Files that changed during a build, again and again, and how many builds in a row.
    pub written: (BTreeSet<PathBuf>, u32),
    /// Whether what goes on was told to end for the sake of a newer change.
    pub superseded: bool,
}

/// A command that builds the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// The line for the shell.
    pub command: String,
    /// Whether it may be run. The suite file's may; one that was guessed is asked about, once.
    pub consent: Consent,
}

/// Whether a command may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// It may.
    Given,
    /// That is for the user to say, when it is to be run for the first time.
    Unasked,
    /// It is being asked.
    Asking,
    /// It may not.
    Refused,
}

impl Watched {
    /// Whether the stack can be built here.
    #[must_use]
    pub fn builds(&self) -> bool {
        self.builder
            .as_ref()
            .is_some_and(|it| it.consent == Consent::Given)
    }

    /// Whether it must be asked whether it may.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.builder
            .as_ref()
            .is_some_and(|it| it.consent == Consent::Asking)
    }

    /// Takes note of an answer, or that there is a question.
    pub fn set_consent(&mut self, consent: Consent) {
        if let Some(builder) = &mut self.builder {
            builder.consent = consent;
        }
    }
}

impl Test {
    /// Whether its verdict is not one on what there is now.
    #[must_use]
    pub fn is_outstanding(&self) -> bool {
        self.stale || self.owed
    }
}

impl State {
    /// What the user must not overlook, if there is something.
    #[must_use]
    pub fn banner(&self) -> Option<(Level, String)> {
        let watched = &self.watched;
        if let Standing::Failed(how) = &self.build.standing {
            let (command, key) = (&self.build.command, self.build_key());
            let text = format!("`{command}`: {how} · {key}: what it said");
            return Some((Level::Error, text));
        }
        if self.build.is_long(self.now) && !self.sees_build() {
            let (command, last, key) = (&self.build.command, self.build.last(), self.build_key());
            return Some((Level::Info, format!("{command} · {key}: {last}")));
        }
        if let Some(why) = &watched.stale {
            return Some((Level::Warn, format!("STALE: {why}")));
        }
        if let Some(files) = watched.storm {
            return Some((
                Level::Info,
                format!("{files} files change: waiting until that is over"),
            ));
        }
        if let Some(program) = &watched.half_written {
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            return Some((Level::Info, format!("waiting until {name} is written")));
        }
        if let Some(held) = watched.held.as_ref().filter(|_| self.watch == Watch::Paused) {
            let files = counted(held.paths.len() as u64, "change");
            return Some((Level::Info, format!("{files} waiting: reruns are paused")));
        }
        if let Some(tests) = self.outstanding() {
            let text = format!("{tests} outstanding: what was run passes, a run of all is still owed");
            return Some((Level::Warn, text));
        }
        watched.slow.as_ref().map(|why| (Level::Warn, why.clone()))
    }

    /// The key that shows or hides what a build says.
    fn build_key(&self) -> String {
        let keys = self.keymap.keys(Action::Build);
        keys.into_iter().next().unwrap_or_default()
    }

    /// Whether what a build says is on the screen.
    fn sees_build(&self) -> bool {
        self.shows_build() && (self.focus == Pane::Drill || !layout::is_single(self))
    }

    /// How many tests have no verdict on what there is now, once those that were run all passed.
    #[must_use]
    pub fn outstanding(&self) -> Option<u64> {
        let green = self
            .run
            .as_ref()
            .is_some_and(|run| run.live && run.exit_code == Some(0));
        let tests = self.suite.total().stale;
        (green && !self.is_busy() && tests > 0).then_some(tests)
    }
}

/// A number of things, in words.
#[must_use]
pub fn counted(number: u64, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{s}")
}
