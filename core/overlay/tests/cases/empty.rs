//! Directories with nothing in them, of which a view has new ones instead of overlays.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gkfs_overlay::push;

use crate::bed::{mode, view};
use crate::elsewhere::{among_mounts, told};

/// The kind and the options of what is mounted there.
fn mounted(at: &Path) -> (String, String) {
    let table = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
    let words = table.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mut there = words.filter(|words| Path::new(words[4]) == at);
    let last = there.next_back().expect("a mount");
    let kind = last.iter().skip_while(|word| **word != "-").nth(1).unwrap();
    ((*kind).to_owned(), last[5].to_owned())
}

#[test]
fn an_empty_mount_is_a_directory_of_the_views_own() {
    if let Some(dir) = told() {
        let at = dir.join("bare");
        let view = view!();
        let (kind, options) = mounted(&at);
        assert_eq!(kind, "tmpfs", "an overlay of nothing is spared");
        assert!(
            options.contains("nosuid") && options.contains("noexec"),
            "{options}"
        );
        assert_eq!(mode(&at), 0o1770);
        fs::create_dir(at.join("made")).unwrap();
        fs::write(at.join("made/file"), "1").unwrap();
        fs::write(at.join("gone"), "").unwrap();
        fs::remove_file(at.join("gone")).unwrap();
        let list = |names: &[&str]| -> Vec<String> {
            let name = |name: &&str| name.replacen(':', &format!(":{}", dir.display()), 1);
            names.iter().map(name).collect()
        };
        assert_eq!(
            view.changes().unwrap(),
            list(&["add:/bare/made", "add:/bare/made/file"])
        );
        let inner = push().unwrap();
        assert_eq!(mounted(&at).0, "overlay", "there is something in it by now");
        assert!(mounted(&at).1.contains("noexec"), "as it was in the outer one");
        fs::remove_dir_all(at.join("made")).unwrap();
        assert_eq!(
            inner.changes().unwrap(),
            list(&["del:/bare/made", "del:/bare/made/file"])
        );
        drop(inner);
        fs::set_permissions(&at, Permissions::from_mode(0o700)).unwrap();
        let all = list(&["mod:/bare", "add:/bare/made", "add:/bare/made/file"]);
        assert_eq!(view.changes().unwrap(), all);
        view.commit(|change| change.path.ends_with("made/file")).unwrap();
        let vaporized = view.pop().unwrap();
        assert_eq!(
            fs::read(at.join("made/file")).unwrap(),
            b"1",
            "it was carried over"
        );
        assert_eq!((mode(&at), vaporized.changes().unwrap().len()), (0o1770, 3));
        let view = view!();
        assert_eq!(mounted(&at).0, "overlay", "it is not empty any more");
        drop(view);
        return;
    }
    let test = "cases::empty::an_empty_mount_is_a_directory_of_the_views_own";
    among_mounts(test, |at| {
        format!("mount -t tmpfs -o nosuid,noexec,mode=1770 none {at}")
    });
}

/// In an ordinary user's root, each directory is a piece of its own.
#[test]
fn empty_directories_of_the_root_can_be_written_by_a_user_too() {
    let empty = |path: &Path| fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    let found = ["/srv", "/media", "/mnt", "/opt", "/home", "/boot"].map(Path::new);
    let Some(at) = found.into_iter().find(|path| empty(path)) else {
        return eprintln!("SKIP empty: no directory of this root is empty");
    };
    let view = view!();
    fs::create_dir_all(at.join("made/deep")).unwrap();
    let listed = |name: &str| format!("add:{}/{name}", at.display());
    assert_eq!(view.changes().unwrap(), [listed("made"), listed("made/deep")]);
    let inner = push().unwrap();
    fs::remove_dir(at.join("made/deep")).unwrap();
    assert_eq!(
        inner.changes().unwrap(),
        [format!("del:{}/made/deep", at.display())]
    );
    drop(inner);
    drop(view);
    assert!(empty(at));
}
