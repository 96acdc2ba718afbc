//! Kernels that lack something, or do not do what they say: a filter of the thread's own answers its system calls as such a
//! kernel would.

use std::collections::BTreeMap;
use std::thread;

use gkfs_overlay::{Builder, PushError, depth, push};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use crate::bed::{is_root, view};
use crate::elsewhere::{MADE, again, told};

/// Pushes, in so many views, in a thread whose call of this number is not made, and answered with `errno`; 0 stands for
/// success. With `unless`, it is made where that argument is this number.
fn pushed(outer: usize, call: libc::c_long, errno: i32, unless: Option<(u8, i32)>) -> PushError {
    let arch = TargetArch::try_from(std::env::consts::ARCH).expect("an architecture that filters know");
    let rules = unless.map(|(argument, value)| {
        let value = u64::from(value.cast_unsigned());
        let differs = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value);
        SeccompRule::new(vec![differs.expect("an argument")]).expect("a rule")
    });
    let rules = BTreeMap::from([(call, rules.into_iter().collect())]);
    let answer = SeccompAction::Errno(errno.cast_unsigned());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).expect("a filter");
    let program = BpfProgram::try_from(filter).expect("a program");
    let error = thread::spawn(move || {
        let outer = (0..outer).map(|_| push().expect("a view")).collect::<Vec<_>>();
        seccompiler::apply_filter(&program).expect("whoever gives up privileges may filter");
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

#[test]
fn a_view_that_is_not_entered_is_noticed_before_anything_runs_in_it() {
    drop(view!());
    for (outer, seen) in [
        // The root below has another number in the namespace that the first view is made in.
        (0, "/ leads out of it"),
        (1, "the root is still the one below"),
    ] {
        let error = pushed(outer, libc::SYS_chroot, 0, None);
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
    let error = pushed(0, libc::SYS_move_mount, 0, Some((2, libc::AT_FDCWD)));
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
        let error = pushed(0, call, libc::ENOSYS, None);
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
    let error = pushed(0, libc::SYS_fsetxattr, libc::EOPNOTSUPP, None);
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
