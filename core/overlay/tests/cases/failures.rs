//! A push that fails changes nothing, and says why.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gkfs_overlay::{Builder, PushError};

use crate::bed::{Bed, builder, is_root, view};

/// Where the thread is: its namespace, its root and its working directory.
fn place() -> (PathBuf, u64, PathBuf) {
    use std::os::unix::fs::MetadataExt;
    (
        fs::read_link("/proc/thread-self/ns/mnt").unwrap(),
        fs::metadata("/").unwrap().dev(),
        env::current_dir().unwrap(),
    )
}

#[test]
fn a_view_without_room_is_a_view_all_the_same() {
    let bed = Bed::new();
    let view = view!(builder().limit_bytes(0));
    let error = fs::write(bed.at("file"), vec![1; 8192]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    drop(view);
    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
}

#[test]
fn a_nested_push_that_fails_leaves_the_outer_view() {
    let bed = Bed::new();
    let outer = view!();
    fs::write(bed.at("new"), "").unwrap();
    let before = place();
    // The path is there when it is named, and hidden when it is to be made read-only.
    let error = Builder::new()
        .hide(bed.at("dir"))
        .read_only(bed.at("dir/sub"))
        .push()
        .unwrap_err();
    assert!(
        matches!(
            error,
            PushError::Path {
                option: "read_only",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(place(), before);
    assert_eq!(bed.changes(&outer), ["add:/new"]);
    fs::write(bed.at("another"), "").unwrap();
    outer.pop().unwrap();
    assert!(!bed.at("another").exists());
}

#[test]
fn a_first_push_that_fails_leaves_the_thread_where_it_was() {
    let bed = Bed::new();
    drop(view!());
    let before = place();
    let error = Builder::new()
        .hide(bed.at("dir"))
        .read_only(bed.at("dir/sub"))
        .push()
        .unwrap_err();
    assert!(
        matches!(
            error,
            PushError::Path {
                option: "read_only",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(place(), before);
    fs::write(bed.at("real"), "").unwrap();
    drop(view!());
    assert!(bed.at("real").exists());
}

#[test]
fn a_mount_made_inside_is_named() {
    let bed = Bed::new();
    let view = view!();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "none"])
        .arg(bed.at("bare"))
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return eprintln!("SKIP failures: `mount` is not there, or may not be used by this user's programs");
    }
    fs::write(bed.at("bare/in"), "").unwrap();
    assert_eq!(view.mounted_inside().unwrap(), [bed.at("bare")]);
    let error = gkfs_overlay::push().unwrap_err();
    assert!(
        matches!(&error, PushError::MountedInside { path } if *path == bed.at("bare")),
        "{error}"
    );
    drop(view);
    assert!(!bed.at("bare/in").exists());
}

#[test]
fn an_overlay_on_two_overlays_is_refused_with_the_reason() {
    if !is_root() {
        return eprintln!("SKIP failures: a program that an ordinary user starts in his view may not mount");
    }
    if env::var_os("GKFS_OVERLAY_DEPTH").is_some() {
        // Inside of the outer program's view, which is one overlay on a disk or on a container's overlay.
        let deeper = gkfs_overlay::push();
        let inner = deeper.and_then(|_view| {
            std::thread::scope(|scope| scope.spawn(|| gkfs_overlay::push().map(drop)).join().unwrap())
        });
        let error = inner.expect_err("the kernel stacks two");
        assert!(matches!(error, PushError::StackingDepth { .. }), "{error}");
        return;
    }
    let view = view!();
    let status = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "cases::failures::an_overlay_on_two_overlays_is_refused_with_the_reason",
        ])
        .env("GKFS_OVERLAY_DEPTH", "1")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    drop(view);
}

/// Where the thread would go on, its code does not know where it writes.
#[test]
fn a_thread_that_cannot_go_back_ends_its_process() {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
    let bed = Bed::new();
    if let Some(directory) = env::var_os("GKFS_OVERLAY_LOST") {
        let view = view!();
        let none = CapabilitySets {
            effective: CapabilitySet::empty(),
            permitted: CapabilitySet::empty(),
            inheritable: CapabilitySet::empty(),
        };
        set_capabilities(None, none).unwrap();
        let _ = view.pop();
        fs::write(PathBuf::from(directory).join("went-on"), "").unwrap();
        return;
    }
    drop(view!());
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "cases::failures::a_thread_that_cannot_go_back_ends_its_process",
        ])
        .env("GKFS_OVERLAY_LOST", bed.path())
        .output()
        .unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(signal, Some(libc::SIGABRT), "{said}");
    assert!(said.contains("cannot leave the view"), "{said}");
    assert!(!bed.at("went-on").exists());
}

#[test]
fn a_killed_process_leaves_nothing() {
    let bed = Bed::new();
    if let Some(directory) = env::var_os("GKFS_OVERLAY_KILLED") {
        let _view = view!();
        fs::write(PathBuf::from(directory).join("new"), "").unwrap();
        Command::new("kill")
            .args(["-9", &std::process::id().to_string()])
            .status()
            .unwrap();
        unreachable!("killed");
    }
    drop(view!());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "cases::failures::a_killed_process_leaves_nothing"])
        .env("GKFS_OVERLAY_KILLED", bed.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    assert!(!bed.at("new").exists());
    let ours = |text: &str| text.matches("gkfs-overlay").count();
    assert_eq!(
        ours(&fs::read_to_string("/proc/self/mountinfo").unwrap()),
        ours(&mounts)
    );
}
