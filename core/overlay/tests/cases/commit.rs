//! Chosen changes reach the tree below, and no others.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use gkfs_overlay::push;

use crate::bed::{Bed, mode, view};

#[test]
fn chosen_changes_are_carried_over() {
    let bed = Bed::new();
    let view = view!();
    fs::create_dir_all(bed.at("made/deep")).unwrap();
    fs::write(bed.at("made/deep/wanted"), "1").unwrap();
    fs::set_permissions(bed.at("made/deep/wanted"), Permissions::from_mode(0o640)).unwrap();
    fs::write(bed.at("made/other"), "2").unwrap();
    fs::write(bed.at("file"), "changed").unwrap();
    fs::remove_dir_all(bed.at("dir")).unwrap();
    symlink("x", bed.at("new-link")).unwrap();
    let modified = fs::metadata(bed.at("file")).unwrap().mtime_nsec();
    let wanted = ["made/deep/wanted", "file", "dir", "new-link"].map(|name| bed.at(name));
    let done = view.commit(|change| wanted.contains(&change.path)).unwrap();
    assert_eq!(
        done.len(),
        9,
        "with the directories around and below: {:?}",
        done.to_strings()
    );
    drop(view);
    assert_eq!(fs::read_to_string(bed.at("made/deep/wanted")).unwrap(), "1");
    assert_eq!(mode(&bed.at("made/deep/wanted")), 0o640);
    assert!(!bed.at("made/other").exists() && !bed.at("dir").exists());
    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "changed");
    assert_eq!(fs::metadata(bed.at("file")).unwrap().mtime_nsec(), modified);
    assert_eq!(fs::read_link(bed.at("new-link")).unwrap().to_str(), Some("x"));
}

#[test]
fn a_directory_can_take_a_files_place_and_the_other_way_round() {
    let bed = Bed::new();
    let view = view!();
    fs::remove_file(bed.at("file")).unwrap();
    fs::create_dir(bed.at("file")).unwrap();
    fs::write(bed.at("file/in"), "in").unwrap();
    fs::remove_dir_all(bed.at("dir")).unwrap();
    fs::write(bed.at("dir"), "file now").unwrap();
    view.commit(|change| change.path.starts_with(bed.path())).unwrap();
    drop(view);
    assert_eq!(fs::read_to_string(bed.at("file/in")).unwrap(), "in");
    assert_eq!(fs::read_to_string(bed.at("dir")).unwrap(), "file now");
}

#[test]
fn an_inner_view_commits_to_the_outer_one() {
    let bed = Bed::new();
    let outer = view!();
    let inner = push().unwrap();
    fs::write(bed.at("new"), "1").unwrap();
    inner.commit(|_| true).unwrap();
    drop(inner);
    assert_eq!(bed.changes(&outer), ["add:/new"]);
    drop(outer);
    assert!(!bed.at("new").exists());
}
