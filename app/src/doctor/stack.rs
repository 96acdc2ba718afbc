//! The stack: is it the one that is meant, is it whole, and does it work?

use std::time::{Duration, Instant};

use gkfs_harness::{Bench, Client, Daemon, DaemonOptions, Operations, Stack};

use super::Finding;
use crate::Env;
use crate::cli::StackArgs;
use crate::report::human::builds;
use crate::stack;
use crate::suite::Suite;

/// A real daemon is ready after half a second.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn examine(args: &StackArgs, suite: &Suite, env: &Env) -> Vec<Finding> {
    let stack = match stack::choose(args, suite, env) {
        Ok(stack) => stack,
        Err(error) => {
            return vec![Finding::bad(
                "stack",
                error.to_string(),
                "name one with --stack, or with --bin-dir and --lib-dir",
            )];
        }
    };
    let mut named = vec![stack.to_string()];
    named.extend(builds(&stack::describe(&stack)));
    let mut findings = vec![Finding::good("stack", named.join(", "))];
    match try_out(&stack) {
        Ok(text) => findings.push(Finding::good("stack at work", text)),
        Err(error) => findings.push(Finding::bad(
            "stack at work",
            error.to_string(),
            "`gkfs-bench doctor --stack embedded` tells whether it is the stack or the machine",
        )),
    }
    findings
}

/// Starts a daemon, makes a directory through a client, and stops it.
fn try_out(stack: &Stack) -> gkfs_harness::Result<String> {
    let bench = Bench::temporary(stack.clone())?;
    let start = Instant::now();
    let daemon = Daemon::start_with(&bench, DaemonOptions::default().ready_within(PATIENCE))?;
    let ready = start.elapsed();
    let start = Instant::now();
    let made = Client::new(&bench).timeout(PATIENCE).call(
        "mkdir",
        &[daemon.mountdir().join("doctor").as_os_str(), "493".as_ref()],
    )?;
    let operated = start.elapsed();
    daemon.shutdown()?;
    if made["retval"] != 0 {
        return Err(gkfs_harness::Error::other(format!(
            "a client's mkdir failed: {made}"
        )));
    }
    Ok(format!("ready in {ready:.1?}, an operation in {operated:.1?}"))
}
