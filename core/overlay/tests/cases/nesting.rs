//! Views in views: each sees what is around it and reports its own.

use std::fs;

use gkfs_overlay::{PopError, depth, push};

use crate::bed::{Bed, view};

#[test]
fn each_level_reports_its_own() {
    let bed = Bed::new();
    let outer = view!();
    fs::write(bed.at("outer"), "1").unwrap();
    fs::remove_file(bed.at("file")).unwrap();
    let inner = push().unwrap();
    assert_eq!((outer.depth(), inner.depth(), depth()), (1, 2, 2));
    assert!(bed.changes(&inner).is_empty(), "{:?}", bed.changes(&inner));
    assert!(bed.at("outer").exists() && !bed.at("file").exists());
    fs::write(bed.at("outer"), "2").unwrap();
    fs::write(bed.at("file"), "back").unwrap();
    fs::remove_dir_all(bed.at("dir")).unwrap();
    assert_eq!(
        bed.changes(&inner),
        [
            "del:/dir",
            "del:/dir/sub",
            "del:/dir/sub/y",
            "del:/dir/x",
            "add:/file",
            "mod:/outer"
        ]
    );
    assert_eq!(bed.changes(&outer), ["del:/file", "add:/outer"]);
    inner.pop().unwrap();
    assert_eq!(fs::read_to_string(bed.at("outer")).unwrap(), "1");
    assert!(!bed.at("file").exists() && bed.at("dir/x").exists());
    assert_eq!(bed.changes(&outer), ["del:/file", "add:/outer"]);
    outer.pop().unwrap();
    assert!(bed.at("file").exists() && !bed.at("outer").exists());
    assert_eq!(depth(), 0);
}

#[test]
fn twenty_levels() {
    let bed = Bed::new();
    let mut views = vec![view!()];
    for level in 1..20 {
        views.push(push().unwrap());
        fs::write(bed.at("file"), level.to_string()).unwrap();
        fs::write(bed.at(&format!("new-{level}")), "").unwrap();
    }
    for level in (1..20).rev() {
        assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), level.to_string());
        let view = views.pop().unwrap();
        assert_eq!(
            bed.changes(&view),
            ["mod:/file".to_owned(), format!("add:/new-{level}")]
        );
        view.pop().unwrap();
    }
    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
}

#[test]
fn a_view_after_a_view_starts_empty() {
    let bed = Bed::new();
    for _ in 0..3 {
        let view = view!();
        assert!(bed.changes(&view).is_empty());
        fs::write(bed.at("new"), "").unwrap();
        view.pop().unwrap();
    }
}

#[test]
fn an_outer_view_cannot_be_popped_first() {
    let bed = Bed::new();
    let outer = view!();
    let inner = push().unwrap();
    fs::write(bed.at("new"), "").unwrap();
    let error = outer.pop().unwrap_err();
    assert!(
        matches!(
            error,
            PopError::NotInnermost {
                depth: 1,
                innermost: 2
            }
        ),
        "{error}"
    );
    assert!(bed.at("new").exists(), "the inner view is still there");
    inner.pop().unwrap();
    assert_eq!(depth(), 0, "both ended together");
    assert!(!bed.at("new").exists());
}

#[test]
fn a_new_directory_of_the_root_is_there_in_an_inner_view() {
    let outer = view!();
    fs::create_dir("/made-outside").unwrap();
    fs::write("/made-outside/file", "1").unwrap();
    let inner = push().unwrap();
    fs::write("/made-outside/file", "2").unwrap();
    assert_eq!(inner.changes().unwrap(), ["mod:/made-outside/file"]);
    inner.pop().unwrap();
    assert_eq!(fs::read_to_string("/made-outside/file").unwrap(), "1");
    drop(outer);
    assert!(fs::metadata("/made-outside").is_err());
}

#[test]
fn the_working_directory_is_kept_and_restored() {
    // A thread of its own, as the working directory of this one belongs to all tests.
    let bed = Bed::new();
    let inside = gkfs_overlay::run(|_| {
        let before = std::env::current_dir().unwrap();
        std::env::set_current_dir(bed.path()).unwrap();
        fs::write("relative", "").unwrap();
        let inner = push().unwrap();
        assert_eq!(std::env::current_dir().unwrap(), bed.path());
        fs::remove_file("relative").unwrap();
        inner.pop().unwrap();
        assert!(fs::exists("relative").unwrap());
        assert_eq!(std::env::current_dir().unwrap(), bed.path());
        before
    });
    match inside {
        Ok(before) => assert_eq!(before, std::env::current_dir().unwrap()),
        Err(error) if error.is_unsupported() => eprintln!("SKIP nesting: {error}"),
        Err(error) => panic!("{error}"),
    }
}
