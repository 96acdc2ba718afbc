//! From command line, suite file and stack to the runner's settings.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;

use gkfs_harness::Stack;
use gkfs_runner::record::Retention;
use gkfs_runner::settings::{Deadlines, DenySkips, FlakyPolicy, Repeat, RunSettings};

use super::pace::Pace;
use crate::cli::targets::Targets;
use crate::cli::{Oracle, RunArgs, select};
use crate::suite::{Flaky, Stress};
use crate::{Env, stack};

/// Makes the settings of a run: what the command line says goes before what the suite file says.
pub(crate) fn settings(
    args: &RunArgs,
    targets: &Targets,
    base: &Path,
    stack: &Stack,
    argv: &[OsString],
    env: &Env,
) -> RunSettings {
    let suite = &targets.suite;
    let defaults = &suite.config.defaults;
    let pace = Pace::of(stack, &suite.config, args.python, env.cpus);
    let jobs = if args.pdb {
        1
    } else {
        args.jobs.map_or(pace.jobs, usize::from)
    };
    let seed = seed(env);
    let retention = &suite.config.retention;
    RunSettings {
        suite_config: suite.file.clone(),
        argv: argv.to_vec(),
        cwd: env.cwd.clone(),
        selection: select::words(targets, args, seed, env),
        env: variables(stack, args.oracle),
        jobs: NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN),
        retries: args.retries.unwrap_or(defaults.retries),
        repeat: repeat(args),
        hold: args.hold,
        flaky: policy(args.ci.flaky.unwrap_or(defaults.flaky)),
        deadline: args.ci.global_timeout.map(|span| span.0),
        deny_skips: args.ci.deny_skips.clone().map(DenySkips),
        timeout: args
            .timeout
            .or(defaults.timeout)
            .map_or(pace.timeout, |span| span.0),
        deadlines: deadlines(args, stack),
        slow: defaults.slow.map_or(pace.slow, |span| span.0),
        max_fail: max_fail(args),
        first: args
            .failed_first
            .then(|| select::failed_last(base))
            .into_iter()
            .collect(),
        seed,
        retention: Retention {
            runs: retention.runs,
            bytes: retention.bytes.0,
        },
        passed_roots: retention.passed_roots,
        cores: retention.cores.0,
        ..RunSettings::new(
            base.into(),
            suite.root.clone(),
            stack::describe(stack),
            env.exe.clone(),
            super::keeper(env),
        )
    }
}

fn policy(flaky: Flaky) -> FlakyPolicy {
    match flaky {
        Flaky::Fail => FlakyPolicy::Fail,
        Flaky::Pass => FlakyPolicy::Pass,
    }
}

/// What becomes of deadlines under a debugger or another wrapper.
fn deadlines(args: &RunArgs, stack: &Stack) -> Deadlines {
    match (stack.wrap.is_on(), stack.wrap.deadlines) {
        _ if args.pdb => Deadlines::Off,
        (false, _) => Deadlines::AsTheyAre,
        (true, stack::Deadlines::Off) => Deadlines::Off,
        (true, stack::Deadlines::Times(times)) => Deadlines::Times(times),
    }
}

fn repeat(args: &RunArgs) -> Repeat {
    match args.stress {
        Some(Stress::Times(times)) => return Repeat::Times(times),
        Some(Stress::For(span)) => return Repeat::For(span.0),
        None => {}
    }
    if args.until_fail {
        return Repeat::UntilFail(None);
    }
    Repeat::Times(args.repeat.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN))
}

fn max_fail(args: &RunArgs) -> Option<NonZeroUsize> {
    let limit = if args.exit_first {
        Some(1)
    } else {
        args.maxfail.map(|limit| limit as usize)
    };
    limit.and_then(NonZeroUsize::new)
}

/// What the suite's stack wants set for its tests. The kind goes along: a bare directory has no daemon.
fn variables(stack: &Stack, oracle: Option<Oracle>) -> Vec<(OsString, OsString)> {
    let own = stack.env.iter().map(|(name, value)| (name.into(), value.into()));
    let wrap = stack.wrap.variables().into_iter();
    let mounting = stack.mounting.as_ref().and_then(|how| {
        let json = serde_json::to_string(how).ok()?;
        Some(("GKFS_BENCH_STACK_MOUNTING".into(), json.into()))
    });
    own.chain([("GKFS_BENCH_STACK_KIND".into(), stack.kind.as_str().into())])
        .chain(mounting)
        .chain(oracle.map(|Oracle::Plain| ("GKFS_BENCH_ORACLE".into(), "plain".into())))
        .chain(wrap.map(|(name, value)| (name.into(), value)))
        .collect()
}

/// The seed of a run that shall be repeated, or else a new one.
fn seed(env: &Env) -> u64 {
    let given = env
        .var("GKFS_BENCH_SEED")
        .and_then(|seed| seed.to_str()?.parse().ok());
    // Any number will do that differs from run to run; the record keeps it.
    given.unwrap_or_else(|| gkfs_runner::Moment::now().mono)
}
