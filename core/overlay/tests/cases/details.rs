//! In what a changed path differs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use crate::bed::{Bed, is_root, view};

#[test]
fn content_mode_times_and_type_are_told_apart() {
    let bed = Bed::new();
    let view = view!();
    let set_mode =
        |name: &str, mode| fs::set_permissions(bed.at(name), Permissions::from_mode(mode)).unwrap();
    set_mode("file", 0o640);
    fs::write(bed.at("empty"), "no more").unwrap();
    set_mode("dir", 0o700);
    fs::remove_file(bed.at("link")).unwrap();
    symlink("empty", bed.at("link")).unwrap();
    fs::remove_file(bed.at("dead")).unwrap();
    fs::create_dir(bed.at("dead")).unwrap();
    assert_eq!(
        bed.differences(&view),
        [
            "mod:/dead (type)",
            "mod:/dir (mode)",
            "mod:/empty (content, times)",
            "mod:/file (mode)",
            "mod:/link (content, times)",
        ]
    );
}

#[test]
fn a_mode_that_was_set_back_is_no_difference() {
    let bed = Bed::new();
    let view = view!();
    let before = fs::metadata(bed.at("file")).unwrap().permissions();
    fs::set_permissions(bed.at("file"), Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(bed.at("file"), before).unwrap();
    assert_eq!(bed.changes(&view), ["mod:/file"], "fso's rule");
    assert!(bed.differences(&view).is_empty());
}

#[test]
fn attributes_are_told() {
    let bed = Bed::new();
    let view = view!();
    let flags = rustix::fs::XattrFlags::empty();
    match rustix::fs::setxattr(bed.at("file"), "user.colour", b"blue", flags) {
        Err(rustix::io::Errno::OPNOTSUPP) => return eprintln!("SKIP details: /tmp has no attributes"),
        set => set.unwrap(),
    }
    assert_eq!(bed.differences(&view), ["mod:/file (xattr)"]);
}

#[test]
fn owners_are_told() {
    if !is_root() {
        return eprintln!("SKIP details: only root gives files away");
    }
    let bed = Bed::new();
    let view = view!();
    chown(bed.at("file"), Some(1234), Some(1234)).unwrap();
    chown(bed.at("dir"), Some(1234), None).unwrap();
    assert_eq!(bed.differences(&view), ["mod:/dir (owner)", "mod:/file (owner)"]);
}

#[test]
fn a_moved_file_says_where_it_was() {
    let bed = Bed::new();
    let view = view!();
    fs::rename(bed.at("file"), bed.at("dir/moved")).unwrap();
    fs::write(bed.at("plain"), "one\n").unwrap();
    let changes = view.changes().unwrap();
    let moved = changes.of(bed.at("dir/moved")).unwrap();
    assert_eq!(moved.renamed_from(), Some(bed.at("file").as_path()));
    assert_eq!(changes.of(bed.at("plain")).unwrap().renamed_from(), None);
}

#[test]
fn a_moved_directory_says_where_it_was() {
    let bed = Bed::new();
    let view = view!();
    match fs::rename(bed.at("dir"), bed.at("bare/moved")) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices && !is_root() => {
            return eprintln!(
                "SKIP details: an ordinary user's view moves no directory that was there before"
            );
        }
        Err(error) => panic!("{error}"),
    }
    fs::write(bed.at("bare/moved/sub/y"), "changed\n").unwrap();
    assert_eq!(
        bed.changes(&view),
        [
            "add:/bare/moved",
            "add:/bare/moved/sub",
            "add:/bare/moved/sub/y",
            "add:/bare/moved/x",
            "del:/dir",
            "del:/dir/sub",
            "del:/dir/sub/y",
            "del:/dir/x"
        ]
    );
    let changes = view.changes().unwrap();
    let from = |name: &str| {
        changes
            .of(bed.at(name))
            .unwrap()
            .renamed_from()
            .map(Path::to_path_buf)
    };
    assert_eq!(from("bare/moved"), Some(bed.at("dir")));
    assert_eq!(from("bare/moved/x"), Some(bed.at("dir/x")));
    assert_eq!(
        from("bare/moved/sub"),
        Some(bed.at("dir/sub")),
        "all in it has come along"
    );
    assert_eq!(
        from("bare/moved/sub/y"),
        Some(bed.at("dir/sub/y")),
        "changed or not"
    );
    // A directory of the same name that was made there is no moved one.
    fs::remove_dir_all(bed.at("bare/moved/sub")).unwrap();
    fs::create_dir(bed.at("bare/moved/sub")).unwrap();
    let changes = view.changes().unwrap();
    assert_eq!(changes.of(bed.at("bare/moved/sub")).unwrap().renamed_from(), None);
}
