//! Runs one test: set-up, body, teardown, and what there is to say afterwards.

use std::any::Any;
use std::io::Write;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use serde_json::json;

use crate::context::TestContext;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::{Skipped, TestResult};
use crate::panic;
use crate::steps::Steps;
use crate::support::Test;
use crate::workspace::Workspace;

/// How the body ended.
enum Ending {
    Passed,
    Skipped(String),
    /// The hook recorded it; the payload goes on to libtest.
    Panicked(Box<dyn Any + Send>),
    /// An error that is to be reported here.
    Failed(String),
}

/// Runs `test`: fixtures by `setup`, then `body`, then the fixtures' ends, whatever happened.
///
/// # Panics
/// When the test failed, as libtest expects.
pub fn run<F>(
    test: &Test,
    setup: impl FnOnce(&TestContext) -> Result<F>,
    body: impl FnOnce(F) -> TestResult,
) {
    panic::record_failed_assertions();
    let context = match begin(test) {
        Ok(context) => context,
        Err(error) => panic!("{}: {error}", test.id()),
    };
    let _entered = context.steps().enter();
    let ending = catch_unwind(AssertUnwindSafe(|| attempt(&context, setup, body)));
    let ending = ending.unwrap_or_else(ending_of_panic);
    finish(&context, ending);
}

fn begin(test: &Test) -> Result<TestContext> {
    let environment = Environment::read()?.with_timeout(test.timeout());
    let (workspace, steps) = match environment.path("GKFS_BENCH_ATTEMPT_DIR") {
        Some(attempt) => (
            Workspace::at(attempt.join("workspace"))?,
            attempt.join("steps.jsonl"),
        ),
        None => {
            let workspace = Workspace::temporary()?;
            let steps = workspace.path().join("steps.jsonl");
            (workspace, steps)
        }
    };
    TestContext::new(test, environment, workspace, Steps::create(&steps)?)
}

fn attempt<F>(
    context: &TestContext,
    setup: impl FnOnce(&TestContext) -> Result<F>,
    body: impl FnOnce(F) -> TestResult,
) -> Ending {
    let fixtures = match setup(context) {
        Ok(fixtures) => fixtures,
        Err(error) => return Ending::Failed(format!("set-up failed: {error}")),
    };
    match body(fixtures) {
        Ok(()) => Ending::Passed,
        Err(error) => {
            let place = error.location();
            let step = json!({
                "ok": false, "message": error.to_string(), "file": place.file(), "line": place.line(),
            });
            context.steps().instant("assert", step);
            Ending::Failed(format!("{error:?}"))
        }
    }
}

fn ending_of_panic(payload: Box<dyn Any + Send>) -> Ending {
    match payload.downcast::<Skipped>() {
        Ok(skipped) => Ending::Skipped(skipped.0),
        Err(payload) => Ending::Panicked(payload),
    }
}

/// Ends the fixtures, then leaves as libtest expects.
fn finish(context: &TestContext, ending: Ending) {
    match &ending {
        Ending::Failed(text) => context.hold().wait(text),
        Ending::Panicked(payload) => context.hold().wait(&panic::message(&**payload)),
        // What an oracle found is said when everything has ended, but looked at before.
        Ending::Passed => {
            if let Some(text) = context.divergence() {
                context.hold().wait(&text);
            }
        }
        Ending::Skipped(_) => {}
    }
    let teardown = context.end_fixtures();
    let ending = diverged(context, ending);
    if teardown.is_empty() && !matches!(ending, Ending::Panicked(_) | Ending::Failed(_)) {
        if let Ending::Skipped(reason) = ending {
            say_skipped(context, &reason);
        }
        return;
    }
    if context.workspace().is_temporary() {
        eprintln!("the workspace is kept: {}", context.workspace().keep().display());
    }
    if let Some(stack) = context.stack_in_use() {
        eprintln!("the stack was {stack}");
    }
    let ends = || {
        teardown
            .iter()
            .map(Error::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    match ending {
        Ending::Panicked(payload) => {
            if !teardown.is_empty() {
                eprintln!("teardown failed too: {}", ends());
            }
            resume_unwind(payload)
        }
        Ending::Failed(text) if teardown.is_empty() => fail(&text),
        Ending::Failed(text) => fail(&format!("{text}\nteardown failed too: {}", ends())),
        Ending::Passed | Ending::Skipped(_) => {
            context
                .steps()
                .instant("assert", json!({ "ok": false, "message": ends() }));
            fail(&format!("teardown failed: {}", ends()))
        }
    }
}

/// What an oracle found fails a test that found nothing itself, and is said beside what it found.
fn diverged(context: &TestContext, ending: Ending) -> Ending {
    let Some(text) = context.divergence() else {
        return ending;
    };
    match ending {
        Ending::Passed => {
            let step = json!({ "ok": false, "message": text });
            context.steps().instant("assert", step);
            Ending::Failed(text)
        }
        Ending::Failed(_) | Ending::Panicked(_) => {
            eprintln!("{text}");
            ending
        }
        Ending::Skipped(_) => ending,
    }
}

/// Fails the test with a text that stands alone: the place of this line would tell nobody anything.
fn fail(text: &str) -> ! {
    eprintln!("{text}");
    resume_unwind(Box::new(text.to_owned()))
}

/// A skip passes libtest's capture: it is nothing to find out only when a test fails.
fn say_skipped(context: &TestContext, reason: &str) {
    context.steps().instant("skip", json!({ "reason": reason }));
    let line = format!("SKIP {}: {}\n", context.id(), reason.replace('\n', " "));
    if let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() {
        // Nobody reads a closed standard error; the step has the reason as well.
        let _: std::io::Result<()> = std::fs::File::from(stderr).write_all(line.as_bytes());
    }
}
