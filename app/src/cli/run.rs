//! `gkfs-bench run`

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gkfs_harness::Stack;
use gkfs_runner::Runner;
use gkfs_runner::discover::{Discovery, Lookup};
use gkfs_runner::filter::{Plan, SelectError, Selection};

use crate::cli::rerun::{self, Pasted};
use crate::cli::targets::{self, Targets};
use crate::cli::{Format, PythonArgs, RunArgs, harness, select};
use crate::report::ci::Several;
use crate::report::human::{Human, Verbosity};
use crate::report::json::Json;
use crate::report::{Jsonl, Reporter, Results, Screen};
use crate::suite::RECORDS;
use crate::{CommandError, Env, Exit, stack};
pub(super) use settings::settings;
use signals::Signals;

mod beside;
pub(super) mod building;
pub(super) mod drive;
pub(super) mod hold;
mod pace;
mod settings;
mod several;
pub(super) mod signals;
mod terminal;

/// Runs tests: finds them, runs them, reports; on several stacks one after the other.
pub(super) fn run(
    args: &RunArgs,
    argv: &[OsString],
    env: &Env,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    let targets = targets::resolve(&args.targets, env)?;
    let base = base(args.base_temp.as_deref(), &targets, env);
    // What can be refused at once is, before anything is built.
    let selection = select::selection(&targets, &args.select, &base)?;
    if args.select.last_failed && selection.only.is_none() {
        writeln!(
            screen.err,
            "note: in the last run every test passed; all are selected"
        )?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (runner, mut signals) = runtime.block_on(async {
        let runner = Runner::new()?;
        let mut signals = Signals::new()?.with(&runner);
        // Before the stack is looked at, which may lie in the tree.
        building::first(&runner, &targets.suite, &base, env, &mut signals, screen).await?;
        Ok::<_, CommandError>((runner, signals))
    })?;
    let mut orders = Vec::new();
    let chosen = args.python.recalled(&base);
    for mut args in several::each(args)? {
        args.python = chosen;
        orders.push(Order::new(args, &targets, &base, env)?);
    }
    let ground = Ground {
        targets: &targets,
        base: &base,
        selection: &selection,
        chosen,
        argv,
        env,
    };
    let result = runtime.block_on(async {
        let mut ends = several::Ends::default();
        for order in orders {
            ends.add(ground.run(order, &runner, &mut signals, screen).await?);
            if ends.exit() == Exit::Interrupted {
                break;
            }
        }
        ends.report(args.format, screen)?;
        Ok(ends.exit())
    });
    // Whatever still holds a thread of the runtime must not hold the command.
    runtime.shutdown_background();
    result
}

/// What the runs on all stacks have in common.
struct Ground<'a> {
    targets: &'a Targets,
    base: &'a Path,
    selection: &'a Selection,
    /// Whose fixtures tests of pytest get.
    chosen: PythonArgs,
    argv: &'a [OsString],
    env: &'a Env,
}

impl Ground<'_> {
    /// Finds the tests, and runs them on one stack.
    async fn run(
        &self,
        order: Order,
        runner: &Runner,
        signals: &mut Signals,
        screen: &mut Screen<'_>,
    ) -> Result<(Exit, Results), CommandError> {
        let (args, targets) = (&order.args, self.targets);
        let discovery = building::discover(runner, &order.lookup, signals, screen).await?;
        let plan = plan(self.selection, discovery, targets)?;
        let mut settings = settings(args, targets, self.base, &order.stack, self.argv, self.env);
        let rerun = self::rerun(args, targets, &order.stack, self.env);
        harness::choose(self.chosen, &plan, self.base, screen)?;
        let both = harness::is_brought(&plan).then(|| args.python.is_ours(&targets.suite.config));
        let first = reporter(args, rerun, settings.jobs.get());
        let report = Box::new(Several(std::iter::once(first).chain(order.beside).collect()));
        let aside = drive::Aside {
            junit: order.junit,
            desk: if args.hold {
                hold::Desk::new(self.env)
            } else {
                None
            },
        };
        let ended = {
            let mut screen = terminal::offer(&mut settings, &plan, screen);
            drive::drive(runner, plan, settings, report, aside, signals, &mut screen).await?
        };
        if let Some(is_ours) = both.filter(|_| args.format == Format::Human)
            && let Some(text) = harness::compare(self.base, &ended.1.dir, is_ours)
        {
            writeln!(screen.err, "note: {text}")?;
        }
        Ok(ended)
    }
}

/// A run on one stack, all of whose words are known to be good.
struct Order {
    args: RunArgs,
    stack: Stack,
    lookup: Lookup,
    junit: Option<PathBuf>,
    beside: Vec<Box<dyn Reporter>>,
}

impl Order {
    fn new(args: RunArgs, targets: &Targets, base: &Path, env: &Env) -> Result<Order, CommandError> {
        let stack = stack::choose(&args.stack, &targets.suite, env)?;
        if args.oracle.is_some() && stack.is_plain() {
            let error = "--oracle plain: the plain stack is the oracle itself";
            return Err(CommandError::usage(error).hint("name another with --stack, or leave --oracle out"));
        }
        let junit = args.junit.as_ref().map(|file| junit_file(&env.cwd.join(file)));
        let mut lookup = select::lookup(&targets.suite, Some(&stack), args.python, base, env)?;
        lookup.recalls = true;
        if args.pdb {
            terminal::debug(&mut lookup)?;
        }
        Ok(Order {
            junit: junit.transpose()?,
            beside: beside::reports(&args, targets, env)?,
            lookup,
            stack,
            args,
        })
    }
}

/// Returns the directory that holds the suite's `runs/`.
pub(super) fn base(base_temp: Option<&Path>, targets: &Targets, env: &Env) -> PathBuf {
    match base_temp {
        Some(dir) => env.absolute(dir),
        None => targets.suite.root.join(RECORDS),
    }
}

/// Makes sure, before anything runs, that the report can be written where it is wanted.
fn junit_file(path: &Path) -> Result<PathBuf, CommandError> {
    let parent = path.parent().unwrap_or(path);
    let made = std::fs::create_dir_all(parent).and_then(|()| std::fs::File::create(path));
    match made {
        Ok(_) => Ok(path.to_path_buf()),
        Err(error) => Err(CommandError::usage(format!(
            "cannot write the JUnit report {}: {error}",
            path.display()
        ))),
    }
}

/// Holds the selection against what was found; nothing is an error of its own.
pub(super) fn plan(
    selection: &Selection,
    discovery: Discovery,
    targets: &Targets,
) -> Result<Plan, CommandError> {
    let found = discovery.tests.len();
    let plan = selection.apply(discovery).map_err(|error| match error {
        SelectError::Path(_) => CommandError::no_tests(error),
        SelectError::Name(_) | SelectError::Unlisted { .. } => {
            CommandError::usage(error).hint("`gkfs-bench list` shows all ids")
        }
    })?;
    if !plan.is_empty() {
        return Ok(plan);
    }
    let root = targets.suite.root.display();
    Err(match found {
        0 => CommandError::no_tests(format!("no tests in {root}")).hint(
            "a suite is a cargo package with test targets, a directory with *.sh or pytest files, a build directory of \
             CMake, or has a gkfs-bench.toml",
        )
        .hint("`gkfs-bench init` begins one here, `gkfs-bench demo` shows what a run looks like"),
        _ => CommandError::no_tests(format!("none of the {found} tests in {root} is selected"))
            .hint("`gkfs-bench list` shows what there is; what is off by default runs when it is named"),
    })
}

pub(super) fn reporter(args: &RunArgs, rerun: String, jobs: usize) -> Box<dyn Reporter> {
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    match args.format {
        Format::Human => Box::new(Human::new(verbosity, args.stream, jobs, rerun)),
        Format::Json => Box::new(Json),
        Format::Jsonl => Box::new(Jsonl),
    }
}

/// Returns the command that runs tests of the suite in the same way; a test's id completes it.
pub(super) fn rerun(args: &RunArgs, targets: &Targets, stack: &Stack, env: &Env) -> String {
    let stack = rerun::as_said(&args.stack, &stack.name);
    let suite = Some(&*targets.suite.root).filter(|root| *root != env.cwd);
    rerun::command(args, stack, suite, Pasted::Here, env)
}

/// The keeper's command line: this executable again.
pub(super) fn keeper(env: &Env) -> Vec<OsString> {
    vec![env.exe.clone().into(), crate::KEEPER.into()]
}
