//! Runs in one file: whole or not at all, and never anything outside.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use gkfs_runner::record::Record;
use gkfs_runner::record::capsule::{CapsuleError, MARK, original, pack, unpack};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

/// A copy of the golden run, with a link inside, one that leads out, and a socket.
fn golden(dir: &Path) -> Record {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/20261122T031547Z-1a2b");
    let to = dir.join("run");
    copy(&from, &to);
    let logs = to.join("tests/io/fails/attempt-1");
    symlink("stdout.log", logs.join("inside")).expect("a link");
    symlink("/etc/passwd", logs.join("outside")).expect("a link");
    std::os::unix::net::UnixListener::bind(logs.join("socket")).expect("a socket");
    Record::open(&to).expect("a record")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("a copy");
        }
    }
}

/// Everything below a directory: contents of files, targets of links.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut queue = vec![dir.to_owned()];
    while let Some(next) = queue.pop() {
        for entry in fs::read_dir(next).expect("a directory").flatten() {
            let path = entry.path();
            let meta = fs::symlink_metadata(&path).expect("it is there");
            let below = path.strip_prefix(dir).expect("below").to_owned();
            if meta.is_symlink() {
                let target = fs::read_link(&path).expect("a link");
                all.insert(below, target.into_os_string().into_encoded_bytes());
            } else if meta.is_dir() {
                queue.push(path);
            } else if meta.is_file() {
                all.insert(below, fs::read(&path).expect("a file"));
            }
        }
    }
    all
}

#[test]
fn what_is_packed_comes_out_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = golden(dir.path());
    let file = dir.path().join("run.capsule");
    let packed = pack(&record, false, &file).expect("a capsule");
    assert_eq!(packed.left_out, [Path::new("tests/io/fails/attempt-1/socket")]);
    let there = dir.path().join("elsewhere/opened");
    let unpacked = unpack(&file, &there).expect("it opens");
    assert_eq!(unpacked.links_left_out, 1);
    let mut expected = tree(&record.dir);
    expected.remove(Path::new("tests/io/fails/attempt-1/outside"));
    let mut found = tree(&there);
    found.remove(Path::new(MARK)).expect("the mark");
    assert_eq!(found, expected);
    // What a file was called there is known here.
    let log = "tests/io/fails/attempt-1/stdout.log";
    let root = record.dir.canonicalize().expect("a path");
    assert_eq!(original(&there.join(log)), Some(root.join(log)));
    assert_eq!(original(&root.join(log)), None);
    // Packed once more it is the same run of the same place.
    let again = dir.path().join("again.capsule");
    pack(&Record::open(&there).expect("a record"), false, &again).expect("a capsule");
    let third = dir.path().join("third");
    assert_eq!(unpack(&again, &third).expect("it opens").mark, unpacked.mark);
}

#[test]
fn of_failures_alone_only_their_directories_are_packed() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = golden(dir.path());
    let file = dir.path().join("run.capsule");
    pack(&record, true, &file).expect("a capsule");
    let there = dir.path().join("opened");
    unpack(&file, &there).expect("it opens");
    assert!(there.join("tests/io/fails/attempt-1/stderr.log").is_file());
    assert!(there.join("tests/io/flaky/attempt-1").is_dir());
    assert!(!there.join("tests/io/passes/attempt-1").exists());
    let (here, there) = (
        record.tests().expect("tests"),
        Record::open(&there).expect("a record"),
    );
    assert_eq!(here, there.tests().expect("tests"));
}

#[test]
fn one_cut_short_is_refused_wherever_it_ends() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("run.capsule");
    pack(&golden(dir.path()), false, &file).expect("a capsule");
    let whole = fs::read(&file).expect("its bytes");
    let (cut, there) = (dir.path().join("cut"), dir.path().join("opened"));
    for length in (1..whole.len())
        .step_by(whole.len() / 40)
        .chain([whole.len() - 1])
    {
        fs::write(&cut, &whole[..length]).expect("a file");
        let error = unpack(&cut, &there).expect_err("it is cut short");
        let text = error.to_string();
        assert!(
            text.contains("is cut short or damaged") || text.contains("is no capsule"),
            "{length}: {text}"
        );
        assert!(!there.exists(), "{length}");
    }
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x55;
    fs::write(&cut, damaged).expect("a file");
    assert!(unpack(&cut, &there).is_err() && !there.exists());
    // And nothing unfinished is left beside it.
    let names: Vec<_> = fs::read_dir(dir.path())
        .expect("a directory")
        .flatten()
        .map(|it| it.file_name())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// A capsule by somebody who means no good.
struct Hostile {
    dir: TempDir,
    archive: Builder<Vec<u8>>,
}

impl Hostile {
    fn new(version: u32) -> Self {
        let mut hostile = Self::without_mark();
        let mark = format!(r#"{{"v":{version},"run":"r","dir":"/there","failed":false}}"#);
        hostile.add(MARK.as_bytes(), EntryType::Regular, mark.as_bytes(), b"");
        hostile
    }

    fn without_mark() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a directory"),
            archive: Builder::new(Vec::new()),
        }
    }

    /// Writes the header by hand: the archive's own methods refuse such names.
    fn add(&mut self, name: &[u8], kind: EntryType, content: &[u8], link: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o777);
        header.set_cksum();
        self.archive.append(&header, content).expect("an entry");
    }

    /// What is said about it. Nothing but the capsule itself is there afterwards.
    fn refused(self) -> String {
        let Self { dir, archive } = self;
        let file = dir.path().join("hostile");
        let mut packed = zstd::Encoder::new(fs::File::create(&file).expect("a file"), 1).expect("an encoder");
        packed
            .write_all(&archive.into_inner().expect("an archive"))
            .expect("it is written");
        packed.finish().expect("it is written");
        let error = unpack(&file, &dir.path().join("in/opened")).expect_err("it is refused");
        let names: Vec<_> = tree(dir.path()).into_keys().collect();
        assert_eq!(names, [PathBuf::from("hostile")]);
        error.to_string()
    }
}

#[test]
fn nothing_is_written_outside() {
    for (name, kind, part) in [
        (&b"../evil"[..], EntryType::Regular, "goes up by `..`"),
        (b"tests/../../evil", EntryType::Regular, "goes up by `..`"),
        (b"/tmp/evil-capsule", EntryType::Regular, "is absolute"),
        (b"tests/../..", EntryType::Directory, "goes up by `..`"),
        (
            b"tests/pipe",
            EntryType::Fifo,
            "is neither file nor directory nor link",
        ),
        (
            b"tests/disk",
            EntryType::Block,
            "is neither file nor directory nor link",
        ),
        (b"tests/hard", EntryType::Link, "is a hard link"),
        (MARK.as_bytes(), EntryType::Regular, "is not one of a capsule's"),
    ] {
        let mut hostile = Hostile::new(1);
        hostile.add(name, kind, b"", b"/etc/passwd");
        let text = hostile.refused();
        assert!(
            text.contains(part) && text.contains("nothing was written"),
            "{part}: {text}"
        );
    }
    assert!(!Path::new("/tmp/evil-capsule").exists());
}

#[test]
fn no_file_is_written_through_a_link() {
    let outside = tempfile::tempdir().expect("a directory");
    let target = outside.path().to_str().expect("utf-8").as_bytes();
    let mut hostile = Hostile::new(1);
    hostile.add(b"tests/way", EntryType::Symlink, b"", target);
    hostile.add(b"tests/way/evil", EntryType::Regular, b"x", b"");
    hostile.add(b"tests/up", EntryType::Symlink, b"", b"../..");
    let file = hostile.dir.path().join("hostile");
    let mut packed = zstd::Encoder::new(fs::File::create(&file).expect("a file"), 1).expect("an encoder");
    packed
        .write_all(&hostile.archive.into_inner().expect("an archive"))
        .expect("it is written");
    packed.finish().expect("it is written");
    let there = hostile.dir.path().join("opened");
    let unpacked = unpack(&file, &there).expect("it opens, without the links");
    assert_eq!(unpacked.links_left_out, 2);
    assert!(there.join("tests/way/evil").is_file() && !there.join("tests/way").is_symlink());
    assert_eq!(fs::read_dir(outside.path()).expect("a directory").count(), 0);
}

#[test]
fn what_is_no_capsule_or_a_later_one_is_named() {
    let text = Hostile::new(2).refused();
    assert!(
        text.contains("is a capsule of version 2, this gkfs-bench reads version 1: update it"),
        "{text}"
    );
    let mut other = Hostile::without_mark();
    other.add(b"README", EntryType::Regular, b"hello", b"");
    assert!(
        other
            .refused()
            .contains("it does not begin with gkfs-bench-capsule.json")
    );
    let dir = tempfile::tempdir().expect("a directory");
    for content in [
        &b""[..],
        b"just text, and quite a lot of it",
        &[0x28, 0xb5, 0x2f, 0xfd, 0],
    ] {
        let file = dir.path().join("text");
        fs::write(&file, content).expect("a file");
        let error = unpack(&file, &dir.path().join("opened")).expect_err("it is refused");
        assert!(
            matches!(
                error,
                CapsuleError::CutShort { .. } | CapsuleError::Foreign { .. }
            ),
            "{error}"
        );
    }
    let error = unpack(&dir.path().join("missing"), &dir.path().join("opened")).expect_err("it is not there");
    assert!(error.to_string().starts_with("cannot open "), "{error}");
}
