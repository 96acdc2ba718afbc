//! Copies of directories in the place of overlays: where the kernel makes none, and where others own what is there.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use gkfs_overlay::{Builder, PushError, push};

use crate::bed::{Bed, builder, fingerprint, is_root, mode, view};
use crate::elsewhere::{again, told, two_overlays};

fn append(path: impl AsRef<Path>, text: &str) -> std::io::Result<()> {
    OpenOptions::new()
        .append(true)
        .open(path)?
        .write_all(text.as_bytes())
}

#[test]
fn a_copy_is_written_reported_and_gone() {
    let bed = Bed::new();
    fs::hard_link(bed.at("dir/x"), bed.at("dir/same")).unwrap();
    fs::set_permissions(bed.at("dir/sub"), Permissions::from_mode(0o750)).unwrap();
    let before = fingerprint(bed.path());
    let view = view!(builder().copy(bed.path()));
    assert!(bed.changes(&view).is_empty(), "{:?}", bed.changes(&view));
    let ino = |name: &str| fs::metadata(bed.at(name)).unwrap().ino();
    assert_eq!(ino("dir/x"), ino("dir/same"), "two names of one file");
    assert_eq!(mode(&bed.at("dir/sub")), 0o750);
    append(bed.at("dir/x"), "more").unwrap();
    fs::write(bed.at("dir/sub/new"), "").unwrap();
    fs::remove_file(bed.at("file")).unwrap();
    fs::create_dir(bed.at("file")).unwrap();
    fs::set_permissions(bed.at("bare"), Permissions::from_mode(0o700)).unwrap();
    let expected = [
        "mod:/bare",
        "mod:/dir/same",
        "add:/dir/sub/new",
        "mod:/dir/x",
        "mod:/file",
    ];
    assert_eq!(bed.changes(&view), expected);
    let inner = push().unwrap();
    append(bed.at("dir/sub/y"), "inner").unwrap();
    fs::remove_file(bed.at("dir/sub/new")).unwrap();
    assert_eq!(bed.changes(&inner), ["del:/dir/sub/new", "mod:/dir/sub/y"]);
    drop(inner);
    let vaporized = view.pop().unwrap();
    assert_eq!(vaporized.changes().unwrap().len(), expected.len());
    let entries = vaporized.entries().unwrap();
    assert_eq!(entries[&bed.at("dir/x")].text().unwrap(), "x\nmore");
    assert_eq!(fingerprint(bed.path()), before);
}

#[test]
fn what_was_copied_can_be_committed_hidden_and_limited() {
    let bed = Bed::new();
    let view = view!(
        builder()
            .copy(bed.at("dir"))
            .hide(bed.at("dir/sub"))
            .limit_bytes(1 << 20)
    );
    assert!(!bed.at("dir/sub").exists() && bed.at("dir/x").exists());
    let error = fs::write(bed.at("dir/big"), vec![1; 2 << 20]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    fs::remove_file(bed.at("dir/big")).unwrap();
    fs::write(bed.at("dir/x"), "committed").unwrap();
    view.commit(|change| change.path == bed.at("dir/x")).unwrap();
    drop(view);
    assert_eq!(fs::read_to_string(bed.at("dir/x")).unwrap(), "committed");
    assert!(bed.at("dir/sub/y").exists());
}

/// In an overlay, an ordinary user may not change what others own; a copy is his.
#[test]
fn a_user_changes_in_a_copy_what_root_owns_and_does_not_see_more() {
    let readable = fs::metadata("/etc/passwd").is_ok() && fs::read("/etc/passwd").is_ok();
    if is_root() || !readable {
        return eprintln!("SKIP copies: for an ordinary user on a machine with /etc/passwd");
    }
    let closed = fs::read("/etc/shadow").map(drop).map_err(|error| error.kind());
    let refused = {
        let _view = view!();
        append("/etc/passwd", "x").unwrap_err().kind()
    };
    assert_eq!(refused, ErrorKind::PermissionDenied, "why a copy is wanted");
    let view = view!(builder().copy("/etc"));
    append("/etc/passwd", "new:x:1:1::/:/bin/sh\n").unwrap();
    fs::rename("/etc/group", "/etc/group.old").unwrap();
    assert_eq!(
        fs::read("/etc/shadow").map(drop).map_err(|error| error.kind()),
        closed
    );
    let told = view.changes().unwrap().to_strings();
    assert_eq!(told, ["del:/etc/group", "add:/etc/group.old", "mod:/etc/passwd"]);
    if closed == Err(ErrorKind::PermissionDenied) {
        let named = view
            .fallbacks()
            .iter()
            .any(|it| it.path == Path::new("/etc/shadow"));
        assert!(named, "{:?}", view.fallbacks());
    }
    drop(view);
    assert!(!fs::read_to_string("/etc/passwd").unwrap().contains("new:x:1"));
}

#[test]
fn what_cannot_be_copied_is_an_error_that_says_what_can() {
    let bed = Bed::new();
    for (path, words) in [
        ("/".into(), "name the directories"),
        (bed.at("file"), "name the one that it lies in"),
        (bed.at("missing"), "No such file"),
    ] {
        let error = Builder::new().copy(&path).push().unwrap_err().to_string();
        let is_told = error.starts_with("copy(") && error.contains(words);
        assert!(is_told, "{error}");
    }
    assert_eq!(gkfs_overlay::depth(), 0);
}

/// A container in a container: there is no overlay of its root, but a view of what is copied.
fn in_a_root_of_two_overlays(test: &str, user: u32) {
    if told().is_some() {
        let error = push().expect_err("all of it is an overlay on an overlay");
        assert!(matches!(error, PushError::StackingDepth { .. }), "{error}");
        assert!(error.to_string().contains("--copy DIR"), "{error}");
        let view = builder().copy("/ours").push().expect("a view with a copy in it");
        fs::write("/ours/known", "changed\n").unwrap();
        fs::write("/ours/new", "").unwrap();
        let error = fs::write("/etc/gkfs-overlay", "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem, "{error}");
        let fallback = view
            .fallbacks()
            .iter()
            .find(|it| Path::new("/etc").starts_with(&it.path));
        assert!(fallback.expect("it is named").reason.contains("stacks no third"));
        assert_eq!(view.changes().unwrap(), ["mod:/ours/known", "add:/ours/new"]);
        let inner = push().expect("an overlay of the copy, which lies in memory");
        fs::remove_file("/ours/known").unwrap();
        assert_eq!(inner.changes().unwrap(), ["del:/ours/known"]);
        drop((inner, view));
        assert_eq!(fs::read_to_string("/ours/known").unwrap(), "known\n");
        return;
    }
    if !is_root() {
        return eprintln!("SKIP copies: only root can mount what a view is made of");
    }
    drop(view!());
    let bed = Bed::new();
    again(test, &["--mount"], &two_overlays(&bed.at("bare"), user), "there");
}

#[test]
fn root_has_a_view_of_copies_on_two_overlays() {
    in_a_root_of_two_overlays("cases::copies::root_has_a_view_of_copies_on_two_overlays", 0);
}

#[test]
fn a_user_has_a_view_of_copies_on_two_overlays() {
    in_a_root_of_two_overlays(
        "cases::copies::a_user_has_a_view_of_copies_on_two_overlays",
        65534,
    );
}
