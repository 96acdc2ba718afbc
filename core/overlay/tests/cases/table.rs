//! The behaviour of Python's fso 0.3.2, operation by operation.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::bed::{Bed, view};

/// A name, what is done in the directory, and the changes that it makes.
type Row = (&'static str, fn(&Path), &'static [&'static str]);

const TABLE: &[Row] = &[
    ("nothing", |_| {}, &[]),
    (
        "create",
        |d| fs::write(d.join("new"), "new").unwrap(),
        &["add:/new"],
    ),
    (
        "create empty",
        |d| drop(File::create(d.join("new")).unwrap()),
        &["add:/new"],
    ),
    (
        "append to a missing file",
        |d| {
            drop(
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(d.join("new"))
                    .unwrap(),
            )
        },
        &["add:/new"],
    ),
    (
        "overwrite",
        |d| fs::write(d.join("file"), "two\n").unwrap(),
        &["mod:/file"],
    ),
    (
        "overwrite with the same",
        |d| fs::write(d.join("file"), "one\n").unwrap(),
        &["mod:/file"],
    ),
    (
        "open to append and write nothing",
        |d| drop(OpenOptions::new().append(true).open(d.join("file")).unwrap()),
        &["mod:/file"],
    ),
    (
        "read",
        |d| assert_eq!(fs::read_to_string(d.join("file")).unwrap(), "one\n"),
        &[],
    ),
    (
        "create and unlink",
        |d| {
            fs::write(d.join("new"), "new").unwrap();
            fs::remove_file(d.join("new")).unwrap();
        },
        &[],
    ),
    (
        "mkdir and rmdir",
        |d| {
            fs::create_dir(d.join("new")).unwrap();
            fs::remove_dir(d.join("new")).unwrap();
        },
        &[],
    ),
    (
        "unlink",
        |d| fs::remove_file(d.join("file")).unwrap(),
        &["del:/file"],
    ),
    (
        "unlink and create again",
        |d| {
            fs::remove_file(d.join("file")).unwrap();
            fs::write(d.join("file"), "again").unwrap();
        },
        &["mod:/file"],
    ),
    (
        "unlink and mkdir",
        |d| {
            fs::remove_file(d.join("file")).unwrap();
            fs::create_dir(d.join("file")).unwrap();
        },
        &["mod:/file"],
    ),
    (
        "rmdir",
        |d| fs::remove_dir(d.join("bare")).unwrap(),
        &["del:/bare"],
    ),
    (
        "rmdir and file",
        |d| {
            fs::remove_dir(d.join("bare")).unwrap();
            fs::write(d.join("bare"), "file").unwrap();
        },
        &["mod:/bare"],
    ),
    (
        "rmdir and mkdir",
        |d| {
            fs::remove_dir(d.join("bare")).unwrap();
            fs::create_dir(d.join("bare")).unwrap();
        },
        &["mod:/bare"],
    ),
    (
        "rmtree",
        |d| fs::remove_dir_all(d.join("dir")).unwrap(),
        &["del:/dir", "del:/dir/sub", "del:/dir/sub/y", "del:/dir/x"],
    ),
    (
        "rmtree and mkdir",
        |d| {
            fs::remove_dir_all(d.join("dir")).unwrap();
            fs::create_dir(d.join("dir")).unwrap();
        },
        &["mod:/dir", "del:/dir/sub", "del:/dir/sub/y", "del:/dir/x"],
    ),
    (
        "rmtree and file",
        |d| {
            fs::remove_dir_all(d.join("dir")).unwrap();
            fs::write(d.join("dir"), "file").unwrap();
        },
        &["mod:/dir", "del:/dir/sub", "del:/dir/sub/y", "del:/dir/x"],
    ),
    (
        "rmtree and a tree that holds some of the old names",
        |d| {
            fs::remove_dir_all(d.join("dir")).unwrap();
            fs::create_dir_all(d.join("dir/sub")).unwrap();
            fs::write(d.join("dir/sub/new"), "").unwrap();
        },
        &[
            "mod:/dir",
            "mod:/dir/sub",
            "add:/dir/sub/new",
            "del:/dir/sub/y",
            "del:/dir/x",
        ],
    ),
    (
        "makedirs",
        |d| fs::create_dir_all(d.join("dir/a/b")).unwrap(),
        &["add:/dir/a", "add:/dir/a/b"],
    ),
    (
        "write through a link",
        |d| fs::write(d.join("link"), "two\n").unwrap(),
        &["mod:/file"],
    ),
    (
        "write through a dead link",
        |d| fs::write(d.join("dead"), "new").unwrap(),
        &["add:/nothing"],
    ),
    (
        "write through a link to a directory",
        |d| fs::write(d.join("way/new"), "new").unwrap(),
        &["add:/dir/new"],
    ),
    (
        "symlink",
        |d| symlink("file", d.join("another")).unwrap(),
        &["add:/another"],
    ),
    (
        "unlink a link",
        |d| fs::remove_file(d.join("link")).unwrap(),
        &["del:/link"],
    ),
    (
        "names are sorted by their bytes",
        |d| {
            fs::write(d.join("dir/new"), "").unwrap();
            fs::write(d.join("dir-new"), "").unwrap();
            fs::write(d.join("dir.new"), "").unwrap();
        },
        &["add:/dir-new", "add:/dir.new", "add:/dir/new"],
    ),
];

#[test]
fn every_operation_is_reported_as_fso_reports_it() {
    for (name, act, expected) in TABLE {
        let bed = Bed::new();
        let view = view!();
        act(bed.path());
        assert_eq!(bed.changes(&view), *expected, "{name}");
        let vaporized = view.pop().expect("pop");
        let kept = vaporized
            .changes()
            .unwrap()
            .only(|path| path.starts_with(bed.path()));
        assert_eq!(kept.len(), expected.len(), "{name}: the same after pop");
        assert_eq!(
            fs::read_to_string(bed.at("file")).unwrap(),
            "one\n",
            "{name}: the file below"
        );
        assert!(
            bed.at("dir/sub/y").exists() && bed.at("bare").is_dir(),
            "{name}: the tree below"
        );
        assert!(
            !bed.at("new").exists() && !bed.at("nothing").exists(),
            "{name}: nothing new below"
        );
    }
}

#[test]
fn the_sequence_of_fsos_own_test_gives_its_list() {
    let bed = Bed::new();
    let view = view!();
    fs::write(bed.at("new"), "1").unwrap();
    fs::create_dir_all(bed.at("made/deep")).unwrap();
    fs::write(bed.at("made/deep/file"), "2").unwrap();
    fs::remove_file(bed.at("file")).unwrap();
    fs::write(bed.at("dir/x"), "3").unwrap();
    fs::remove_dir_all(bed.at("dir/sub")).unwrap();
    symlink("new", bed.at("to-new")).unwrap();
    let expected = [
        "mod:/dir/x",
        "del:/dir/sub",
        "del:/dir/sub/y",
        "del:/file",
        "add:/made",
        "add:/made/deep",
        "add:/made/deep/file",
        "add:/new",
        "add:/to-new",
    ];
    let mut sorted: Vec<&str> = expected.to_vec();
    sorted.sort_by_key(|text| &text[4..]);
    assert_eq!(bed.changes(&view), sorted);
}
