//! Everything that passed: read, saved, replayed, compared.

use std::fs;
use std::path::Path;

use gkfs_harness::fuse::abi::Opcode;
use gkfs_harness::fuse::{Fallback, Model, Problem, Transcript, alone};
use gkfs_harness::prelude::*;

/// Alone: a process that another test starts meanwhile would close copies of what is open here, and the server hear of it.
fn work(root: &Path) -> String {
    alone(|| {
        fs::create_dir(root.join("dir")).unwrap();
        fs::write(root.join("dir/file"), "contents").unwrap();
        fs::read_to_string(root.join("dir/file")).unwrap()
    })
}

/// A conversation is saved, and a server that answers from the file serves the same work.
#[gkfs_harness::test(tags("fuse"))]
fn saved_and_replayed(fuse: &Fuse, workspace: &Workspace) {
    let fake = fuse.start(fuse.builder().fallback(Fallback::Model(Model::new())));
    assert_eq!(work(fake.path()), "contents");
    fake.verify().unwrap();
    let saved = workspace.tmpdir().join("work.fusetrace");
    fake.transcript().save(&saved).unwrap();

    let replayed = fuse.start(FakeFuse::replay(&saved).unwrap());
    assert_eq!(work(replayed.path()), "contents");
    replayed.verify().unwrap();
    let before = Transcript::load(&saved).unwrap();
    assert_eq!(before.diff(&replayed.transcript()), []);
}

/// What was not recorded is noticed.
#[gkfs_harness::test(tags("fuse"))]
fn a_replay_of_something_else(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder());
    work(fake.path());
    let replayed = fuse.start(fake.transcript().replay());
    assert!(fs::metadata(replayed.path().join("other")).is_err());
    let problems = replayed.take_problems();
    assert!(
        matches!(&problems[..], [Problem::NotInTranscript(request), ..] if request.name().unwrap() == "other")
    );
    fake.verify().unwrap();
}

/// A transcript of another kernel is answered from as long as that goes; then it is said what is different.
#[gkfs_harness::test(tags("fuse"))]
fn a_replay_of_another_kernel(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder());
    assert_eq!(work(fake.path()), "contents");
    fake.verify().unwrap();
    let mut transcript = fake.transcript();
    transcript.flags |= 1 << 61;
    let replayed = fuse.start(transcript.replay());
    assert_eq!(work(replayed.path()), "contents");
    replayed.verify().unwrap();
    assert!(fs::metadata(replayed.path().join("other")).is_err());
    let problems = replayed.take_problems();
    assert!(
        matches!(
            &problems[..],
            [Problem::OtherKernel { .. }, Problem::NotInTranscript(_), ..]
        ),
        "{problems:?}"
    );
    assert!(
        problems[0].to_string().contains("of another kernel: 7."),
        "{}",
        problems[0]
    );
}

/// Where two conversations differ, without what differs in every run.
#[gkfs_harness::test(tags("fuse"))]
fn compared(fuse: &Fuse) {
    let run = |more: bool| {
        let fake = fuse.start(fuse.builder());
        work(fake.path());
        if more {
            fs::remove_file(fake.path().join("dir/file")).unwrap();
        }
        fake.verify().unwrap();
        fake.transcript()
    };
    let (one, two, three) = (run(false), run(false), run(true));
    assert_eq!(one.diff(&two), []);
    let more: Vec<String> = one.diff(&three).iter().map(ToString::to_string).collect();
    assert!(more.iter().any(|line| line.starts_with("+ → UNLINK")), "{more:?}");
    assert!(more.iter().all(|line| line.starts_with('+')), "{more:?}");
}

/// A file that is damaged is refused, with the line.
#[gkfs_harness::test(tags("fuse"))]
fn a_damaged_file(fuse: &Fuse, workspace: &Workspace) {
    let fake = fuse.start(fuse.builder());
    work(fake.path());
    let saved = workspace.tmpdir().join("work.fusetrace");
    fake.transcript().save(&saved).unwrap();
    let text = fs::read_to_string(&saved).unwrap();
    let refused = |text: &str| {
        fs::write(&saved, text).unwrap();
        FakeFuse::replay(&saved).unwrap_err().to_string()
    };
    let third = text.lines().nth(2).unwrap();
    assert!(refused(&text.replace(third, &third[..20])).contains("work.fusetrace:3:"));
    assert!(refused("rubbish").contains("work.fusetrace:1:"));
    assert!(refused("").contains("work.fusetrace:1:"));
    assert!(refused(&text.replacen("\"fusetrace\":1", "\"fusetrace\":9", 1)).contains("version 9"));
    assert!(refused(&text.replacen("true", "false", 1)).contains("byte order"));
    fake.verify().unwrap();
}

/// A conversation reads as one.
#[gkfs_harness::test(tags("fuse"))]
fn read_by_people(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder());
    fs::create_dir(fake.path().join("dir")).unwrap();
    let text = fake.transcript().to_string();
    let mkdir = text.lines().find(|line| line.contains("→ MKDIR")).unwrap();
    assert!(
        mkdir.contains("node 1") && mkdir.contains("mode=0755") && mkdir.contains("name=dir"),
        "{mkdir}"
    );
    assert_eq!(fake.requests().last().unwrap().opcode(), Opcode::Mkdir);
    fake.verify().unwrap();
}
