//! `gkfs-bench watch --plain`: the same without a screen, a report after each change.

use std::ffi::OsString;

use gkfs_runner::Runner;
use gkfs_runner::filter::Selection;

use super::About;
use crate::cli::run::signals::Signals;
use crate::cli::run::{self, building, drive};
use crate::cli::{SessionArgs, select};
use crate::report::Screen;
use crate::report::style::{FAINT, STRONG};
use crate::tui::effect;
use crate::tui::watch::{Change, Changes, Touched};
use crate::{CommandError, Env, Exit};

/// Runs all tests, and then, after each change, those that it touches; until a signal.
pub(super) fn watch(
    args: &SessionArgs,
    argv: &[OsString],
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    let about = super::about(args, env)?;
    let runtime = super::runtime()?;
    let result = runtime.block_on(async {
        let mut plain = Plain {
            changes: about.changes()?,
            runner: Runner::new()?,
            signals: Signals::new()?,
            about,
            argv,
            env,
        };
        if let Some(why) = &plain.changes.slow {
            writeln!(screen.err, "warning: {why}")?;
        }
        plain.go_on(screen).await
    });
    runtime.shutdown_background();
    result
}

struct Plain<'a> {
    about: About,
    changes: Changes,
    runner: Runner,
    signals: Signals,
    argv: &'a [OsString],
    env: &'a Env,
}

impl Plain<'_> {
    async fn go_on(&mut self, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
        let mut touched = Touched::All;
        loop {
            match self.run(&touched, screen).await {
                Ok(Exit::Interrupted) => return Ok(Exit::Interrupted),
                Ok(_) => {}
                Err(error) if error.exit() == Exit::Interrupted => return Err(error),
                // What is wrong now may be right after the next change.
                Err(error) => error.print(screen.err)?,
            }
            writeln!(screen.out, "{FAINT}waiting for changes{FAINT:#}")?;
            screen.out.flush()?;
            let change = tokio::select! {
                change = self.changes.next() => change,
                _ = self.signals.next() => None,
            };
            let Some(change) = change else {
                return Ok(Exit::Interrupted);
            };
            self.tell(&change, screen)?;
            touched = change.touched;
        }
    }

    fn tell(&self, change: &Change, screen: &mut Screen<'_>) -> std::io::Result<()> {
        const MOST: usize = 3;
        let names = change
            .paths
            .iter()
            .take(MOST)
            .map(|path| self.env.shown(path).to_string());
        let mut names = names.collect::<Vec<_>>().join(", ");
        if change.paths.len() > MOST {
            names.push_str(&format!(" and {} more", change.paths.len() - MOST));
        }
        writeln!(screen.out, "\n{STRONG}changed{STRONG:#} {names}")
    }

    async fn run(&mut self, touched: &Touched, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
        let About {
            targets,
            base,
            stack,
            args,
        } = &self.about;
        let lookup = select::lookup(&targets.suite, base, self.env)?;
        let discovery = building::discover(&self.runner, &lookup, &mut self.signals, screen).await?;
        self.changes.sources().found(&discovery);
        let only = match touched {
            Touched::Some(names) => Some(effect::ids(names, &discovery)),
            Touched::All | Touched::Nothing => None,
        };
        let selection = Selection {
            only,
            ..Selection::default()
        };
        let plan = run::plan(&selection, discovery, targets)?;
        let settings = run::settings(args, targets, base, stack, self.argv, self.env);
        let report = run::reporter(args, targets, stack, settings.jobs.get(), self.env);
        drive::drive(
            &self.runner,
            plan,
            settings,
            report,
            None,
            &mut self.signals,
            screen,
        )
        .await
    }
}
