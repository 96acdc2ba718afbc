//! The tree of the workspace on real directories.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::screens::snapshot;
use super::*;

/// A screen on which times do not differ from run to run.
fn bed(columns: u16, rows: u16) -> Bed {
    let bed = Bed::empty();
    let workspace = bed.attempt().join("workspace");
    for dir in [
        "",
        "logs",
        "mnt",
        "root",
        "root/chunks",
        "root/chunks/top:file_a",
        "tmp",
    ] {
        let path = workspace.join(dir);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let chunk = workspace.join("root/chunks/top:file_a/0");
    fs::set_permissions(&chunk, fs::Permissions::from_mode(0o644)).expect("permissions");
    bed.shown(columns, rows)
}

impl Bed {
    fn shown(mut self, columns: u16, rows: u16) -> Bed {
        self.tell(Msg::Area(columns, rows));
        self.show();
        self.keys("3");
        self
    }

    fn tmp(&self) -> PathBuf {
        self.attempt().join("workspace/tmp")
    }

    /// Goes down to the row that contains a text.
    fn to(&mut self, text: &str) {
        self.keys("gg");
        for _ in 0..100 {
            if self.status().contains(text) {
                return;
            }
            self.keys("j");
        }
        panic!("no row `{text}` in\n{}", self.screen());
    }

    fn status(&self) -> String {
        self.screen().lines().last().unwrap_or_default().to_owned()
    }
}

#[test]
fn chunks_are_told_by_path_and_number() {
    let mut bed = bed(60, 20);
    bed.keys("jj⏎j⏎j⏎j");
    snapshot("workspace_chunks", &bed);
    let screen = bed.screen();
    assert!(screen.contains("00 01 41 42 43 ff"), "{screen}");
    bed.keys("hhh");
    assert!(!bed.screen().contains("chunk 0"));
}

#[test]
fn a_narrow_screen_shows_the_names() {
    snapshot("workspace_narrow", &bed(30, 10));
}

#[test]
fn a_preview_can_be_shown_in_each_way() {
    let bed = Bed::empty();
    fs::write(bed.tmp().join("a.json"), "{\"a\":[1,{\"b\":null}]}\n").expect("write");
    let mut bed = bed.shown(120, 20);
    bed.to("tmp");
    bed.keys("lj");
    for expected in ["as JSON", "as text", "as JSON", "as bytes", "as JSON"] {
        let screen = bed.screen();
        assert!(screen.contains(expected), "{expected}:\n{screen}");
        bed.keys("p");
    }
    assert_eq!(bed.drill.choices(), {
        let mut other = Drill::default();
        other.apply(bed.drill.choices());
        other.choices()
    });
}

#[test]
fn what_changes_while_one_looks_is_marked_and_shown() {
    let bed = Bed::empty();
    fs::write(bed.tmp().join("before"), "old").expect("write");
    let mut bed = bed.shown(120, 20);
    bed.to("tmp");
    bed.keys("l");
    bed.to("tmp/before");
    assert!(
        bed.screen().contains("old") && !bed.screen().contains('*'),
        "{}",
        bed.screen()
    );
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::write(bed.tmp().join("before"), "new contents").expect("write");
    fs::write(bed.tmp().join("after"), "x").expect("write");
    bed.touch(&bed.tmp().join("before"), later);
    File::open(bed.tmp())
        .expect("open")
        .set_modified(later)
        .expect("a time");
    bed.tell(Msg::Poll);
    let screen = bed.screen();
    assert!(
        bed.status().starts_with("tmp/before"),
        "the cursor stays: {screen}"
    );
    assert!(screen.contains("new contents"), "{screen}");
    let marked = |name: &str| {
        screen
            .lines()
            .any(|line| line.contains('*') && line.contains(name))
    };
    assert!(marked("before") && marked("after") && !marked("logs"), "{screen}");
}

#[test]
fn a_workspace_that_is_removed_under_us_says_so() {
    let mut bed = bed(60, 20);
    bed.keys("jj⏎");
    fs::remove_dir_all(bed.attempt().join("workspace")).expect("remove");
    bed.tell(Msg::Poll);
    assert!(bed.screen().contains("the directory is gone"), "{}", bed.screen());
    bed.keys("jk⏎hlZ");
}

#[test]
fn bad_names_and_special_files_do_no_harm() {
    let bed = Bed::empty();
    let tmp = bed.tmp();
    fs::write(tmp.join(OsStr::from_bytes(b"no\xffutf8")), "x").expect("write");
    fs::write(tmp.join("bell\x07\x1b[31m"), "x").expect("write");
    symlink(".", tmp.join("loop")).expect("a link");
    let _socket = std::os::unix::net::UnixListener::bind(tmp.join("socket")).expect("a socket");
    fs::create_dir(tmp.join("shut")).expect("a directory");
    fs::set_permissions(tmp.join("shut"), fs::Permissions::from_mode(0o000)).expect("permissions");
    let mut bed = bed.shown(120, 30);
    bed.to("tmp");
    bed.keys("l");
    let screen = bed.screen();
    for expected in [
        "no\\xffutf8",
        "bell\\u{7}\\u{1b}[31m",
        "loop → .",
        "srw",
        "d---------",
    ] {
        assert!(screen.contains(expected), "{expected}:\n{screen}");
    }
    bed.to("tmp/socket");
    assert!(
        bed.screen().contains("not a plain file: it is not opened"),
        "{}",
        bed.screen()
    );
    bed.to("tmp/loop");
    bed.keys("l");
    assert!(!bed.screen().contains("loop/"), "no link is followed");
    bed.to("tmp/shut");
    bed.keys("l");
    let is_root = rustix::process::geteuid().is_root();
    let expected = if is_root { "empty" } else { "cannot be listed" };
    assert!(bed.screen().contains(expected), "{}", bed.screen());
    fs::set_permissions(tmp.join("shut"), fs::Permissions::from_mode(0o700)).expect("permissions");
}

#[test]
fn directories_tell_what_they_hold_altogether() {
    let bed = Bed::empty();
    let deep = bed.tmp().join("a/b");
    fs::create_dir_all(&deep).expect("directories");
    fs::write(deep.join("x"), vec![0; 3000]).expect("write");
    fs::write(bed.tmp().join("y"), vec![0; 72]).expect("write");
    let mut bed = bed.shown(60, 20);
    bed.to("tmp");
    assert!(bed.status().contains("tmp · 2 files, 3.0K"), "{}", bed.screen());
}

#[test]
fn lines_of_a_previewed_file_are_chosen_and_copied() {
    let bed = Bed::empty();
    let text: String = (0..60).map(|line| format!("line {line}\n")).collect();
    fs::write(bed.tmp().join("many.txt"), &text).expect("write");
    let mut bed = bed.shown(120, 20);
    bed.to("tmp");
    bed.keys("l");
    bed.to("tmp/many.txt");
    let copied = |bed: &Bed| match bed.drill.copied() {
        Some(crate::tui::drill::Copied::Text(_, text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(copied(&bed).ends_with("tmp/many.txt"));
    bed.keys("vjj");
    assert!(bed.status().contains("y: copy"), "{}", bed.screen());
    assert_eq!(
        (bed.drill.count_chosen(), copied(&bed).as_str()),
        (3, "line 0\nline 1\nline 2\n")
    );
    // Further than the screen goes, and back.
    bed.keys("G");
    assert_eq!((bed.drill.count_chosen(), copied(&bed)), (60, text));
    assert!(bed.screen().contains("line 59"), "{}", bed.screen());
    bed.keys("gg");
    assert_eq!(copied(&bed), "line 0\n");
    // Then the keys move in the tree again.
    bed.keys("⎋k");
    assert!(
        !bed.drill.is_choosing() && !bed.status().contains("many"),
        "{}",
        bed.screen()
    );
}
