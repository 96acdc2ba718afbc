//! The stack: is it the one that is meant, is it whole, and does it work?

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gkfs_harness::{Bench, Client, Daemon, DaemonOptions, Operations, Stack};

use super::Finding;
use crate::Env;
use crate::cli::StackArgs;
use crate::report::human::builds;
use crate::stack::{self, checkout};
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
    findings.extend(tree(&stack, suite, env));
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

/// In a GekkoFS tree: where the stack was found, and which other builds there are.
fn tree(stack: &Stack, suite: &Suite, env: &Env) -> Option<Finding> {
    let tree = checkout::find(&suite.root).or_else(|| checkout::find(&env.cwd))?;
    let shown = |dirs: &[PathBuf]| -> String {
        let dirs: Vec<String> = dirs.iter().map(|dir| env.shown(dir).to_string()).collect();
        dirs.join(", ")
    };
    let mut text = format!(
        "programs in {}, library in {}, interface {}",
        shown(&stack.bin_dirs),
        shown(&stack.lib_dirs),
        stack.interface
    );
    let others: Vec<String> = tree
        .others()
        .iter()
        .map(|root| env.shown(root).to_string())
        .collect();
    if !others.is_empty() {
        text += &format!("; other builds: {}", others.join(", "));
    }
    Some(Finding::good("GekkoFS tree", text))
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
