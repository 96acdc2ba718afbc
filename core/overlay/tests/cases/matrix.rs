//! Every kind of thing in the place of every other: what is reported, and what a commit makes of it.

use std::fs::{self, FileType};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::bed::{Bed, view};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Nothing,
    File,
    OtherFile,
    /// With a file in it.
    Directory,
    Link,
    /// A link that leads to nothing.
    DeadLink,
    Pipe,
    Socket,
}

use Thing::{DeadLink, Directory, File, Link, Nothing, OtherFile, Pipe, Socket};

const ALL: [Thing; 8] = [Nothing, File, OtherFile, Directory, Link, DeadLink, Pipe, Socket];

impl Thing {
    fn make(self, path: &Path) {
        match self {
            Nothing => {}
            File => fs::write(path, "a file\n").unwrap(),
            OtherFile => fs::write(path, "another file\n").unwrap(),
            Directory => {
                fs::create_dir(path).unwrap();
                fs::write(path.join("in"), "in it\n").unwrap();
            }
            Link => symlink("file", path).unwrap(),
            DeadLink => symlink("nothing", path).unwrap(),
            Pipe => {
                let made = Command::new("mkfifo").arg(path).status();
                assert!(made.is_ok_and(|status| status.success()), "mkfifo");
            }
            Socket => drop(UnixListener::bind(path).unwrap()),
        }
    }

    fn remove(self, path: &Path) {
        match self {
            Nothing => {}
            Directory => fs::remove_dir_all(path).unwrap(),
            _ => fs::remove_file(path).unwrap(),
        }
    }

    /// What is seen at a path.
    fn at(path: &Path) -> Thing {
        let Ok(meta) = fs::symlink_metadata(path) else {
            return Nothing;
        };
        let is = |test: fn(&FileType) -> bool| test(&meta.file_type());
        if is(FileType::is_dir) {
            assert_eq!(fs::read_to_string(path.join("in")).unwrap(), "in it\n");
            Directory
        } else if is(FileType::is_symlink) {
            match fs::read_link(path).unwrap() {
                to if to == Path::new("file") => Link,
                _ => DeadLink,
            }
        } else if is(FileType::is_fifo) {
            Pipe
        } else if is(FileType::is_socket) {
            Socket
        } else {
            match &*fs::read_to_string(path).unwrap() {
                "a file\n" => File,
                _ => OtherFile,
            }
        }
    }

    /// The changes of putting another in its place, after it was removed.
    fn changes(self, to: Thing) -> Vec<&'static str> {
        let inside = match (self == Directory, to == Directory) {
            (true, false) => Some("del:/it/in"),
            (false, true) => Some("add:/it/in"),
            (true, true) => Some("mod:/it/in"),
            (false, false) => None,
        };
        let itself = match (self, to) {
            (Nothing, Nothing) => None,
            (Nothing, _) => Some("add:/it"),
            (_, Nothing) => Some("del:/it"),
            _ => Some("mod:/it"),
        };
        itself.into_iter().chain(inside).collect()
    }
}

#[test]
fn each_is_reported_in_the_place_of_each_and_nothing_is_touched() {
    for before in ALL {
        for after in ALL {
            let bed = Bed::new();
            let path = bed.at("it");
            before.make(&path);
            let view = view!();
            before.remove(&path);
            after.make(&path);
            assert_eq!(Thing::at(&path), after, "{before:?} → {after:?}");
            assert_eq!(
                bed.changes(&view),
                before.changes(after),
                "{before:?} → {after:?}"
            );
            drop(view);
            assert_eq!(Thing::at(&path), before, "{before:?} → {after:?}, and back");
        }
    }
}

#[test]
fn a_commit_puts_each_in_the_place_of_each() {
    for before in ALL {
        for after in ALL {
            let bed = Bed::new();
            let path = bed.at("it");
            before.make(&path);
            let view = view!();
            before.remove(&path);
            after.make(&path);
            let done = view.commit(|change| change.path.starts_with(bed.path()));
            done.unwrap_or_else(|error| panic!("{before:?} → {after:?}: {error}"));
            drop(view);
            assert_eq!(Thing::at(&path), after, "{before:?} → {after:?}");
            assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
        }
    }
}
