//! What it costs to find 10,000 tests of pytest, beside `pytest --collect-only`, and to know them from last time.
//!
//! `cargo bench -p gkfs-runner --bench pytest`; `PYTHON` names an interpreter with pytest, else it is `python3`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use gkfs_runner::discover::pytest::Python;
use gkfs_runner::{Lookup, Runner};
use tokio_util::sync::CancellationToken;

const FILES: usize = 100;
const TESTS: usize = 100;
/// Measurements of each kind, in turn; what is printed are medians.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let python = PathBuf::from(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()));
    let has = Command::new(&python)
        .args(["-c", "import pytest"])
        .stderr(Stdio::null())
        .status();
    if !has.is_ok_and(|status| status.success()) {
        println!(
            "SKIP: {} has no pytest; name one that has with PYTHON",
            python.display()
        );
        return ExitCode::SUCCESS;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let suite = dir.path().join("t");
    generate(&suite);
    let lookup = Lookup {
        dirs: vec![suite.clone()],
        logs: dir.path().join("build"),
        python: Python {
            programs: vec![python.clone()],
            ..Python::default()
        },
        ..Lookup::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let runner = runtime.block_on(async { Runner::new() }).expect("a runner");
    let discover = |lookup: &Lookup| {
        let found = runtime.block_on(runner.discover(lookup, &CancellationToken::new(), &mut |_| ()));
        assert_eq!(found.expect("a discovery").tests.len(), FILES * TESTS);
    };
    let find = || discover(&lookup);
    let recalling = Lookup {
        recalls: true,
        ..lookup.clone()
    };
    let recall = || discover(&recalling);
    let collect = || {
        let mut command = Command::new(&python);
        command
            .args(["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"])
            .arg(&suite);
        let status = command.stdout(Stdio::null()).status().expect("pytest");
        assert!(status.success());
    };
    let remember = || assert!(lookup.remembered().len() > FILES * TESTS);
    // Byte code is made the first time.
    collect();
    find();
    let [mut plain, mut cold, mut same, mut known] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        plain.push(timed(collect));
        cold.push(timed(find));
        same.push(timed(recall));
        known.push(timed(remember));
    }
    let (plain, cold, same, known) = (median(plain), median(cold), median(same), median(known));
    println!("10,000 tests in {FILES} files, medians of {ROUNDS}:");
    println!("  pytest --collect-only -q   {plain:>10.1?}");
    println!(
        "  found anew                 {cold:>10.1?}  {:.2} times that; budget 1.10",
        cold.as_secs_f64() / plain.as_secs_f64()
    );
    println!("  known, nothing has changed {same:>10.1?}  budget 100 ms");
    println!("  shown from last time       {known:>10.1?}  budget 100 ms");
    ExitCode::SUCCESS
}

fn generate(suite: &Path) {
    fs::create_dir(suite).expect("a directory");
    for file in 0..FILES {
        let mut text = String::from("import pytest\n");
        for test in 0..TESTS / 2 {
            let _ = write!(
                text,
                "def test_{test}():\n    \"Number {test}.\"\n    assert {test} + 1 > {test}\n"
            );
        }
        let half = TESTS / 2;
        let _ = write!(
            text,
            "@pytest.mark.many\n@pytest.mark.parametrize('n', range({half}))\ndef test_many(n):\n    assert n >= 0\n"
        );
        fs::write(suite.join(format!("test_{file:03}.py")), text).expect("a file");
    }
    fs::write(suite.join("pytest.ini"), "[pytest]\nmarkers = many\n").expect("a file");
}

fn timed(what: impl Fn()) -> Duration {
    let start = Instant::now();
    what();
    start.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}
