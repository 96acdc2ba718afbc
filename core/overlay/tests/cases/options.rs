//! What a builder can ask for.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use gkfs_overlay::{Builder, Compare, push};

use crate::bed::{Bed, builder, view};

#[test]
fn a_path_that_passes_is_the_real_one() {
    let bed = Bed::new();
    let listener = UnixListener::bind(bed.at("dir/socket")).unwrap();
    let view = view!(builder().pass(bed.at("dir")));
    fs::write(bed.at("dir/x"), "real").unwrap();
    fs::write(bed.at("file"), "not real").unwrap();
    UnixStream::connect(bed.at("dir/socket")).expect("a socket bound outside answers");
    assert_eq!(bed.changes(&view), ["mod:/file"]);
    let inner = push().unwrap();
    fs::write(bed.at("dir/sub/y"), "real, too").unwrap();
    assert!(bed.changes(&inner).is_empty());
    drop((inner, view, listener));
    assert_eq!(fs::read_to_string(bed.at("dir/x")).unwrap(), "real");
    assert_eq!(fs::read_to_string(bed.at("dir/sub/y")).unwrap(), "real, too");
    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
}

#[test]
fn a_pattern_passes_when_the_view_is_left() {
    let bed = Bed::new();
    let pattern = format!("{}/.*keep", bed.path().display());
    let view = view!(builder().pass_pattern(pattern));
    fs::create_dir(bed.at("made")).unwrap();
    fs::write(bed.at("made/keep"), "kept").unwrap();
    fs::write(bed.at("made/lose"), "lost").unwrap();
    let inner = push().unwrap();
    fs::write(bed.at("inner-keep"), "of the inner view").unwrap();
    drop(inner);
    view.pop().unwrap();
    assert_eq!(fs::read_to_string(bed.at("made/keep")).unwrap(), "kept");
    assert!(!bed.at("made/lose").exists() && !bed.at("inner-keep").exists());
    assert!(builder().pass_pattern("(").push().is_err());
}

#[test]
fn a_limit_of_bytes_is_a_full_disk() {
    let bed = Bed::new();
    let view = view!(builder().limit_bytes(1 << 20));
    fs::write(bed.at("small"), "fits").unwrap();
    let error = fs::write(bed.at("big"), vec![1; 2 << 20]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(bed.changes(&view), ["add:/big", "add:/small"]);
    fs::remove_file(bed.at("big")).unwrap();
    // A program that another test starts has it open, too, from its fork until it runs.
    let end = Instant::now() + Duration::from_secs(120);
    while let Err(error) = fs::write(bed.at("next"), vec![1; 512 << 10]) {
        assert!(
            error.kind() == ErrorKind::StorageFull && Instant::now() < end,
            "{error}"
        );
        std::thread::yield_now();
    }
}

/// A view has the mounts of the kernel's settings themselves, not copies of them.
#[test]
fn a_path_that_passes_may_lie_in_the_kernels_settings() {
    let listed = fs::read_dir("/sys/kernel").unwrap().count();
    let view = view!(builder().pass("/sys/kernel"));
    let options = |at: &str| {
        let mounts = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
        let mut last = mounts.lines().filter(|line| line.split(' ').nth(4) == Some(at));
        last.next_back().unwrap().split(' ').nth(5).unwrap().to_owned()
    };
    assert!(options("/sys").starts_with("ro"), "{}", options("/sys"));
    assert!(options("/sys/kernel").starts_with("rw"));
    assert_eq!(fs::read_dir("/sys/kernel").unwrap().count(), listed);
    let inner = push().unwrap();
    assert!(options("/sys/kernel").starts_with("rw") && options("/sys").starts_with("ro"));
    drop(inner);
    drop(view);
    assert_eq!(fs::read_dir("/sys/kernel").unwrap().count(), listed);
}

#[test]
fn a_limit_of_inodes_is_a_full_disk() {
    let bed = Bed::new();
    let view = view!(builder().limit_inodes(50));
    let mut made = 0;
    let error = loop {
        match fs::write(bed.at(&format!("n{made}")), "") {
            Ok(()) => made += 1,
            Err(error) => break error,
        }
        assert!(made < 100_000, "no limit was met");
    };
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(made >= 50, "{made}");
    assert_eq!(bed.changes(&view).len(), made);
}

#[test]
fn a_read_only_path_refuses_to_be_written() {
    let bed = Bed::new();
    let view = view!(builder().read_only(bed.at("dir")).read_only(bed.at("file")));
    let refused = |result: std::io::Result<()>| {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ReadOnlyFilesystem);
    };
    refused(fs::write(bed.at("dir/x"), "no"));
    refused(fs::write(bed.at("dir/sub/new"), "no"));
    refused(fs::remove_file(bed.at("dir/x")));
    refused(fs::write(bed.at("file"), "no"));
    fs::write(bed.at("empty"), "yes").unwrap();
    let inner = push().unwrap();
    refused(fs::write(bed.at("dir/x"), "no"));
    drop(inner);
    assert_eq!(bed.changes(&view), ["mod:/empty"]);
}

#[test]
fn everything_can_be_read_only() {
    let bed = Bed::new();
    let view = view!(builder().read_only("/"));
    let error = fs::write(bed.at("file"), "no").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem);
    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
    assert!(bed.changes(&view).is_empty());
}

#[test]
fn a_hidden_path_is_not_there() {
    let bed = Bed::new();
    let view = view!(builder().hide(bed.at("dir/sub")).hide(bed.at("link")));
    assert!(!bed.at("dir/sub").exists() && bed.at("link").symlink_metadata().is_err());
    assert!(bed.at("dir/x").exists());
    assert!(bed.changes(&view).is_empty());
    fs::create_dir(bed.at("dir/sub")).unwrap();
    fs::remove_dir_all(bed.at("bare")).unwrap();
    assert_eq!(bed.changes(&view), ["del:/bare", "add:/dir/sub"]);
    fs::remove_dir_all(bed.at("dir")).unwrap();
    assert_eq!(bed.changes(&view), ["del:/bare", "del:/dir", "del:/dir/x"]);
    let inner = push().unwrap();
    assert!(!bed.at("dir").exists());
    drop((inner, view));
    assert!(bed.at("dir/sub/y").exists());
}

#[test]
fn what_counts_as_modified_can_be_chosen() {
    let bed = Bed::new();
    let view = view!(builder().compare(Compare::Content));
    drop(OpenOptions::new().append(true).open(bed.at("empty")).unwrap());
    fs::write(bed.at("file"), "one\n").unwrap();
    let mut file = OpenOptions::new().append(true).open(bed.at("dir/x")).unwrap();
    file.write_all(b"more").unwrap();
    assert_eq!(bed.changes(&view), ["mod:/dir/x"]);
    assert_eq!(
        bed.differences(&view),
        ["mod:/dir/x (content, times)", "mod:/file (times)"]
    );
}

#[test]
fn a_path_that_is_not_there_is_an_error_that_names_it() {
    for (builder, option) in [
        (Builder::new().pass("/not/there"), "pass(/not/there)"),
        (Builder::new().read_only("/not/there"), "read_only(/not/there)"),
        (Builder::new().pass("/"), "pass(/)"),
        (Builder::new().hide("/"), "hide(/)"),
    ] {
        let error = builder.push().unwrap_err().to_string();
        assert!(error.starts_with(option), "{error}");
    }
    assert_eq!(gkfs_overlay::depth(), 0);
}
