//! The machine's own settings stay what they are, and what others mount is theirs.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use gkfs_overlay::{PushError, push};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::bed::{Bed, is_root, view};
use crate::elsewhere::{MADE, again, among_mounts, told};

#[test]
fn settings_of_the_kernel_cannot_be_written() {
    let view = view!();
    let error = fs::write("/sys/kernel/gkfs-overlay", "").unwrap_err();
    assert_ne!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
    let value = fs::read("/proc/sys/vm/swappiness").unwrap();
    let error = fs::write("/proc/sys/vm/swappiness", &value).unwrap_err();
    if is_root() {
        assert_eq!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem, "{error}");
    }
    drop(view);
}

#[test]
fn shared_memory_is_private() {
    let view = view!();
    let path = format!("/dev/shm/gkfs-overlay-{}", std::process::id());
    if !fs::exists("/dev/shm").unwrap() {
        return eprintln!("SKIP bounds: there is no /dev/shm");
    }
    fs::write(&path, "").unwrap();
    assert!(view.changes().unwrap().of(&path).is_some());
    drop(view);
    assert!(!fs::exists(&path).unwrap());
}

/// Others go on with their work, and what they mount then is theirs.
#[test]
fn a_mount_that_appears_outside_is_not_in_the_view_and_does_not_disturb_it() {
    if told().is_none() {
        if !is_root() {
            return eprintln!("SKIP bounds: only root can mount outside of his views");
        }
        drop(view!());
        let test = "cases::bounds::a_mount_that_appears_outside_is_not_in_the_view_and_does_not_disturb_it";
        // Nobody else is to see that mount.
        let script = format!("mount --help > /dev/null; echo {MADE} >&2; exec \"$@\"");
        again(test, &["--mount"], &script, "/");
        return;
    }
    let bed = Bed::new();
    let at = bed.at("bare");
    let (go, gone) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let at = &at;
        scope.spawn(move || {
            gone.recv().unwrap();
            let mut mount = Command::new("mount");
            let done = mount.args(["-t", "tmpfs", "none"]).arg(at).status();
            tell.send(done.and_then(|_| fs::write(at.join("theirs"), "")))
                .unwrap();
            gone.recv().unwrap();
            let names = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
            let names: Vec<_> = names.collect();
            tell.send(Command::new("umount").arg(at).status().map(drop))
                .unwrap();
            assert_eq!(names, ["theirs"]);
        });
        let view = view!();
        go.send(()).unwrap();
        told.recv().unwrap().unwrap();
        assert!(!at.join("theirs").exists());
        fs::write(at.join("ours"), "").unwrap();
        let inner = push().unwrap();
        fs::write(at.join("inner"), "").unwrap();
        assert_eq!(bed.changes(&inner), ["add:/bare/inner"]);
        drop(inner);
        assert_eq!(bed.changes(&view), ["add:/bare/ours"]);
        assert!(view.mounted_inside().unwrap().is_empty());
        view.pop().unwrap();
        assert!(at.join("theirs").exists());
        go.send(()).unwrap();
        told.recv().unwrap().unwrap();
    });
    assert_eq!(fs::read_dir(&at).unwrap().count(), 0);
}

/// A mount that somebody takes away goes from every namespace with the directory that it was on, and so from a view that is
/// just being made.
#[test]
fn mounts_that_come_and_go_outside_stand_in_no_views_way() {
    if told().is_none() {
        if !is_root() {
            return eprintln!("SKIP bounds: only root can mount outside of his views");
        }
        drop(view!());
        let test = "cases::bounds::mounts_that_come_and_go_outside_stand_in_no_views_way";
        let script = format!("mount --help > /dev/null; echo {MADE} >&2; exec \"$@\"");
        again(test, &["--mount"], &script, "/");
        // As an ordinary user is, whose mounts are locked together; with files of users that have names there.
        let script = format!("mount -t tmpfs none /mnt; export TMPDIR=/mnt; {script}");
        again(test, &["--mount", "--user", "--map-root-user"], &script, "/");
        return;
    }
    let bed = Bed::new();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..2 {
            let (bed, stop) = (&bed, &stop);
            scope.spawn(move || {
                let at = bed.at(&format!("come-and-go-{number}"));
                while !stop.load(Ordering::SeqCst) {
                    fs::create_dir(&at).unwrap();
                    mount("none", &at, "tmpfs", MountFlags::empty(), None).unwrap();
                    unmount(&at, UnmountFlags::DETACH).unwrap();
                    fs::remove_dir(&at).unwrap();
                }
            });
        }
        let views = || {
            for _ in 0..100 {
                let view = push()?;
                fs::write(bed.at("file"), "").unwrap();
                assert!(bed.changes(&view).contains(&"mod:/file".to_owned()));
                drop(view);
            }
            Ok::<(), PushError>(())
        };
        // Whatever comes of it, the others must end.
        let done = catch_unwind(AssertUnwindSafe(views));
        stop.store(true, Ordering::SeqCst);
        done.expect("nothing panics").unwrap();
    });
    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
}

/// What the kernel tells of itself is moved into a view, with what is mounted there.
#[test]
fn settings_mounted_in_settings_come_along() {
    if let Some(dir) = told() {
        let at = dir.join("bare");
        let view = view!();
        assert!(at.join("kernel/self/status").exists(), "the inner mount");
        let error = fs::write(at.join("power/new"), "").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem, "{error}");
        fs::write(dir.join("new"), "").unwrap();
        let inner = push().unwrap();
        assert!(at.join("kernel/self/status").exists(), "in an inner view, too");
        drop(inner);
        assert_eq!(view.changes().unwrap(), [format!("add:{}/new", dir.display())]);
        return;
    }
    let test = "cases::bounds::settings_mounted_in_settings_come_along";
    among_mounts(test, |at| {
        format!("mount -t sysfs none {at}; mount -t proc none {at}/kernel")
    });
}

/// The kernel lists mounts in parts.
#[test]
fn one_mount_more_is_found_among_hundreds() {
    if let Some(dir) = told() {
        let view = view!();
        assert!(view.mounted_inside().unwrap().is_empty());
        let at = dir.join("dir");
        mount("none", &at, "tmpfs", MountFlags::empty(), None).unwrap();
        assert_eq!(view.mounted_inside().unwrap(), [&*at]);
        unmount(&at, UnmountFlags::empty()).unwrap();
        assert!(view.mounted_inside().unwrap().is_empty());
        return;
    }
    let test = "cases::bounds::one_mount_more_is_found_among_hundreds";
    among_mounts(test, |at| {
        format!("for i in $(seq 600); do mkdir {at}/$i; mount --bind {at}/$i {at}/$i; done")
    });
}
