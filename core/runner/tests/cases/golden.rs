//! The record's schemas, held against a golden run that other readers use too, and against a fresh one.

use std::fs;
use std::path::{Path, PathBuf};

use gkfs_runner::record::{Record, Shown};
use gkfs_runner::{ByteString, Status};
use jsonschema::Validator;
use serde_json::Value;

use crate::bed::Bed;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema(name: &str) -> Validator {
    let path = root().join("schema").join(format!("{name}.schema.json"));
    jsonschema::validator_for(&json(&path)).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn assert_valid(schema: &Validator, value: &Value) {
    let errors: Vec<String> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{value}\n{errors:#?}");
}

/// Holds all of a run's directory against the schemas; how many lines of events and steps there were.
pub(crate) fn validate(run: &Path) -> (usize, usize) {
    assert_valid(&schema("run"), &json(&run.join("run.json")));
    let events = lines(&run.join("events.jsonl"));
    let of_events = schema("events");
    events.iter().for_each(|event| assert_valid(&of_events, event));
    let of_steps = schema("steps");
    let steps: Vec<Value> = step_files(run).iter().flat_map(|path| lines(path)).collect();
    steps.iter().for_each(|step| assert_valid(&of_steps, step));
    (events.len(), steps.len())
}

fn step_files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => step_files(&path),
            false if path.ends_with("steps.jsonl") => vec![path],
            false => Vec::new(),
        })
        .collect()
}

fn golden() -> PathBuf {
    root().join("tests/golden/20261122T031547Z-1a2b")
}

#[test]
fn the_golden_run_is_valid() {
    let (events, steps) = validate(&golden());
    assert!(events >= 20 && steps >= 10, "{events} events, {steps} steps");
}

#[test]
fn the_golden_run_says_what_it_says() {
    let record = Record::open(&golden()).unwrap();
    assert_eq!(record.shown(), Shown::Finished);
    let events = record.events().unwrap();
    assert_eq!(events.unreadable, 0);
    // What was read is what was written, field by field.
    let again: Vec<Value> = events
        .items
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    assert_eq!(again, lines(&golden().join("events.jsonl")));
    let file = json(&golden().join("run.json"));
    assert_eq!(serde_json::to_value(&record.file).unwrap(), file);

    let tests = record.tests().unwrap();
    let status = |id: &str| tests.iter().find(|test| test.id == id).unwrap().status;
    assert_eq!(status("broken"), Some(Status::Failed));
    assert_eq!(status("io::flaky"), Some(Status::Flaky));
    assert_eq!(status("io::off"), None);
    let leaks = record.test("leaks").unwrap();
    let leaked = &leaks.telling().unwrap().end.as_ref().unwrap().leaked;
    assert_eq!(leaked[0].cmd, ByteString::from("sleep 300"));
    assert!(
        record
            .dir
            .join(&leaks.telling().unwrap().dir)
            .join("stdout.log")
            .is_file()
    );
}

#[test]
fn the_schemas_refuse_what_is_wrong() {
    let mut event = lines(&golden().join("events.jsonl")).remove(0);
    event["kind"] = "run_sratted".into();
    assert!(!schema("events").is_valid(&event));
    let mut run = json(&golden().join("run.json"));
    run["state"] = "killed".into();
    assert!(!schema("run").is_valid(&run));
    let step = serde_json::json!({"v": 1, "n": "1.1", "ph": "x", "ts": 0, "mono": 0, "pid": 1, "tid": 1, "kind": "op"});
    assert!(!schema("steps").is_valid(&step));
}

#[tokio::test]
async fn a_fresh_run_is_valid() {
    let bed = Bed::new();
    bed.script("passes", "true");
    bed.script("fails", "exit 1");
    bed.script("leaks", "setsid sleep 300 &");
    let ended = bed.run().await;
    assert!(validate(&ended.record.dir).0 > 8);
}
