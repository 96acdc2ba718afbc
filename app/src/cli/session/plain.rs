//! `gkfs-bench watch --plain`: the same session without a screen, a report after each change.

use std::io;
use std::path::PathBuf;

use gkfs_runner::event::Level;
use gkfs_runner::{EventKind, Moment};

use crate::report::style::{FAINT, STRONG};
use crate::report::{Reporter, Results, Screen};
use crate::tui::headless::Listener;
use crate::tui::state::watched::counted;
use crate::tui::{Msg, State, build};
use crate::watch::{Change, News};

/// Prints what happens in a session.
pub(super) struct Printer<'a, 's> {
    screen: &'a mut Screen<'s>,
    /// Makes the report of one run.
    reporter: &'a dyn Fn() -> Box<dyn Reporter>,
    /// The run that goes on.
    run: Option<(Results, Box<dyn Reporter>)>,
    cwd: PathBuf,
    stale: Option<String>,
    /// Whether what a build says is told elsewhere.
    quiet: bool,
}

impl<'a, 's> Printer<'a, 's> {
    pub(super) fn new(
        screen: &'a mut Screen<'s>,
        reporter: &'a dyn Fn() -> Box<dyn Reporter>,
        cwd: PathBuf,
    ) -> Printer<'a, 's> {
        Printer {
            screen,
            reporter,
            run: None,
            cwd,
            stale: None,
            quiet: false,
        }
    }

    fn news(&mut self, news: &News) -> io::Result<()> {
        let err = &mut self.screen.err;
        match news {
            News::Change(change) => self.changed(change),
            News::Slow(why) => writeln!(err, "warning: {why}"),
            News::Storm(files) => writeln!(err, "{files} files change: waiting until that is over"),
            News::HalfWritten(program) => writeln!(err, "waiting until {} is written", program.display()),
            News::Calm => Ok(()),
        }
    }

    fn changed(&mut self, change: &Change) -> io::Result<()> {
        const MOST: usize = 3;
        let shown = |path: &PathBuf| path.strip_prefix(&self.cwd).unwrap_or(path).display().to_string();
        let mut names = change
            .paths
            .iter()
            .take(MOST)
            .map(shown)
            .collect::<Vec<_>>()
            .join(", ");
        if change.paths.len() > MOST {
            names.push_str(&format!(" and {} more", change.paths.len() - MOST));
        }
        writeln!(self.screen.out, "\n{STRONG}changed{STRONG:#} {names}")
    }

    fn build(&mut self, msg: &build::Msg) -> io::Result<()> {
        let err = &mut self.screen.err;
        match msg {
            build::Msg::Began { command, stack, .. } => {
                self.quiet = !stack;
                if *stack {
                    writeln!(err, "building: {command}")
                } else {
                    Ok(())
                }
            }
            // What cargo has against tests stands in the report.
            build::Msg::Said(_) if self.quiet => Ok(()),
            build::Msg::Said(text) => write!(err, "{text}"),
            build::Msg::Ended {
                ok: false,
                how,
                stack: true,
            } => {
                writeln!(err, "the build failed ({how}): no test was started")
            }
            build::Msg::Ended { .. } | build::Msg::Stopped | build::Msg::Search => Ok(()),
        }
    }

    fn done(&mut self, why: Option<&String>) -> io::Result<()> {
        self.run = None;
        match why {
            Some(why) => writeln!(self.screen.err, "error: {why}"),
            None => Ok(()),
        }
    }

    fn say_stale(&mut self, why: Option<&String>) -> io::Result<()> {
        if why != self.stale.as_ref() {
            self.stale = why.cloned();
            if let Some(why) = why {
                writeln!(self.screen.err, "STALE: {why}")?;
            }
        }
        Ok(())
    }
}

impl Listener for Printer<'_, '_> {
    fn hear(&mut self, msg: &Msg) -> io::Result<()> {
        match msg {
            Msg::Found(_, EventKind::BuildStarted { group }) => {
                writeln!(self.screen.err, "building {group}")
            }
            Msg::RunOpened(run) => {
                let results = Results::new(run.dir.clone(), run.stack.clone());
                self.run = Some((results, (self.reporter)()));
                Ok(())
            }
            Msg::Run(event) => match &mut self.run {
                Some((results, report)) => {
                    results.apply(event);
                    report.event(event, results, self.screen)
                }
                None => Ok(()),
            },
            Msg::Watching(Err(why)) => writeln!(self.screen.err, "error: {why}"),
            Msg::Watched { news, .. } => self.news(news),
            Msg::Build(msg) => self.build(msg),
            Msg::Age(why) => self.say_stale(why.as_ref()),
            Msg::Note(level, text) if *level > Level::Info => writeln!(self.screen.err, "{text}"),
            Msg::Terminate(why) => writeln!(self.screen.err, "stopping: {why}"),
            Msg::Done(why) => self.done(why.as_ref()),
            _ => Ok(()),
        }
    }

    fn idle(&mut self, state: &State) -> io::Result<()> {
        if state.quitting {
            return Ok(());
        }
        let out = &mut self.screen.out;
        if let Some(tests) = state.outstanding() {
            writeln!(out, "{} outstanding", counted(tests, "test"))?;
        }
        writeln!(out, "{FAINT}waiting for changes{FAINT:#}")?;
        out.flush()
    }

    fn tick(&mut self) -> io::Result<()> {
        match &mut self.run {
            Some((results, report)) => report.tick(Moment::now().mono, results, self.screen),
            None => Ok(()),
        }
    }
}
