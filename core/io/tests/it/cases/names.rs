//! Directories and names, against the kernel.

use std::path::Path;

use gkfs_io::op::*;
use gkfs_io::reply::StatusReply;

use crate::support::run;

fn ok(retval: i64) -> StatusReply {
    StatusReply { errno: 0, retval }
}

fn failed(errno: i32) -> StatusReply {
    StatusReply { errno, retval: -1 }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = run(Readdir::new(directory)).dirents;
    let mut names: Vec<String> = entries.iter().map(|entry| entry.d_name.to_string()).collect();
    names.retain(|name| name != "." && name != "..");
    names.sort();
    names
}

#[test]
fn directories_are_made_listed_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().join("top");
    assert_eq!(run(Mkdir::new(&top, 0o700)), ok(0));
    assert_eq!(run(Mkdir::new(&top, 0o700)), failed(libc::EEXIST));
    assert_eq!(run(Mkdirat::new(libc::AT_FDCWD, top.join("in"), 0o700)), ok(0));
    assert_eq!(names(&top), ["in"]);
    assert_eq!(run(Rmdir::new(&top)), failed(libc::ENOTEMPTY));
    assert_eq!(
        run(Unlinkat::new(libc::AT_FDCWD, top.join("in"), libc::AT_REMOVEDIR)),
        ok(0)
    );
    assert_eq!(run(Rmdir::new(&top)), ok(0));
    assert_eq!(run(Rmdir::new(&top)), failed(libc::ENOENT));
    assert_eq!(run(Readdir::new(&top)).errno, libc::ENOENT);
}

#[test]
fn opendir_tells_whether_it_could() {
    let directory = tempfile::tempdir().unwrap();
    let opened = run(Opendir::new(directory.path()));
    assert!(opened.dirp.is_some());
    assert_eq!(opened.errno, 0);
    let file = directory.path().join("f");
    std::fs::write(&file, "").unwrap();
    let refused = run(Opendir::new(&file));
    assert_eq!((refused.dirp, refused.errno), (None, libc::ENOTDIR));
}

#[test]
fn getdents_goes_on_where_an_offset_says() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..5 {
        std::fs::write(directory.path().join(number.to_string()), "").unwrap();
    }
    let all = run(Getdents::new(directory.path(), None, None));
    assert_eq!((all.dirents.len(), all.errno), (7, 0));
    assert_eq!(
        all.retval,
        all.dirents
            .iter()
            .map(|entry| i64::from(entry.d_reclen))
            .sum::<i64>()
    );
    let rest = run(Getdents::new(directory.path(), all.dirents[2].d_off, None));
    assert_eq!(rest.dirents, all.dirents[3..]);
    let end = run(Getdents::new(directory.path(), all.dirents[6].d_off, None));
    assert_eq!((end.retval, end.dirents.len(), end.errno), (0, 0, 0));
    assert_eq!(
        run(Getdents::new(directory.path(), None, 8)).errno,
        libc::EINVAL,
        "too small for any entry"
    );
    assert_eq!(
        run(Getdents::new(directory.path().join("1"), None, None)).errno,
        libc::ENOTDIR
    );
}

#[test]
fn directory_validate_counts_what_it_makes() {
    let directory = tempfile::tempdir().unwrap();
    // "." and ".." count, as readdir() lists them here.
    assert_eq!(run(DirectoryValidate::new(directory.path(), 3)), ok(5));
    assert_eq!(
        names(directory.path()),
        ["file_auto_2", "file_auto_3", "file_auto_4"]
    );
    assert_eq!(
        run(DirectoryValidate::new(directory.path().join("one"), 0)),
        ok(6)
    );
    let missing = directory.path().join("no/one");
    assert_eq!(
        run(DirectoryValidate::new(&missing, 0)),
        StatusReply {
            errno: libc::ENOENT,
            retval: -2
        }
    );
    assert_eq!(
        run(DirectoryValidate::new(&missing, 1)),
        StatusReply {
            errno: libc::ENOENT,
            retval: -3
        }
    );
}

#[test]
fn names_are_linked_renamed_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("a"), "a").unwrap();
    assert_eq!(run(Link::new(path("a"), path("b"))), ok(0));
    assert_eq!(run(Link::new(path("a"), path("b"))), failed(libc::EEXIST));
    assert_eq!(run(Stat::new(path("a"))).statbuf.st_nlink, 2);
    assert_eq!(run(Symlink::new("a", path("s"))), ok(0));
    assert_eq!(run(Rename::new(path("b"), path("c"))), ok(0));
    assert_eq!(run(Rename::new(path("b"), path("c"))), failed(libc::ENOENT));
    std::fs::write(path("d"), "d").unwrap();
    let (cwd, no_replace) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    assert_eq!(
        run(Renameat2::new(cwd, path("c"), cwd, path("d"), no_replace)),
        failed(libc::EEXIST)
    );
    assert_eq!(
        run(Renameat2::new(
            cwd,
            path("c"),
            cwd,
            path("d"),
            libc::RENAME_EXCHANGE
        )),
        ok(0)
    );
    assert_eq!(std::fs::read(path("c")).unwrap(), b"d");
    assert_eq!(run(Unlink::new(path("c"))), ok(0));
    assert_eq!(run(Unlink::new(directory.path())), failed(libc::EISDIR));
    assert_eq!(names(directory.path()), ["a", "d", "s"]);
}

#[test]
fn links_are_read_up_to_a_length() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("s");
    assert_eq!(run(Symlink::new("somewhere", &link)), ok(0));
    let whole = run(Readlink::new(&link, None));
    assert_eq!((whole.retval, whole.errno), (9, 0));
    assert_eq!(whole.target, "somewhere");
    let cut = run(Readlink::new(&link, 4));
    assert_eq!(cut.retval, 4);
    assert_eq!(cut.target, "some");
    let no_link = run(Readlink::new(directory.path(), None));
    assert_eq!(
        (no_link.retval, no_link.errno, no_link.target.len()),
        (-1, libc::EINVAL, 0)
    );
}
