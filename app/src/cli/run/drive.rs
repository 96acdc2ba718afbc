//! A run from its first event to its last: events to the reports, signals to the run.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use gkfs_runner::filter::Plan;
use gkfs_runner::record::StackInfo;
use gkfs_runner::{CancelKind, Event, EventKind, Moment, RunError, RunHandle, RunSettings, Runner};
use tokio::time::MissedTickBehavior;

use super::hold::Desk;
use super::signals::Signals;
use crate::report::{Reporter, Results, Screen, junit};
use crate::{CommandError, Exit};

/// How often reports look at the clock and at growing files.
const TICK: Duration = Duration::from_millis(50);

/// What a run has beside its report.
pub(crate) struct Aside {
    /// Written when it has ended.
    pub(crate) junit: Option<PathBuf>,
    /// Where what is held is offered.
    pub(crate) desk: Option<Desk>,
}

/// Runs `plan` and reports it.
pub(crate) async fn drive(
    runner: &Runner,
    plan: Plan,
    settings: RunSettings,
    mut report: Box<dyn Reporter>,
    aside: Aside,
    signals: &mut Signals,
    screen: &mut Screen<'_>,
) -> Result<(Exit, Results), CommandError> {
    let stack: StackInfo = settings.stack.clone();
    let mut run = runner.start(plan, settings).map_err(|error| match error {
        // Before anything ran, a record that cannot be made is a wrong place to put it.
        RunError::Record(error) => CommandError::usage(error),
        error => error.into(),
    })?;
    let mut results = Results::new(run.dir.clone(), stack);
    let reported = follow(
        &mut run,
        signals,
        aside.desk.as_ref(),
        &mut results,
        report.as_mut(),
        screen,
    )
    .await;
    if reported.is_err() {
        // Nobody reads the report any more; the record is still being written, and tests must not run on unseen.
        run.cancel(CancelKind::Stop, "the output cannot be written");
    }
    let outcome = run.wait().await?;
    if let Some(file) = aside.junit {
        junit::write(&results, &file).map_err(|error| {
            CommandError::internal(format!(
                "cannot write the JUnit report {}: {error}",
                file.display()
            ))
        })?;
    }
    match reported {
        // A reader that had enough, as in `gkfs-bench run | head`, is no error of ours.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok((Exit::from_run(outcome.exit_code), results)),
    }
}

/// Feeds the report until the last event.
async fn follow(
    run: &mut RunHandle,
    signals: &mut Signals,
    desk: Option<&Desk>,
    results: &mut Results,
    report: &mut dyn Reporter,
    screen: &mut Screen<'_>,
) -> std::io::Result<()> {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            asked = signals.next() => {
                run.cancel(if asked.kill { CancelKind::Kill } else { CancelKind::Stop }, asked.why);
            }
            event = run.events.recv() => match event {
                Some(event) => {
                    if desk.is_some() && matches!(event.kind, EventKind::AttemptHeld { .. }) {
                        Desk::open(results);
                    }
                    take(&event, results, report, screen)?;
                }
                None => return Ok(()),
            },
            _ = ticks.tick() => {
                report.tick(Moment::now().mono, results, screen)?;
                if let Some(desk) = desk
                    && let Some(asked) = desk.serve(results, signals, screen).await?
                {
                    run.cancel(CancelKind::Stop, asked.why);
                }
            }
        }
    }
}

fn take(
    event: &Event,
    results: &mut Results,
    report: &mut dyn Reporter,
    screen: &mut Screen<'_>,
) -> std::io::Result<()> {
    results.apply(event);
    report.event(event, results, screen)
}
