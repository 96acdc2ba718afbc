//! A run that is made in one checkout and looked at in another.

use gkfs_bench::Exit;

use crate::bed::Bed;
use crate::terminal::Session;

/// A bed with a run that has a failure, a flake and a test that passes, and a capsule of it.
fn packed(words: &[&str]) -> Bed {
    let bed = Bed::new();
    bed.script("s/fails.sh", "echo one; echo \"in $MNT\"; echo two >&2; exit 3");
    bed.script("s/flakes.sh", "echo here; test \"$GKFS_BENCH_ATTEMPT\" = 2");
    bed.script("s/passes.sh", "echo fine");
    let run = bed.process(&["run", "--stack", "plain", "--retries", "1"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.err);
    let outcome = bed.run(&[&["pack", "-o", "run.capsule"], words].concat());
    assert_eq!(outcome.exit, Exit::Passed, "{}", outcome.err);
    assert!(outcome.out.starts_with("run.capsule: run 20"), "{}", outcome.out);
    bed
}

/// Another checkout, with nothing but the capsule.
fn elsewhere(from: &Bed) -> Bed {
    let bed = Bed::new();
    std::fs::copy(from.cwd().join("run.capsule"), bed.cwd().join("run.capsule")).expect("a copy");
    bed
}

/// A text without what is different about its place: the directory that the run lies in, here or there.
fn placeless(beds: [&Bed; 2], text: &str) -> String {
    let runs =
        regex::Regex::new(r"\[BED\]/(work/\.gkfs-bench/runs|home/\.cache/gkfs-bench/capsules)/[^/\s]+")
            .expect("a pattern");
    let text = beds.iter().fold(text.to_owned(), |text, bed| {
        text.replace(&*bed.cwd().to_string_lossy(), "[BED]/work")
    });
    let below = regex::Regex::new(r"(?m)(^|\s)\.gkfs-bench/runs/[^/\s]+").expect("a pattern");
    let text = runs.replace_all(&text, "[RUN]").into_owned();
    below.replace_all(&text, "$1[RUN]").into_owned()
}

#[test]
fn every_verb_says_the_same_elsewhere() {
    let here = packed(&[]);
    let there = elsewhere(&here);
    for (words, file) in [
        (&["show", "fails"][..], "--run"),
        (&["show", "flakes"], "--run"),
        (&["logs", "fails"], "--run"),
        (&["diff", "flakes"], "--run"),
        (&["runs"], ""),
    ] {
        let expected = here.run(words);
        let mut all = words.to_vec();
        if !file.is_empty() {
            all.push(file);
        }
        all.push("run.capsule");
        let found = there.run(&all);
        assert_eq!(found.exit, expected.exit, "{words:?}: {}", found.err);
        assert_eq!(
            placeless([&there, &here], &found.out),
            placeless([&here, &there], &expected.out),
            "{words:?}"
        );
        assert!(!found.out.is_empty(), "{words:?}");
    }
}

/// The tabs of a test: the key of each, and what is on it once it is whole.
const TABS: [(&str, &str); 5] = [
    ("1", "in mnt"),
    ("2", "exit 3"),
    ("3", "tmp"),
    ("4", "two"),
    ("5", "durations"),
];

/// A session on a run, at the test that fails.
fn at_the_failure(bed: &Bed, words: &[&str]) -> Session {
    let mut session = Session::open(bed, words);
    session.wait("the tests", |screen| {
        screen.contains("fails") && screen.contains("passes")
    });
    session.press("/fails\r");
    session.wait("its lines", |screen| {
        screen.contains("in mnt") && screen.contains("/fails 1/3") && screen.contains("/ filter")
    });
    session
}

/// What the screen shows once it has shown that for a while.
fn settled(session: &mut Session, part: &str) -> String {
    const WHILE: usize = 15;
    let seen = std::cell::RefCell::new((String::new(), 0));
    session.wait(part, |text| {
        let (last, times) = &mut *seen.borrow_mut();
        *times = if last == text { *times + 1 } else { 0 };
        text.clone_into(last);
        *times >= WHILE && text.contains(part)
    });
    session.text()
}

#[test]
fn every_screen_shows_the_same_elsewhere() {
    let here = packed(&[]);
    let there = elsewhere(&here);
    let mut first = at_the_failure(&here, &["open"]);
    let mut second = at_the_failure(&there, &["open", "run.capsule"]);
    for (key, part) in TABS {
        first.press(key);
        let expected = settled(&mut first, part);
        second.press(key);
        second.wait(&format!("the same as on\n{expected}\n"), |text| text == expected);
    }
    for mut session in [first, second] {
        session.press("q");
        assert_eq!(session.end(), 0);
    }
}

#[test]
fn failures_alone_are_smaller_and_tell_of_them_all_the_same() {
    let here = packed(&["--failed"]);
    let there = elsewhere(&here);
    let logs = |bed: &Bed, words: &[&str]| bed.run(&[&["logs", "fails"], words].concat()).out;
    let beds = [&here, &there];
    assert_eq!(
        placeless(beds, &logs(&there, &["--run", "run.capsule"])),
        placeless(beds, &logs(&here, &[]))
    );
    let runs = there.run(&["runs", "run.capsule"]);
    assert!(runs.out.contains("1 failed, 1 flaky, 1 passed"), "{}", runs.out);
}

#[test]
fn what_cannot_be_packed_or_opened_is_named() {
    let bed = packed(&[]);
    let outcome = bed.run(&["pack", "-o", "no/where/run.capsule"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(
        outcome
            .err
            .starts_with("error: cannot write [BED]/work/no/where/run.capsule: "),
        "{}",
        outcome.err
    );
    let bytes = std::fs::read(bed.cwd().join("run.capsule")).expect("a capsule");
    std::fs::write(bed.cwd().join("half"), &bytes[..bytes.len() / 2]).expect("a file");
    bed.write("text", "no capsule at all");
    for (file, part) in [("half", "is cut short or damaged"), ("text", "text is ")] {
        let outcome = bed.run(&["show", "fails", "--run", file]);
        assert_eq!(outcome.exit, Exit::Usage);
        assert!(outcome.err.contains(part), "{}", outcome.err);
    }
    let outcome = bed.run(&["runs", "missing.capsule"]);
    assert_eq!(outcome.exit, Exit::Usage);
    assert!(outcome.err.contains("there is no capsule"), "{}", outcome.err);
}
