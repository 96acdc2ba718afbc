//! CTest groups: what a build directory has registered, found and run.

use std::num::NonZeroUsize;

use gkfs_runner::{Lookup, RunSettings};
use serde_json::{Value, json};

use crate::bed::Bed;
use crate::found::{program, write};

mod finding;
mod real;
mod running;

/// A build directory whose tests ctest would list like this; where there is no CMake, this is as good as one.
fn build(bed: &Bed, tests: &[Value]) -> Lookup {
    let graph = json!({ "files": ["/src/CMakeLists.txt"], "nodes": [{ "file": 0, "line": 7 }] });
    let listing = json!({ "kind": "ctestInfo", "backtraceGraph": graph, "tests": tests });
    write(bed, "b/CTestTestfile.cmake", "");
    write(bed, "listing.json", &listing.to_string());
    let listing = bed.path("listing.json");
    let ctest = program(bed, "ctest", &format!("cat '{}'", listing.display()));
    Lookup {
        dirs: vec![bed.path("b")],
        logs: bed.path("build"),
        ctest: Some(ctest),
        ..Lookup::default()
    }
}

fn test(name: &str, command: &[&str], properties: Value) -> Value {
    let properties: Vec<Value> = properties
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut test = json!({ "name": name, "backtrace": 0, "properties": properties });
    if !command.is_empty() {
        test["command"] = json!(command);
    }
    test
}

fn sh(name: &str, code: &str, properties: Value) -> Value {
    test(name, &["/bin/sh", "-c", code], properties)
}

/// Several at a time.
fn settings(bed: &Bed) -> RunSettings {
    RunSettings {
        jobs: NonZeroUsize::new(4).unwrap(),
        ..bed.settings()
    }
}
