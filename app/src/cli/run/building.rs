//! Discovery, with a word about the builds it waits for.

use std::path::Path;
use std::time::{Duration, Instant};

use gkfs_runner::discover::{Discovery, Lookup};
use gkfs_runner::{Build, BuildEnd, EventKind, Runner};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::keeper;
use super::signals::{Asked, Signals};
use crate::report::Screen;
use crate::suite::{GroupConfig, Source, Suite};
use crate::{CommandError, Env};

/// How often the clock beside a build is drawn.
const TICK: Duration = Duration::from_millis(200);

/// Finds the tests of `lookup`. A signal ends the builds and is an error.
pub(crate) async fn discover(
    runner: &Runner,
    lookup: &Lookup,
    signals: &mut Signals,
    screen: &mut Screen<'_>,
) -> Result<Discovery, CommandError> {
    let cancel = CancellationToken::new();
    let (said, mut heard) = mpsc::unbounded_channel::<EventKind>();
    // Nobody listens once discovery has ended.
    let mut progress = move |event: &EventKind| drop(said.send(event.clone()));
    let discovery = runner.discover(lookup, &cancel, &mut progress);
    tokio::pin!(discovery);
    let mut line = Line::default();
    let mut ticks = tokio::time::interval(TICK);
    let found = loop {
        tokio::select! {
            biased;
            Asked { why, .. } = signals.next() => {
                writeln!(screen.err, "stopping: {why}")?;
                cancel.cancel();
            }
            Some(event) = heard.recv() => line.event(&event, screen)?,
            found = &mut discovery => break found,
            _ = ticks.tick() => line.draw(screen)?,
        }
    };
    line.clear(screen)?;
    Ok(found?)
}

/// Builds as the suite file says, where it declares tests of CTest: they are programs of that tree, which may have none
/// yet.
pub(crate) async fn first(
    runner: &Runner,
    suite: &Suite,
    base: &Path,
    env: &Env,
    signals: &mut Signals,
    screen: &mut Screen<'_>,
) -> Result<(), CommandError> {
    let is_ctest = |group: &GroupConfig| group.source == Source::Ctest;
    let Some(said) = &suite.config.build else {
        return Ok(());
    };
    if !suite.config.group.iter().any(is_ctest) {
        return Ok(());
    }
    let build = Build {
        command: said.command.clone(),
        cwd: suite.root.join(&said.cwd),
        log: base.join("build/stack.log"),
        keeper: keeper(env),
    };
    writeln!(screen.err, "building: {}", build.command)?;
    let cancel = CancellationToken::new();
    let building = runner.build(&build, &cancel);
    tokio::pin!(building);
    let end = loop {
        tokio::select! {
            biased;
            Asked { why, .. } = signals.next() => {
                writeln!(screen.err, "stopping: {why}")?;
                cancel.cancel();
            }
            end = &mut building => break end.map_err(CommandError::usage)?,
        }
    };
    let why = match end {
        BuildEnd::Ok => return Ok(()),
        BuildEnd::Cancelled => "it was cancelled".to_owned(),
        BuildEnd::Failed(how) => how,
    };
    let text = format!("`{}` of [build] failed: {why}", build.command);
    Err(CommandError::usage(text).hint(format!("what it said is in {}", env.shown(&build.log))))
}

/// The line that says what is being built: on a terminal with a clock and gone when it is done.
#[derive(Default)]
struct Line {
    building: Option<(String, Instant)>,
    drawn: bool,
}

impl Line {
    fn event(&mut self, event: &EventKind, screen: &mut Screen<'_>) -> std::io::Result<()> {
        match event {
            EventKind::BuildStarted { group } => {
                self.building = Some((group.clone(), Instant::now()));
                if (screen.columns)().is_none() {
                    writeln!(screen.err, "building {group}")?;
                }
                Ok(())
            }
            EventKind::BuildFinished { .. } => {
                self.building = None;
                self.clear(screen)
            }
            _ => Ok(()),
        }
    }

    fn draw(&mut self, screen: &mut Screen<'_>) -> std::io::Result<()> {
        let (Some((group, since)), Some(columns)) = (&self.building, (screen.columns)()) else {
            return Ok(());
        };
        let text = format!("building {group} · {}s", since.elapsed().as_secs());
        let fits: String = text.chars().take(columns.saturating_sub(1)).collect();
        write!(screen.err, "\r\x1b[2K{fits}")?;
        self.drawn = true;
        screen.err.flush()
    }

    fn clear(&mut self, screen: &mut Screen<'_>) -> std::io::Result<()> {
        if std::mem::take(&mut self.drawn) {
            write!(screen.err, "\r\x1b[2K")?;
            screen.err.flush()?;
        }
        Ok(())
    }
}
