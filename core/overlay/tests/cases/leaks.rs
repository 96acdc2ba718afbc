//! What slips past fso's replaced functions stays in the view here, and what fso gets wrong is right.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::bed::{Bed, fingerprint, mode, view};

/// Runs what is to be tried in a view; nothing of it may be seen below.
fn changes_of(act: impl FnOnce(&Path)) -> Option<Vec<String>> {
    let bed = Bed::new();
    let before = fingerprint(bed.path());
    let view = match gkfs_overlay::push() {
        Ok(view) => view,
        Err(error) if error.is_unsupported() => {
            eprintln!("SKIP leaks: {error}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    act(bed.path());
    let changes = bed.changes(&view);
    drop(view);
    assert_eq!(fingerprint(bed.path()), before, "nothing reached the tree below");
    Some(changes)
}

macro_rules! stays {
    ($($name:ident: $act:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            if let Some(changes) = changes_of($act) {
                let expected: &[&str] = &$expected;
                assert_eq!(changes, expected);
            }
        }
    )*};
}

stays! {
    rename: |d| fs::rename(d.join("file"), d.join("moved")).unwrap() => ["del:/file", "add:/moved"];
    rename_over: |d| fs::rename(d.join("file"), d.join("empty")).unwrap() => ["mod:/empty", "del:/file"];
    chmod: |d| {
        fs::set_permissions(d.join("file"), Permissions::from_mode(0o600)).unwrap();
        assert_eq!(mode(&d.join("file")), 0o600);
    } => ["mod:/file"];
    link: |d| fs::hard_link(d.join("file"), d.join("second")).unwrap() => ["mod:/file", "add:/second"];
    utime: |d| {
        let file = OpenOptions::new().append(true).open(d.join("file")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
    } => ["mod:/file"];
    fifo: |d| {
        assert!(Command::new("mkfifo").arg(d.join("pipe")).status().unwrap().success());
        let reader = OpenOptions::new().read(true).custom_flags(0o4000).open(d.join("pipe")).unwrap();
        let mut writer = OpenOptions::new().write(true).open(d.join("pipe")).unwrap();
        writer.write_all(b"through").unwrap();
        drop(writer);
        let mut text = String::new();
        (&reader).read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
    } => ["add:/pipe"];
    socket: |d| {
        let listener = UnixListener::bind(d.join("socket")).unwrap();
        let mut client = UnixStream::connect(d.join("socket")).unwrap();
        client.write_all(b"hello").unwrap();
        drop(client);
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    } => ["add:/socket"];
    subprocess: |d| {
        let script = "echo two > file; rm dir/x; mkdir made; ln -s a made/b; mv bare made/bare2";
        let status = Command::new("sh").arg("-c").arg(script).current_dir(d).status().unwrap();
        assert!(status.success());
        assert_eq!(fs::read_to_string(d.join("file")).unwrap(), "two\n", "its changes are seen here");
    } => ["del:/bare", "del:/dir/x", "mod:/file", "add:/made", "add:/made/b", "add:/made/bare2"];
    read_and_write_at_once: |d| {
        let mut file = OpenOptions::new().read(true).write(true).open(d.join("file")).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\n", "nothing was truncated");
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(b"O").unwrap();
        assert_eq!(fs::read_to_string(d.join("file")).unwrap(), "One\n");
    } => ["mod:/file"];
    append_keeps_what_was_there: |d| {
        let mut file = OpenOptions::new().append(true).open(d.join("file")).unwrap();
        file.write_all(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(d.join("file")).unwrap(), "one\ntwo\n");
    } => ["mod:/file"];
    exclusive_creation_is_exclusive: |d| {
        let error = OpenOptions::new().write(true).create_new(true).open(d.join("file")).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    } => [];
    unlinking_a_directory_fails: |d| { fs::remove_file(d.join("bare")).unwrap_err(); } => [];
    mkdir_below_a_file_fails: |d| { fs::create_dir(d.join("file/new")).unwrap_err(); } => [];
    symlink_over_a_dead_link_fails: |d| { symlink("x", d.join("dead")).unwrap_err(); } => [];
    rmdir_by_way_of_a_link: |d| {
        fs::remove_file(d.join("way/sub/y")).unwrap();
        fs::remove_dir(d.join("way/sub")).unwrap();
    } => ["del:/dir/sub", "del:/dir/sub/y"];
    a_loop_of_links_is_an_error: |d| {
        symlink("a", d.join("b")).unwrap();
        symlink("b", d.join("a")).unwrap();
        fs::read(d.join("a")).unwrap_err();
    } => ["add:/a", "add:/b"];
    dots_are_resolved_after_links: |d| {
        symlink("dir/sub", d.join("far")).unwrap();
        fs::write(d.join("far/../new"), "").unwrap();
    } => ["add:/dir/new", "add:/far"];
    a_copied_tree_is_a_tree: |d| {
        assert!(Command::new("cp").arg("-r").arg(d.join("dir")).arg(d.join("copy")).status().unwrap().success());
        let listed: Vec<_> = fs::read_dir(d.join("copy")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(listed.len(), 2);
    } => ["add:/copy", "add:/copy/sub", "add:/copy/sub/y", "add:/copy/x"];
    temporary_files_and_locks: |d| {
        let mut file = tempfile::NamedTempFile::new_in(d).unwrap();
        file.write_all(b"x").unwrap();
        let unnamed = tempfile::tempfile_in(d).unwrap();
        unnamed.write_all_at(b"y", 0).unwrap();
        unnamed.try_lock().unwrap();
    } => [];
    permissions_are_enforced: |d| {
        fs::set_permissions(d.join("file"), Permissions::from_mode(0o000)).unwrap();
        let seen = Command::new("cat").arg(d.join("file")).output().unwrap();
        // Root may read all; a program that an ordinary user starts may not.
        assert_eq!(seen.status.success(), crate::bed::is_root());
    } => ["mod:/file"];
}

#[test]
fn devices_answer() {
    let view = view!();
    let mut zero = [1_u8; 4];
    File::open("/dev/zero").unwrap().read_exact(&mut zero).unwrap();
    assert_eq!(zero, [0; 4]);
    fs::write("/dev/null", "gone").unwrap();
    assert_eq!(fs::read("/dev/null").unwrap(), b"");
    drop(view);
}

#[test]
fn a_new_file_is_listed_in_the_root() {
    let view = view!();
    fs::write("/new-in-the-root", "").unwrap();
    let listed = fs::read_dir("/")
        .unwrap()
        .any(|entry| entry.unwrap().file_name() == "new-in-the-root");
    assert!(listed);
    assert!(view.changes().unwrap().of("/new-in-the-root").is_some());
    drop(view);
    assert!(!Path::new("/new-in-the-root").exists());
}

#[test]
fn one_can_work_in_a_directory_of_the_view() {
    let bed = Bed::new();
    let view = view!();
    fs::create_dir(bed.at("here")).unwrap();
    let status = Command::new("touch")
        .arg("relative")
        .current_dir(bed.at("here"))
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(bed.changes(&view), ["add:/here", "add:/here/relative"]);
}
