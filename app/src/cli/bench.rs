//! `gkfs-bench bench`

use std::io;

use gkfs_harness::Stack;
use gkfs_harness::stack::EMBEDDED;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::bench::{Samples, table};
use crate::cli::{BenchArgs, StackArgs};
use crate::report::{Screen, human};
use crate::suite::Suite;
use crate::{CommandError, Env, Exit, stack};

/// Measures the embedded stack, and beside it the one that a run would be against.
pub(super) fn bench(args: &BenchArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let suite = Suite::load(Suite::root_of(&env.cwd).unwrap_or(&env.cwd))?;
    // Whatever a run here would be against: in a GekkoFS tree its build, or a word about why there is none.
    let other = Some(stack::choose(&args.stack, &suite, env)?).filter(|stack| stack.name != EMBEDDED);
    let embedded = StackArgs {
        stack: Some(EMBEDDED.into()),
        interface: args.stack.interface.clone(),
        ..StackArgs::default()
    };
    let ours = stack::choose(&embedded, &suite, env)?;
    for stack in std::iter::once(&ours).chain(&other) {
        writeln!(screen.out, "{}", human::stack_line(&stack::describe(stack)))?;
    }
    if args.one_cpu {
        stay_here()?;
    }
    let measured = measure(&ours, args.samples, screen)?;
    let beside = other
        .map(|stack| Ok::<_, CommandError>((stack.name.clone(), measure(&stack, args.samples, screen)?)));
    let beside = beside.transpose()?;
    writeln!(screen.out)?;
    table::write(
        &measured,
        beside.as_ref().map(|(name, samples)| (name.as_str(), samples)),
        screen.out,
    )?;
    writeln!(
        screen.out,
        "{} each, LIBGKFS_LOG=all{}",
        human::count(args.samples.into(), "sample"),
        if args.one_cpu { ", on one CPU" } else { "" },
    )?;
    Ok(Exit::Passed)
}

/// Keeps this thread, and whatever it starts, on one of the CPUs that it may use.
fn stay_here() -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    if let Some(cpu) = (0..CpuSet::MAX_CPU).find(|cpu| allowed.is_set(*cpu)) {
        one.set(cpu);
    }
    Ok(sched_setaffinity(None, &one)?)
}

fn measure(stack: &Stack, count: u32, screen: &mut Screen<'_>) -> Result<Samples, CommandError> {
    let on_terminal = (screen.columns)().is_some();
    let mut logged = stack.clone();
    logged.env.insert("LIBGKFS_LOG".into(), "all".into());
    let samples = Samples::measure(&logged, count, &mut |done| {
        if on_terminal {
            // Progress is a courtesy: if it cannot be shown, the result still can.
            let _ = write!(screen.err, "\r\x1b[2Kmeasuring {} {done}/{count}", stack.name)
                .and_then(|()| screen.err.flush());
        }
    });
    if on_terminal {
        write!(screen.err, "\r\x1b[2K")?;
    }
    samples.map_err(CommandError::usage)
}
