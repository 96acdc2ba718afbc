//! Shows that the samples test something: seeds one fault at a time into the embedded stack and asks which sample
//! notices it first.
//!
//! ```text
//! cargo test -p sample-tests --features faults --test faults [-- FAULT...]
//! ```
//!
//! Then an oracle is asked: operations without any assertion are done on a stack with each fault and in a plain directory,
//! and a fault is found where the answers differ.
//!
//! A fault is noticed when a sample fails. That the samples pass where there is no fault is checked as well, or a
//! stack that does nothing right would look like samples that notice everything. One fault cannot be seen by root:
//! who may open everything cannot tell that permissions are not asked for.

mod oracle;
mod samples;

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use gkfs_embedded::fault::Fault;
use samples::{Outcome, Sample};

/// So many of the faults must be noticed.
const ENOUGH: usize = 18;
/// So many must be found without any assertion.
const ENOUGH_FOR_ORACLE: usize = 15;

fn main() -> ExitCode {
    match report(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("faults: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Tries the faults with these names, or all, and prints who noticed which.
fn report(names: Vec<String>) -> Result<(), String> {
    let faults = chosen(&names)?;
    let samples = samples::build()?;
    println!("{} samples, {} faults", samples.len(), faults.len());

    let skipped = sound(&samples)?;
    if skipped == samples.len() {
        println!("SKIP faults: every sample was skipped, so the embedded stack does not run here");
        return Ok(());
    }
    let noticed = in_parallel(&faults, |fault| {
        let by = first_failing(&samples, *fault)?;
        println!("{:20} {}", fault.name(), by.unwrap_or("MISSED"));
        Ok(by.is_some())
    })?;
    let noticed = noticed.into_iter().filter(|noticed| *noticed).count();
    println!("{noticed} of {} faults noticed", faults.len());
    let wanted = if names.is_empty() { ENOUGH } else { faults.len() };
    if noticed < wanted {
        return Err(format!(
            "{wanted} were to be noticed: add a sample for what was missed"
        ));
    }
    without_assertions(&faults, names.is_empty())
}

/// Asks the oracle about each fault: nothing is asserted there, and only operations are done.
fn without_assertions(faults: &[Fault], all: bool) -> Result<(), String> {
    if let Some(found) = oracle::found(None)? {
        return Err(format!(
            "the oracle finds a difference where there is no fault: {found}"
        ));
    }
    let found = in_parallel(faults, |fault| {
        let found = oracle::found(Some(*fault))?;
        println!(
            "oracle {:20} {}",
            fault.name(),
            found.as_deref().unwrap_or("MISSED")
        );
        Ok(found.is_some())
    })?;
    let found = found.into_iter().filter(|found| *found).count();
    println!("{found} of {} faults found by the oracle", faults.len());
    if all && found < ENOUGH_FOR_ORACLE {
        return Err(format!("the oracle was to find {ENOUGH_FOR_ORACLE}"));
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<Fault>, String> {
    if names.is_empty() {
        return Ok(Fault::ALL.to_vec());
    }
    let find = |name: &String| {
        let fault = Fault::ALL.iter().find(|fault| fault.name() == name);
        fault
            .copied()
            .ok_or_else(|| format!("no fault is named '{name}'"))
    };
    names.iter().map(find).collect()
}

/// Runs all samples without a fault. Returns how many were skipped, each with its reason on the output.
fn sound(samples: &[Sample]) -> Result<usize, String> {
    let skipped = in_parallel(samples, |sample| match sample.run(None)? {
        Outcome::Passed => Ok(false),
        Outcome::Skipped(line) => {
            println!("{line}");
            Ok(true)
        }
        Outcome::Failed(output) => Err(format!("{} fails without a fault:\n{output}", sample.id())),
    })?;
    Ok(skipped.into_iter().filter(|skipped| *skipped).count())
}

/// The first sample that fails with this fault, if any does.
fn first_failing(samples: &[Sample], fault: Fault) -> Result<Option<&str>, String> {
    for sample in samples {
        if let Outcome::Failed(_) = sample.run(Some(fault))? {
            return Ok(Some(sample.id()));
        }
    }
    Ok(None)
}

/// Does `work` for each item, on as many threads as there are processors. Stops at the first error.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, String> + Sync,
) -> Result<Vec<R>, String> {
    let queue: Mutex<VecDeque<&T>> = Mutex::new(items.iter().collect());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let worker = || {
        let mut results = Vec::new();
        while let Some(item) = next() {
            match work(item) {
                Ok(result) => results.push(result),
                Err(error) => {
                    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    return Err(error);
                }
            }
        }
        Ok(results)
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for handle in handles {
            all.extend(handle.join().map_err(|_| "a worker panicked")??);
        }
        Ok(all)
    })
}
