//! Conversations that are written down while they come about.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gkfs_fuse::abi::{InitIn, flags};
use gkfs_fuse::{Body, FakeFuse, Name, Protocol, Request, Transcript, TranscriptError, TranscriptWriter};

fn ask(fake: &FakeFuse, unique: u64, body: Body) {
    let request = Request::new(unique, 1, body, &Protocol::default());
    fake.call(&request).expect("an answer");
}

fn init() -> Body {
    let args = InitIn {
        major: 7,
        minor: 40,
        flags: flags::init::ASYNC_READ as u32,
        ..InitIn::default()
    };
    Body::Init { args }
}

/// A handshake and a few names, as the server kept it, and as it was written at the same time.
fn written(path: &Path) -> Transcript {
    let writer = Arc::new(Mutex::new(TranscriptWriter::create(path).expect("a file")));
    let writes = writer.clone();
    let fake = FakeFuse::builder()
        .observer(move |event| writes.lock().unwrap().take(event))
        .start_without_kernel()
        .expect("threads");
    ask(&fake, 1, init());
    for unique in 2..5 {
        let name = Name::new(format!("nobody\u{2192}{unique}"));
        ask(&fake, unique, Body::Lookup { name });
    }
    let kept = fake.transcript();
    fake.stop();
    let writer = Arc::into_inner(writer).expect("the observer has ended");
    writer.into_inner().unwrap().finish().expect("written");
    kept
}

fn file(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("a.fusetrace")
}

#[test]
fn what_is_written_meanwhile_is_what_is_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let kept = written(&file(&dir));
    let read = Transcript::load(file(&dir)).expect("a transcript");
    assert_eq!((read.minor, read.kernel_minor, read.flags), (40, 40, kept.flags));
    assert_eq!(kept.flags, flags::init::ASYNC_READ);
    // The end of the connection came after the other was asked for.
    let (last, lines) = read.lines.split_last().expect("lines");
    assert_eq!(last.dir, "closed");
    assert_eq!(lines.len(), 8);
    for (read, kept) in lines.iter().zip(&kept.lines) {
        assert_eq!((&read.text, &read.bytes), (&kept.text, &kept.bytes));
    }
    assert_eq!(read.diff(&kept), []);
}

/// Cut off at any byte it is good up to there, and says so once; only without a first line it is no transcript.
#[test]
fn a_cut_file_is_read_up_to_the_cut() {
    let dir = tempfile::tempdir().expect("a directory");
    written(&file(&dir));
    let whole = fs::read(file(&dir)).expect("a transcript");
    let all = Transcript::load(file(&dir)).expect("a transcript").lines;
    let head = whole.iter().position(|byte| *byte == b'\n').expect("a line");
    for cut in 0..whole.len() {
        fs::write(file(&dir), &whole[..cut]).expect("a cut file");
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        match Transcript::load_what_is_there(file(&dir)) {
            Ok((read, Some(TranscriptError::Cut { whole, .. }))) => {
                assert!(cut >= head, "{cut}");
                assert_eq!((whole, read.lines.len()), (lines.saturating_sub(1), whole));
                assert_eq!(read.lines, all[..whole]);
            }
            Err(TranscriptError::Damaged { line: 1, .. }) => assert!(cut < head, "{cut}"),
            other => panic!("{cut}: {other:?}"),
        }
        // Nobody is answered from half of a conversation.
        assert!(FakeFuse::replay(file(&dir)).is_err(), "{cut}");
    }
    let said = Transcript::load(file(&dir)).unwrap_err().to_string();
    assert!(
        said.contains("a.fusetrace:10: cut off") && said.contains("the 8 messages before"),
        "{said}"
    );
}

#[test]
fn a_file_that_takes_no_more_is_told_of_at_the_end() {
    let Ok(mut writer) = TranscriptWriter::create("/dev/full") else {
        return println!("SKIP: no /dev/full here");
    };
    let events = Arc::new(Mutex::new(Vec::new()));
    let hears = events.clone();
    let fake = FakeFuse::builder()
        .observer(move |event| hears.lock().unwrap().push(event.clone()))
        .start_without_kernel()
        .expect("threads");
    ask(&fake, 1, init());
    fake.stop();
    events.lock().unwrap().iter().for_each(|event| writer.take(event));
    let said = writer.finish().unwrap_err().to_string();
    assert!(
        said.contains("cannot write the transcript /dev/full: No space left"),
        "{said}"
    );
    assert!(TranscriptWriter::create("/no/such/place").is_err());
}
