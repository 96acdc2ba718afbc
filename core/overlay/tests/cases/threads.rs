//! Many threads with a view each; threads and processes that outlive one.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use gkfs_overlay::{PopError, push, run};

use crate::bed::{Bed, view};
use crate::sys::Anywhere;

#[test]
fn eight_threads_see_nothing_of_each_other() {
    let bed = Bed::new();
    drop(view!());
    let together = Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8 {
            let (bed, together) = (&bed, &together);
            scope.spawn(move || {
                for round in 0..10 {
                    // Nothing is asserted between the meetings: a thread that panics would let the others wait.
                    let view = push();
                    together.wait();
                    let text = format!("{number} {round}");
                    let written = fs::write(bed.at("file"), &text)
                        .and_then(|()| fs::write(bed.at(&format!("of-{number}")), ""))
                        .and_then(|()| fs::remove_file(bed.at("dir/x")));
                    together.wait();
                    let read = fs::read_to_string(bed.at("file"));
                    let changes = view.as_ref().map(|view| view.changes());
                    together.wait();
                    written.unwrap();
                    assert_eq!(read.unwrap(), text);
                    let changes = changes
                        .unwrap()
                        .unwrap()
                        .only(|path| path.starts_with(bed.path()));
                    let texts = changes.to_strings();
                    let names: Vec<_> = texts.iter().map(|it| it.rsplit('/').next().unwrap()).collect();
                    assert_eq!(names, ["x", "file", &format!("of-{number}")]);
                    view.unwrap().pop().unwrap();
                    assert_eq!(fs::read_to_string(bed.at("file")).unwrap(), "one\n");
                }
            });
        }
    });
}

#[test]
fn a_thread_spawned_inside_is_inside_and_may_outlive_the_view() {
    let bed = Bed::new();
    let view = view!();
    let (go, gone) = mpsc::channel::<()>();
    let (written, seen) = mpsc::channel::<()>();
    let path = bed.at("of-the-thread");
    let thread = thread::spawn(move || {
        fs::write(&path, "1").unwrap();
        written.send(()).unwrap();
        gone.recv().unwrap();
        fs::write(&path, "2").unwrap();
        path.exists()
    });
    seen.recv().unwrap();
    assert_eq!(bed.changes(&view), ["add:/of-the-thread"]);
    view.pop().unwrap();
    assert!(!bed.at("of-the-thread").exists());
    go.send(()).unwrap();
    assert!(thread.join().unwrap(), "it stays in the view");
    assert!(!bed.at("of-the-thread").exists(), "and its writes do, too");
}

#[test]
fn a_child_that_outlives_the_view_stays_in_it() {
    let bed = Bed::new();
    let view = view!();
    let mut child = Command::new("sh")
        .args(["-c", "echo in; read go; echo late > late; echo done; read go"])
        .current_dir(bed.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "in");
    fs::write(bed.at("file"), "two\n").unwrap();
    let asked = view.changes().unwrap();
    let vaporized = view.pop().unwrap();
    // Its mounts are all still there, one upon the other: each is read without what lies on it.
    assert_eq!(vaporized.changes().unwrap(), asked);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"go\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "done");
    assert!(!bed.at("late").exists());
    let later = vaporized.changes().unwrap();
    assert!(
        later.of(bed.at("late")).is_some(),
        "what it did there later is told"
    );
    drop(input);
    child.wait().unwrap();
}

#[test]
fn a_thread_that_ends_without_a_pop_leaves_nothing() {
    let bed = Bed::new();
    drop(view!());
    thread::scope(|scope| {
        scope.spawn(|| {
            std::mem::forget(push().unwrap());
            fs::write(bed.at("new"), "").unwrap();
        });
    });
    assert!(!bed.at("new").exists());
}

#[test]
fn a_panic_leaves_the_view() {
    let bed = Bed::new();
    drop(view!());
    let caught = std::panic::catch_unwind(|| {
        let _outer = push().unwrap();
        let _inner = push().unwrap();
        fs::write(bed.at("new"), "").unwrap();
        panic!("on purpose");
    });
    assert!(caught.is_err());
    assert!(!bed.at("new").exists());
    assert_eq!(gkfs_overlay::depth(), 0);
    let passed_on = std::panic::catch_unwind(|| run(|_| panic!("on purpose")));
    assert!(passed_on.is_err());
}

#[test]
fn threads_and_descriptors_from_before_are_named() {
    let bed = Bed::new();
    let mut before = OpenOptions::new().append(true).open(bed.at("file")).unwrap();
    // The clock that stamps files goes in steps; a file written in the step of the push counts as written after.
    let step = Duration::from_millis(20);
    let written = fs::metadata(bed.at("file")).unwrap().modified().unwrap();
    while SystemTime::now() < written + step {
        thread::yield_now();
    }
    let (stop, stopped) = mpsc::channel::<()>();
    let outside = thread::spawn(move || stopped.recv());
    let view = view!();
    assert!(!view.threads_outside().unwrap().is_empty());
    let leak = || {
        let leaks = view.leaks().unwrap();
        leaks.into_iter().find(|leak| leak.path == bed.at("file"))
    };
    assert!(!leak().expect("it is named").written);
    before.write_all(b"real\n").unwrap();
    assert!(leak().expect("it is named").written);
    let inside = OpenOptions::new().append(true).open(bed.at("empty")).unwrap();
    let leaks = view.leaks().unwrap();
    assert!(
        !leaks.iter().any(|leak| leak.path == bed.at("empty")),
        "{leaks:?}"
    );
    drop((view, inside));
    stop.send(()).unwrap();
    outside.join().unwrap().unwrap();
}

#[test]
fn a_view_inside_a_thread_of_a_view() {
    let bed = Bed::new();
    let view = view!();
    fs::write(bed.at("outer"), "").unwrap();
    let inner = thread::scope(|scope| {
        let spawned = scope.spawn(|| {
            let inner = push()?;
            fs::write(bed.at("inner"), "").unwrap();
            let changes = bed.changes(&inner);
            Ok::<_, gkfs_overlay::PushError>(changes)
        });
        spawned.join().unwrap()
    });
    match inner {
        Ok(changes) => assert_eq!(changes, ["add:/inner"]),
        Err(error) => assert!(error.is_unsupported(), "{error}"),
    }
    assert_eq!(bed.changes(&view), ["add:/outer"]);
}

/// No safe code can send a view away; where another thread has it all the same, it is told whose it is.
#[test]
fn a_view_cannot_be_popped_by_another_thread() {
    let bed = Bed::new();
    let view = view!();
    fs::write(bed.at("new"), "").unwrap();
    let view = Anywhere(view);
    // It is inside, too, as it is spawned inside, but the way back is this one's.
    let popped = thread::scope(|scope| {
        let other = scope.spawn(move || {
            let Anywhere(view) = { view };
            let caller = rustix::thread::gettid().as_raw_nonzero().get();
            (view.pop().map(drop), caller)
        });
        other.join().unwrap()
    });
    let (Err(PopError::WrongThread { owner, caller }), itself) = popped else {
        panic!("{popped:?}");
    };
    assert_eq!(
        (owner, caller),
        (rustix::thread::gettid().as_raw_nonzero().get(), itself)
    );
    let error = PopError::WrongThread { owner, caller };
    let text = error.to_string();
    assert_eq!(
        text,
        format!("the view belongs to thread {owner}, not to {caller}")
    );
    assert!(bed.at("new").exists(), "this one is still in it");
    assert_eq!(gkfs_overlay::depth(), 1);
}
