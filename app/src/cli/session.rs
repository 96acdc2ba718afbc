//! `gkfs-bench [PATH]`, `gkfs-bench watch` and `gkfs-bench open`: the screen.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use gkfs_runner::event::Level;
use gkfs_runner::record::{Record, Runs};
use gkfs_runner::settings::Repeat;
use gkfs_runner::{EventKind, Moment, Runner};

use crate::cli::targets::{self, Targets};
use crate::cli::{OpenArgs, RunArgs, SessionArgs, WatchArgs, records, run, select};
use crate::log::Log;
use crate::report::Screen;
use crate::suite::Suite;
use crate::tui::config::reload;
use crate::tui::effect::Engine;
use crate::tui::memory::keep::Keeper;
use crate::tui::msg::{Effect, Msg};
use crate::tui::session::{self, Around, Mailbox};
use crate::tui::state::{Mode, State};
use crate::tui::watch::{Changes, Touched};
use crate::tui::{config, replay, update};
use crate::{CommandError, Env, Exit, stack};

mod plain;
mod rerun;

/// Opens a session on a suite.
pub(super) fn open_suite(args: &SessionArgs, argv: &[OsString], env: &Env) -> Result<Exit, CommandError> {
    if !env.is_interactive() {
        let error = CommandError::usage("a session needs a terminal, and there is none");
        return Err(error
            .hint("`gkfs-bench run` runs the tests and prints what came of them")
            .hint("`gkfs-bench --help` shows all there is"));
    }
    live(args, false, argv, env)
}

/// Opens a session that reruns what changes touch, or prints lines where there is no terminal.
pub(super) fn watch(
    args: &WatchArgs,
    argv: &[OsString],
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    if args.plain || !env.is_interactive() {
        return plain::watch(&args.session, argv, env, screen);
    }
    live(&args.session, true, argv, env)
}

/// Opens a recorded run.
pub(super) fn open(args: &OpenArgs, env: &Env) -> Result<Exit, CommandError> {
    let record = records::open(&args.record, args.run.as_deref(), env)?;
    if !env.is_interactive() {
        let error = CommandError::usage("a session needs a terminal, and there is none");
        return Err(error.hint("`gkfs-bench show TEST` prints what happened in a test"));
    }
    let root = record.file.suite.root.to_path();
    let mut state = State::new(Mode::Recorded, env.shown(&root).to_string());
    // The suite may be gone, or another by now; then its stacks are not known by name.
    let config = Suite::load(&root).map(|suite| suite.config).unwrap_or_default();
    state.rerun = rerun::command(&root, &record.file.stack, None, &config, env);
    state.root = root;
    let (around, _log) = around(&mut state, env);
    state.drill.set_program(env.exe.clone());
    runtime()?.block_on(async {
        let mailbox = Mailbox::new();
        reload::begin(env, mailbox.out.clone());
        replay::open(record, mailbox.out.clone());
        session::run(&mut state, None, mailbox, Vec::new(), around).await
    })
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
    let programs = config::programs(env);
    (Around { programs, memory }, log)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

/// What a session is about.
struct About {
    targets: Targets,
    base: PathBuf,
    stack: gkfs_harness::Stack,
    args: RunArgs,
}

fn about(args: &SessionArgs, env: &Env) -> Result<About, CommandError> {
    let words: Vec<String> = args.path.iter().cloned().collect();
    let targets = targets::resolve(&words, env)?;
    if !targets.ids.is_empty() || !targets.paths.is_empty() {
        let word = words.join(" ");
        let error = CommandError::usage(format!("`{word}` is no verb, and no suite either"));
        return Err(error.hint("a session is about a whole suite; filter it there with `/`"));
    }
    let args = RunArgs::of_session(args);
    let base = run::base(args.base_temp.as_deref(), &targets, env);
    let stack = stack::choose(&args.stack, &targets.suite, env)?;
    Ok(About {
        targets,
        base,
        stack,
        args,
    })
}

impl About {
    /// The directories whose files every test depends on. What ships in this executable changes only with it.
    fn stack_dirs(&self) -> Vec<PathBuf> {
        if self.stack.name == gkfs_harness::stack::EMBEDDED {
            return Vec::new();
        }
        let dirs = self.stack.bin_dirs.iter().chain(&self.stack.lib_dirs);
        dirs.filter(|dir| dir.is_dir()).cloned().collect()
    }

    fn changes(&self) -> Result<Changes, CommandError> {
        Changes::new(&self.targets.suite, &self.stack_dirs(), &self.base).map_err(CommandError::usage)
    }

    fn engine(self, runner: Runner, argv: &[OsString], env: &Env) -> Result<Engine, CommandError> {
        let lookup = select::lookup(&self.targets.suite, &self.base, env)?;
        let (argv, env) = (argv.to_vec(), env.clone());
        let settings = move |request: &crate::tui::Request| {
            let About {
                args,
                targets,
                base,
                stack,
            } = &self;
            let mut settings = run::settings(args, targets, base, stack, &argv, &env);
            if request.until_fail {
                settings.repeat = Repeat::UntilFail(None);
            }
            settings.selection = serde_json::json!({ "ids": request.only, "session": true });
            settings
        };
        Ok(Engine {
            runner,
            lookup: Arc::new(lookup),
            settings: Arc::new(settings),
            sources: None,
        })
    }
}

fn live(args: &SessionArgs, watching: bool, argv: &[OsString], env: &Env) -> Result<Exit, CommandError> {
    let about = about(args, env)?;
    let mut state = State::new(Mode::Live, env.shown(&about.targets.suite.root).to_string());
    state.root = about.targets.suite.root.clone();
    let (around, _log) = around(&mut state, env);
    state.drill.set_program(env.exe.clone());
    state.stack = stack::describe(&about.stack);
    let (suite, interface) = (&about.targets.suite, about.args.stack.interface.as_deref());
    state.rerun = rerun::command(&suite.root, &state.stack, interface, &suite.config, env);
    state.restart = about
        .targets
        .suite
        .config
        .watch
        .as_ref()
        .map_or(state.settings.on_change, |watch| watch.on_change)
        == crate::suite::OnChange::Restart;
    let last = Runs::new(&about.base).open("last").ok();
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mailbox = Mailbox::new();
        reload::begin(env, mailbox.out.clone());
        // Before the first search: a change during it must not be missed.
        let changes = watching.then(|| about.changes()).transpose()?;
        let mut engine = about.engine(Runner::new()?, argv, env)?;
        if let Some(record) = last {
            look_back(&mut state, &record);
        }
        recall(&mut state, engine.lookup.remembered());
        if let Some(changes) = changes {
            engine.sources = Some(changes.sources());
            forward(changes, &mailbox);
        }
        let first = vec![Effect::Discover];
        session::run(&mut state, Some(engine), mailbox, first, around).await
    });
    runtime.shutdown_background();
    result
}

/// Shows how the tests stood last time while they are looked for.
fn look_back(state: &mut State, record: &Record) {
    for msg in replay::messages(record) {
        crate::tui::update::update(state, msg);
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

/// Passes changes on to the session.
fn forward(mut changes: Changes, mailbox: &Mailbox) {
    let out = mailbox.out.clone();
    tokio::spawn(async move {
        // Once the session is over nobody listens, and nothing is to be watched.
        let _ = out.send(Msg::Watching(Ok(())));
        if let Some(why) = changes.slow.take() {
            let _ = out.send(Msg::Note(gkfs_runner::event::Level::Warn, why));
        }
        while let Some(change) = changes.next().await {
            let touched = match change.touched {
                Touched::Some(ids) => Some(ids),
                Touched::All | Touched::Nothing => None,
            };
            let files = change.paths.len();
            if out.send(Msg::Changed { files, touched }).is_err() {
                return;
            }
        }
    });
}
