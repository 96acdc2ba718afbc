//! Machines on which no view can be made, or not of everything: each says why.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;

use gkfs_overlay::{PushError, push};

use crate::bed::{Bed, builder, is_root, view};
use crate::elsewhere::{again, among_mounts, told, two_overlays};

#[test]
fn without_privilege_and_without_user_namespaces_the_reason_says_what_to_change() {
    if told().is_some() {
        let error = push().expect_err("there is nothing to make one with");
        assert!(
            matches!(error, PushError::NoPrivilege { .. }) && error.is_unsupported(),
            "{error}"
        );
        let text = error.to_string();
        for words in [
            "cannot make a user namespace",
            "max_user_namespaces",
            "--cap-add SYS_ADMIN",
        ] {
            assert!(text.contains(words), "`{words}` is not in: {text}");
        }
        return;
    }
    let script = "echo 0 > /proc/sys/user/max_user_namespaces; setpriv --help > /dev/null; \
                  echo the place is made >&2; exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"";
    let test =
        "cases::refusals::without_privilege_and_without_user_namespaces_the_reason_says_what_to_change";
    again(test, &["--user", "--map-root-user"], script, "/");
}

#[test]
fn a_mount_that_cannot_be_overlaid_is_read_only_and_named() {
    if let Some(dir) = told() {
        let second = dir.join("bare/m2");
        let view = push().expect("a view of all else");
        let fallback = view.fallbacks().iter().find(|fallback| fallback.path == second);
        let reason = &fallback.expect("it is named").reason;
        assert!(reason.contains("stacks no third"), "{reason}");
        let error = fs::write(second.join("new"), "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem, "{error}");
        assert_eq!(
            fs::read_to_string(second.join("known")).unwrap(),
            "below\n",
            "it can be read"
        );
        fs::write(second.with_file_name("beside"), "").unwrap();
        let changes = view.changes().unwrap();
        assert!(changes.of(second.with_file_name("beside")).is_some());
        return;
    }
    let test = "cases::refusals::a_mount_that_cannot_be_overlaid_is_read_only_and_named";
    among_mounts(test, |at| {
        format!(
            "mount -t tmpfs none {at}; cd {at}; mkdir l u w m u2 w2 m2; echo below > l/known; \
             mount -t overlay none m -o lowerdir=l,upperdir=u,workdir=w,index=off; \
             mount -t overlay none m2 -o lowerdir=m,upperdir=u2,workdir=w2,index=off"
        )
    });
}

/// FUSE lets nobody in but the user who mounted; a view of somebody else is made all the same.
#[test]
fn a_file_system_of_another_user_stands_in_nobodys_way() {
    if let Some(dir) = told() {
        let view = push().expect("a view of all else");
        let mount = dir.join("fuse");
        fs::metadata(&mount).expect_err("it is closed, as outside");
        fs::write(mount.with_file_name("beside"), "").unwrap();
        assert!(
            view.changes()
                .unwrap()
                .of(mount.with_file_name("beside"))
                .is_some()
        );
        return;
    }
    if !is_root() {
        return eprintln!("SKIP refusals: only root can mount for another user");
    }
    drop(view!());
    // In a directory that everybody may search, beside a copy of this program that everybody may run.
    let dir = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o777))
        .tempdir()
        .unwrap();
    let at = dir.path().display().to_string();
    let script = format!(
        "exec 3<>/dev/fuse; mkdir {at}/fuse; cp \"$1\" {at}/tests; chmod 755 {at}/tests; shift; setpriv --help > /dev/null; \
         mount -i -t fuse none {at}/fuse -o fd=3,rootmode=40000,user_id=0,group_id=0; \
         echo the place is made >&2; \
         exec setpriv --reuid 65534 --regid 65534 --clear-groups {at}/tests \"$@\""
    );
    let test = "cases::refusals::a_file_system_of_another_user_stands_in_nobodys_way";
    again(test, &["--mount"], &script, dir.path());
}

/// An ordinary user's view has an overlay for each directory of the root; where none can be made it would be useless.
#[test]
fn a_view_of_overlays_on_overlays_only_is_refused_for_an_ordinary_user_too() {
    if told().is_some() {
        let error = push().expect_err("all of it is an overlay on an overlay");
        assert!(matches!(error, PushError::StackingDepth { .. }), "{error}");
        assert_eq!(gkfs_overlay::depth(), 0);
        return;
    }
    if !is_root() {
        return eprintln!("SKIP refusals: only root can mount what a view is made of");
    }
    drop(view!());
    let bed = Bed::new();
    let script = two_overlays(&bed.at("bare"), 65534);
    let test = "cases::refusals::a_view_of_overlays_on_overlays_only_is_refused_for_an_ordinary_user_too";
    again(test, &["--mount"], &script, bed.path());
}

#[test]
fn a_root_that_is_no_mount_is_refused_with_the_way_out() {
    if told().is_some() {
        let error = push().expect_err("its root is a plain directory");
        assert!(matches!(error, PushError::ChrootedElsewhere), "{error}");
        assert!(
            error.is_unsupported() && error.to_string().contains("bind it to itself"),
            "{error}"
        );
        return;
    }
    if !is_root() {
        return eprintln!("SKIP refusals: only root can change its root");
    }
    drop(view!());
    let bed = Bed::new();
    let at = bed.at("bare").display().to_string();
    // All of the machine below a directory that is itself no mount.
    let script = format!(
        "mkdir {at}/root; for dir in /*; do name=$(basename \"$dir\"); \
         if [ -L \"$dir\" ]; then cp -P \"$dir\" {at}/root/; \
         elif [ -d \"$dir\" ]; then mkdir {at}/root/$name; mount --rbind \"$dir\" {at}/root/$name; fi; done; \
         echo the place is made >&2; exec chroot {at}/root \"$@\""
    );
    let test = "cases::refusals::a_root_that_is_no_mount_is_refused_with_the_way_out";
    again(test, &["--mount"], &script, bed.path());
}

#[test]
fn a_limit_that_has_no_room_for_inodes_is_a_view_all_the_same() {
    let bed = Bed::new();
    let view = view!(builder().limit_inodes(0));
    let mut refused = None;
    for number in 0..100_000 {
        if let Err(error) = fs::write(bed.at(&format!("new-{number}")), "") {
            refused = Some(error.kind());
            break;
        }
    }
    assert_eq!(refused, Some(ErrorKind::StorageFull));
    fs::read_to_string(bed.at("file")).expect("reading needs no room");
    drop(view);
    assert!(!bed.at("new-0").exists());
}
