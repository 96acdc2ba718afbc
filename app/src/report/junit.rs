//! The JUnit report that CI systems read.
//!
//! There is no standard, but a schema that Jenkins holds reports against before it reads them (`junit-10.xsd` of its xUnit
//! plugin): what that does not know is not written, however useful it would be. GitLab reads a part of the same.

use std::path::Path;
use std::time::Duration;

use gkfs_runner::event::AttemptFinished;
use gkfs_runner::record::StackInfo;
use gkfs_runner::status::{Outcome, Status};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::evidence;
use super::results::{AttemptResult, Results, TestResult};
use super::steps::Step;
use super::tail::Tail;

/// Lines of each output that go into the report.
const LINES: usize = 200;

/// Writes the report on `results` to `path`.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(results: &Results, path: &Path) -> std::io::Result<()> {
    let text = report(results).to_string().map_err(std::io::Error::other)?;
    std::fs::write(path, known_to_jenkins(&text))
}

/// Leaves out of the outermost element what the schema does not know there: how many tests were skipped.
fn known_to_jenkins(text: &str) -> String {
    let Some((before, rest)) = text.split_once("<testsuites") else {
        return text.to_owned();
    };
    let Some((tag, after)) = rest.split_once('>') else {
        return text.to_owned();
    };
    let skipped = tag
        .split_once(" skipped=\"")
        .and_then(|(left, right)| Some((left, right.split_once('"')?.1)));
    match skipped {
        Some((left, right)) => format!("{before}<testsuites{left}{right}>{after}"),
        None => text.to_owned(),
    }
}

/// Returns the report: a suite per group, a case per test.
fn report(results: &Results) -> Report {
    let mut report = Report::new("gkfs-bench");
    report.set_time(Duration::from_micros(results.elapsed(results.span.1)));
    let mut suites: Vec<TestSuite> = Vec::new();
    for (test, status) in results.judged() {
        let index = suites
            .iter()
            .position(|suite| suite.name.as_str() == test.group)
            .unwrap_or_else(|| {
                let mut suite = TestSuite::new(test.group.as_str());
                suite.add_properties(properties(results));
                if let Some(at) = chrono::DateTime::from_timestamp_micros(results.started_ts) {
                    suite.set_timestamp(at);
                }
                suites.push(suite);
                suites.len() - 1
            });
        suites[index].add_test_case(case(results, test, status));
    }
    report.add_test_suites(suites);
    report
}

/// Says what the tests ran against.
fn properties(results: &Results) -> Vec<Property> {
    let stack: &StackInfo = &results.stack;
    let mut all = vec![
        Property::new("run", results.run.as_str()),
        Property::new("stack", stack.name.as_str()),
    ];
    let dirs = stack.bin_dirs.iter().map(|dir| ("stack.bin_dir", dir));
    let dirs = dirs.chain(stack.lib_dirs.iter().map(|dir| ("stack.lib_dir", dir)));
    all.extend(dirs.map(|(name, dir)| Property::new(name, dir.to_string())));
    for (name, file) in &stack.files {
        all.push(Property::new(format!("stack.{name}.path"), file.path.to_string()));
        all.push(Property::new(
            format!("stack.{name}.build_id"),
            file.build_id.as_str(),
        ));
    }
    all
}

fn case(results: &Results, test: &TestResult, status: Status) -> TestCase {
    let mut verdict = match status {
        Status::Passed | Status::Flaky => TestCaseStatus::success(),
        Status::Skipped => TestCaseStatus::skipped(),
        Status::Failed | Status::Timeout => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if !matches!(status, Status::Passed | Status::Flaky) {
        verdict.set_type(status.as_str());
        verdict.set_message(test.reason.as_deref().unwrap_or(status.as_str()));
    }
    let deciding = test.deciding();
    let evidence = deciding
        .filter(|it| !it.dir.is_empty())
        .map(|it| evidence::read(&results.dir.join(&it.dir), LINES));
    if status.is_bad() {
        let asserts = evidence
            .iter()
            .flat_map(|evidence| evidence.findings().chain(evidence.failed_asserts()))
            .map(Step::describe);
        let workspace = evidence
            .iter()
            .map(|it| format!("workspace {}", it.workspace.display()));
        verdict.set_description(asserts.chain(workspace).collect::<Vec<_>>().join("\n"));
    }
    let others = test
        .attempts
        .iter()
        .filter(|attempt| deciding.is_none_or(|it| it.number != attempt.number));
    if status != Status::Skipped {
        verdict.add_reruns(others.filter_map(|attempt| rerun(results, attempt)));
    }
    let mut case = TestCase::new(test.name.as_str(), verdict);
    case.set_classname(test.group.as_str())
        .set_time(Duration::from_micros(test.duration_us));
    if let Some(evidence) = evidence {
        if let Some(out) = &evidence.stdout {
            case.set_system_out(text(out));
        }
        // CI systems show no files: of a test that went wrong, the logs go along.
        let logs = evidence.logs.iter().filter(|_| status.is_bad());
        let told: Vec<String> = evidence.stderr.iter().map(text).chain(logs.map(log)).collect();
        if !told.is_empty() {
            case.set_system_err(told.join("\n"));
        }
    }
    case
}

/// An attempt that did not decide but did not pass either.
fn rerun(results: &Results, attempt: &AttemptResult) -> Option<TestRerun> {
    let end: &AttemptFinished = attempt.end.as_ref().filter(|end| end.outcome.is_bad())?;
    let kind = if end.outcome == Outcome::Error {
        NonSuccessKind::Error
    } else {
        NonSuccessKind::Failure
    };
    let mut rerun = TestRerun::new(kind);
    rerun.set_type(format!("{:?}", end.outcome).to_lowercase());
    if let Some(reason) = &end.reason {
        rerun.set_message(reason.as_str());
    }
    let evidence = evidence::read(&results.dir.join(&attempt.dir), LINES);
    if let Some(out) = &evidence.stdout {
        rerun.set_system_out(text(out));
    }
    Some(rerun)
}

fn text(tail: &Tail) -> String {
    tail.lines.join("\n")
}

fn log(tail: &Tail) -> String {
    format!(
        "==> {} <==\n{}",
        tail.path.file_name().unwrap_or_default().to_string_lossy(),
        text(tail)
    )
}
