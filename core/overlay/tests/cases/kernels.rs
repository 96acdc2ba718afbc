//! Kernels that lack something, or do not do what they say: a filter of the thread's own answers its system calls as such a
//! kernel would.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread;

use gkfs_overlay::{Builder, Leak, PushError, depth, push};
use rustix::mount::{MountFlags, UnmountFlags};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use crate::bed::{Bed, is_root, view};
use crate::elsewhere::{MADE, again, told};

/// What a thread's system calls of one number are answered with, without that they are made; 0 stands for success. Of
/// all of them, or where an argument is as said.
struct Answer {
    call: libc::c_long,
    errno: i32,
    only: Option<(u8, SeccompCmpOp, i32)>,
}

impl Answer {
    fn to(call: libc::c_long, errno: i32) -> Self {
        Self {
            call,
            errno,
            only: None,
        }
    }

    /// From now on, for this thread alone.
    fn apply(self) {
        let arch = TargetArch::try_from(std::env::consts::ARCH).expect("an architecture that filters know");
        let rules = self.only.map(|(argument, is, value)| {
            let value = u64::from(value.cast_unsigned());
            let such = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value);
            SeccompRule::new(vec![such.expect("an argument")]).expect("a rule")
        });
        let rules = BTreeMap::from([(self.call, rules.into_iter().collect())]);
        let answer = SeccompAction::Errno(self.errno.cast_unsigned());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).expect("a filter");
        let program = BpfProgram::try_from(filter).expect("a program");
        seccompiler::apply_filter(&program).expect("whoever gives up privileges may filter");
    }
}

/// Pushes, in so many views, in a thread with such a kernel.
fn pushed(outer: usize, kernel: Answer) -> PushError {
    let error = thread::spawn(move || {
        let outer = (0..outer).map(|_| push().expect("a view")).collect::<Vec<_>>();
        kernel.apply();
        let error = push()
            .map(drop)
            .expect_err("a kernel that does not do as it should");
        assert_eq!(depth(), outer.len());
        // The way out may be closed, too: they end with this thread.
        std::mem::forget(outer);
        error
    });
    let error = error.join().expect("a push that fails does not panic");
    // Only that thread was in such a kernel.
    drop(Builder::new().push().expect("a view"));
    error
}

/// Everything that a view is for, in one and in one inside of it, and asked when it is gone.
fn works_with(kernel: Answer) {
    drop(view!());
    let all = move || {
        kernel.apply();
        let bed = Bed::new();
        let view = push().expect("a view");
        fs::write(bed.at("file"), "two\n").unwrap();
        let inner = push().expect("a view inside of it");
        fs::remove_file(bed.at("dir/x")).unwrap();
        assert_eq!(bed.changes(&inner), ["del:/dir/x"]);
        let below = |path: &Path| path.starts_with(bed.path());
        let changes = inner.pop().expect("pop").changes().expect("changes");
        assert_eq!(changes.only(below).len(), 1);
        assert_eq!(bed.changes(&view), ["mod:/file"]);
        let (dir, other) = (bed.at("bare"), bed.at("dir"));
        let mounted = |at: &Path| {
            let none = MountFlags::empty();
            rustix::mount::mount("none", at, "tmpfs", none, None).expect("a mount in a view");
        };
        assert!(view.mounted_inside().unwrap().is_empty());
        mounted(&dir);
        assert_eq!(view.mounted_inside().unwrap(), [&*dir]);
        // The next one may get its number in the table.
        rustix::mount::unmount(&dir, UnmountFlags::empty()).unwrap();
        mounted(&other);
        assert_eq!(view.mounted_inside().unwrap(), [&*other]);
        let error = push().map(drop).expect_err("a view of that");
        assert!(matches!(error, PushError::MountedInside { .. }), "{error}");
        rustix::mount::unmount(&other, UnmountFlags::empty()).unwrap();
        let file = File::options().append(true).open(bed.at("empty")).unwrap();
        let leads_out = |leaks: Vec<Leak>| leaks.iter().any(|leak| leak.fd == file.as_raw_fd());
        assert!(!leads_out(view.leaks().unwrap()), "it lies in the view");
        let changes = view.pop().expect("pop").changes().expect("changes");
        let expected = ["/empty", "/file"].map(|name| format!("mod:{}{name}", bed.path().display()));
        assert_eq!(changes.only(below), expected);
    };
    thread::spawn(all).join().expect("it works there, too");
}

#[test]
fn a_kernel_whose_mounts_have_no_numbers_of_their_own_does() {
    const LISTMOUNT: libc::c_long = 458;
    works_with(Answer::to(LISTMOUNT, libc::ENOSYS));
}

#[test]
fn a_kernel_that_takes_directories_by_path_alone_does() {
    const FSCONFIG_SET_FD: i32 = 5;
    works_with(Answer {
        only: Some((1, SeccompCmpOp::Eq, FSCONFIG_SET_FD)),
        ..Answer::to(libc::SYS_fsconfig, libc::EINVAL)
    });
}

#[test]
fn a_kernel_that_has_all_of_it_does() {
    // No call has that number.
    works_with(Answer::to(1 << 20, libc::ENOSYS));
}

#[test]
fn a_view_that_is_not_entered_is_noticed_before_anything_runs_in_it() {
    drop(view!());
    for (outer, seen) in [
        // The root below has another number in the namespace that the first view is made in.
        (0, "/ leads out of it"),
        (1, "the root is still the one below"),
    ] {
        let error = pushed(outer, Answer::to(libc::SYS_chroot, 0));
        assert!(matches!(error, PushError::Unverified { .. }), "{error}");
        assert!(!error.is_unsupported(), "it is no reason to skip a test");
        let text = error.to_string();
        assert!(
            text.contains(seen) && text.contains("it was left again"),
            "{text}"
        );
    }
}

#[test]
fn a_piece_that_is_not_at_its_place_is_noticed_before_anything_runs_in_the_view() {
    drop(view!());
    // All but the root are attached to something other than the working directory.
    let error = pushed(
        0,
        Answer {
            only: Some((2, SeccompCmpOp::Ne, libc::AT_FDCWD)),
            ..Answer::to(libc::SYS_move_mount, 0)
        },
    );
    let text = error.to_string();
    assert!(matches!(error, PushError::Unverified { .. }), "{text}");
    assert!(text.contains(" leads out of it"), "{text}");
}

#[test]
fn a_kernel_without_a_call_is_told_how_old_it_is() {
    drop(view!());
    for (call, what) in [
        (libc::SYS_fsopen, "make a file system in memory"),
        (libc::SYS_open_tree, " in the view"),
        (libc::SYS_mount_setattr, " read-only in the view"),
    ] {
        let error = pushed(0, Answer::to(call, libc::ENOSYS));
        let text = error.to_string();
        assert!(
            matches!(error, PushError::OldKernel { .. }) && error.is_unsupported(),
            "{text}"
        );
        assert!(text.contains(what) && text.contains("Linux 5.12"), "{text}");
    }
}

#[test]
fn a_tmpfs_without_attributes_is_refused_to_an_ordinary_user() {
    if is_root() && told().is_none() {
        drop(view!());
        let test = "cases::kernels::a_tmpfs_without_attributes_is_refused_to_an_ordinary_user";
        let script = format!("echo {MADE} >&2; exec \"$@\"");
        again(test, &["--user", "--map-root-user", "--mount"], &script, "/");
        return;
    }
    drop(view!());
    let error = pushed(0, Answer::to(libc::SYS_fsetxattr, libc::EOPNOTSUPP));
    let text = error.to_string();
    assert!(
        matches!(error, PushError::NoTmpfsXattr) && error.is_unsupported(),
        "{text}"
    );
    assert!(
        text.contains("Linux 6.6") && text.contains("as root it works"),
        "{text}"
    );
}
