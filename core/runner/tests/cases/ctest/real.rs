//! With a real CMake.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gkfs_runner::Lookup;
use gkfs_runner::discover::Settled;

use super::settings;
use crate::bed::Bed;
use crate::found::{Verdicts, discover, run, write};

#[tokio::test]
async fn a_real_build_directory_is_read_and_stays_as_it_is() {
    if Command::new("cmake").arg("--version").output().is_err() {
        println!("SKIP: there is no cmake on this machine");
        return;
    }
    let bed = Bed::new();
    write(
        &bed,
        "s/CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.19)\nproject(demo NONE)\nenable_testing()\nadd_subdirectory(deep)\n\
         add_test(NAME gone COMMAND /nonexistent/prog)\n",
    );
    write(
        &bed,
        "s/deep/CMakeLists.txt",
        "add_test(NAME \"with space\" COMMAND sh -c \"test \\\"$A\\\" = 1\")\n\
         set_tests_properties(\"with space\" PROPERTIES ENVIRONMENT A=1 LABELS quick TIMEOUT 9)\n",
    );
    let configured = Command::new("cmake")
        .arg("-S")
        .arg(bed.path("s"))
        .arg("-B")
        .arg(bed.path("b"))
        .output()
        .unwrap();
    assert!(
        configured.status.success(),
        "{}",
        String::from_utf8_lossy(&configured.stderr)
    );
    let before = tree(&bed.path("b"));
    let lookup = Lookup {
        dirs: vec![bed.path("b")],
        logs: bed.path("build"),
        ..Lookup::default()
    };
    let ended = run(&lookup, settings(&bed)).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts["with space"].0, "passed");
    assert!(
        verdicts["gone"].1.starts_with("/nonexistent/prog does not exist"),
        "{:?}",
        verdicts["gone"]
    );
    assert_eq!(tree(&bed.path("b")), before);
    assert_eq!(
        discover(&lookup)
            .await
            .tests
            .iter()
            .find(|test| test.name == "with space")
            .unwrap()
            .tags,
        ["quick"]
    );
    assert!(
        discover(&lookup)
            .await
            .tests
            .iter()
            .any(|test| matches!(test.settled, Some(Settled::Failed(_))))
    );
}

/// All files with their times.
fn tree(dir: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    let mut all = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            all.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
            if entry.path().is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    all.sort();
    all
}
