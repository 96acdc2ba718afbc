//! `gkfs-bench [PATH]`, `gkfs-bench watch` and `gkfs-bench open`: the screen.

use std::ffi::OsString;

use gkfs_runner::event::Level;
use gkfs_runner::record::{Record, Runs, Shown, capsule};
use gkfs_runner::{EventKind, Moment, Runner};

use crate::cli::rerun::{self, Pasted};
use crate::cli::run::signals::Signals;
use crate::cli::{OpenArgs, SessionArgs, WatchArgs, records, run};
use crate::log::Log;
use crate::report::Screen;
use crate::tui::config::reload;
use crate::tui::memory::keep::Keeper;
use crate::tui::msg::{Effect, Msg, Request};
use crate::tui::session::{self, Around, Mailbox};
use crate::tui::state::{Activity, Mode, State};
use crate::tui::{config, headless, replay, update};
use crate::{CommandError, Env, Exit, sys};
use about::About;

mod about;
mod plain;

/// Opens a session on a suite.
pub(super) fn open_suite(args: &SessionArgs, argv: &[OsString], env: &Env) -> Result<Exit, CommandError> {
    // First, for a verb that is none is taken for the path of a suite.
    let about = About::new(args, argv, false, env)?;
    if let Some(why) = env.why_no_screen() {
        return Err(CommandError::usage(why)
            .hint("`gkfs-bench run` runs the tests and prints what came of them")
            .hint("`gkfs-bench --help` shows all there is"));
    }
    live(about, Begin::Looking)
}

/// Opens a session that reruns what changes touch, or prints lines where there is no terminal.
pub(super) fn watch(
    args: &WatchArgs,
    argv: &[OsString],
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    let about = About::new(&args.session, argv, args.poll, env)?;
    if args.plain || !env.is_interactive() {
        return print(about, screen);
    }
    live(about, Begin::Watching)
}

/// Opens a recorded run.
pub(super) fn open(args: &OpenArgs, env: &Env) -> Result<Exit, CommandError> {
    let record = records::open(&args.record, args.run.as_deref(), env)?;
    if let Some(why) = env.why_no_screen() {
        return Err(CommandError::usage(why).hint("`gkfs-bench show TEST` prints what happened in a test"));
    }
    let root = record.file.suite.root.to_path();
    let mut state = State::new(Mode::Recorded, env.shown(&root).to_string());
    state.rerun = rerun::of_record(&record, Pasted::Anywhere, env);
    state.root = root;
    let (around, _log) = around(&mut state, env);
    state.drill.set_program(env.exe.clone());
    if let Some(there) = capsule::original(&record.dir) {
        state.drill.set_moved(record.dir.clone(), there);
    }
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mailbox = Mailbox::new();
        reload::begin(env, mailbox.out.clone());
        replay::open(record, mailbox.out.clone());
        session::run(&mut state, None, mailbox, Vec::new(), around).await
    });
    // Whoever follows a run that goes on must not hold the command.
    runtime.shutdown_background();
    result
}

/// Begins the log, and gives a session what the user's files say and what is remembered of its suite. The log is to
/// be held to the end, so that all of it is written.
fn around(state: &mut State, env: &Env) -> (Around, Option<Log>) {
    state.now = Moment::now().mono;
    let mut wrong = Vec::new();
    let log = Log::begin(env)
        .map_err(|error| wrong.push(format!("no log is written: {error}")))
        .ok();
    if let Some(log) = &log {
        state.log_file = Some(log.file.clone());
        wrong.extend(log.problem.clone());
    }
    update::configure(state, config::load(env));
    let (memory, problem) = Keeper::recall(state, env);
    wrong.extend(problem);
    wrong.into_iter().for_each(|text| state.toast(Level::Warn, text));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), suite = %state.root.display(), "a session begins");
    let around = Around {
        programs: config::programs(env),
        memory,
        copies: env
            .base("XDG_STATE_HOME", ".local/state")
            .map(|base| base.join("gkfs-bench/copied.txt")),
    };
    (around, log)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    sys::share_heap();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

/// What a session does from its first moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// It waits for what the user wants.
    Looking,
    /// It waits for changes, too.
    Watching,
    /// It runs all tests.
    Running,
}

/// Opens a session that runs all tests at once.
pub(super) fn run_all(args: &SessionArgs, argv: &[OsString], env: &Env) -> Result<Exit, CommandError> {
    live(About::new(args, argv, false, env)?, Begin::Running)
}

fn live(about: About, begin: Begin) -> Result<Exit, CommandError> {
    let env = about.env.clone();
    let mut state = State::new(Mode::Live, env.shown(&about.targets.suite.root).to_string());
    state.root = about.targets.suite.root.clone();
    let (around, _log) = around(&mut state, &env);
    state.drill.set_program(env.exe.clone());
    update::update(&mut state, about.news());
    state.rerun = about.rerun();
    let watching = begin == Begin::Watching;
    if begin == Begin::Running {
        // As soon as they are found.
        state.queued = Some(Request::default());
    }
    if watching {
        // Before the first run: it may have to build first.
        update::update(&mut state, about.aged());
    }
    let last = Runs::new(&about.base).open("last").ok();
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mailbox = Mailbox::new();
        reload::begin(&env, mailbox.out.clone());
        let remembered = about.remembered();
        let engine = about.engine(Runner::new()?);
        if let Some(record) = last {
            look_back(&mut state, record, &mailbox);
        }
        recall(&mut state, remembered);
        // Before the first search: a change during it must not be missed.
        let mut first: Vec<Effect> = watching.then_some(Effect::Watch).into_iter().collect();
        first.push(Effect::Discover);
        state.activity = Activity::Finding(None);
        session::run(&mut state, Some(engine), mailbox, first, around).await
    });
    runtime.shutdown_background();
    result
}

/// Shows how the tests stood last time while they are looked for, or how they fare if that run goes on elsewhere.
fn look_back(state: &mut State, record: Record, mailbox: &Mailbox) {
    if record.shown() == Shown::Running {
        return replay::open(record, mailbox.out.clone());
    }
    for msg in replay::messages(&record) {
        update::update(state, msg);
    }
}

/// Shows which tests there were when they were last looked for, while they are looked for again.
fn recall(state: &mut State, found: Vec<EventKind>) {
    if found.is_empty() {
        return;
    }
    let now = Moment::now();
    let found = found.into_iter().map(|kind| Msg::Found(now, kind));
    let all = [Msg::Finding].into_iter().chain(found);
    for msg in all.chain([Msg::FoundAll, Msg::Done(None)]) {
        crate::tui::update::update(state, msg);
    }
}

/// The same session without a screen: all tests once, and then whatever changes touch.
fn print(about: About, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let mut state = State::new(Mode::Live, String::new());
    update::update(&mut state, about.news());
    update::update(&mut state, about.aged());
    let (args, env) = (about.args.clone(), about.env.clone());
    let jobs = run::settings(
        &about.args,
        &about.targets,
        &about.base,
        &about.stack,
        &about.argv,
        &env,
    )
    .jobs;
    let rerun = run::rerun(&about.args, &about.targets, &about.stack, &env);
    let last = Runs::new(&about.base).open("last").ok();
    let reporter = move || run::reporter(&args, rerun.clone(), jobs.get());
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mailbox = Mailbox::new();
        let runner = Runner::new()?;
        let mut signals = Signals::new()?.with(&runner);
        let engine = about.engine(runner);
        if let Some(record) = last.filter(|record| record.shown() != Shown::Running) {
            look_back(&mut state, record, &mailbox);
        }
        let mut first = vec![Effect::Watch];
        first.extend(update::ask(&mut state, Request::default()));
        let mut printer = plain::Printer::new(screen, &reporter, env.cwd.clone());
        let signal = async || signals.next().await.why;
        headless::run(&mut state, engine, mailbox, first, &mut printer, signal).await?;
        Ok(Exit::Interrupted)
    });
    runtime.shutdown_background();
    result
}
