//! `gkfs-bench fuse` from outside.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::bed::Bed;

/// Runs `fuse trace` in the bed; none if this machine has no FUSE mounts, which is said.
fn trace(bed: &Bed, words: &[&str]) -> Option<Output> {
    let output = bed
        .command(&[&["fuse", "trace"], words].concat())
        .output()
        .expect("the command starts");
    let said = err(&output);
    if ["/dev/fuse", "user namespace", "this kernel is older"]
        .iter()
        .any(|why| said.contains(why))
    {
        println!("SKIP fuse: {said}");
        return None;
    }
    Some(output)
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

macro_rules! trace {
    ($bed:expr, $($word:expr),+ $(,)?) => {
        match trace($bed, &[$($word),+]) {
            Some(output) => output,
            None => return,
        }
    };
}

#[test]
fn a_conversation_is_printed_and_the_commands_output_is_its_own() {
    let bed = Bed::new();
    let script = "echo contents > {mnt}/file; cat $MNT/file; ls {mnt}/none 2>/dev/null";
    let done = trace!(&bed, "--", "sh", "-c", script);
    assert_eq!(out(&done), "contents\n");
    assert_eq!(done.status.code(), Some(2), "of ls: {}", err(&done));
    let said = err(&done);
    let line = |parts: &[&str]| {
        said.lines()
            .any(|line| parts.iter().all(|part| line.contains(part)))
    };
    assert!(line(&["→ INIT"]) && line(&["← INIT", "7."]), "{said}");
    assert!(
        line(&["→ CREATE", "name=file"]) && line(&["→ WRITE", "contents\\n"]),
        "{said}"
    );
    assert!(
        line(&["→ LOOKUP", "name=none"]) && line(&["← LOOKUP", "ENOENT <0.0"]),
        "{said}"
    );
}

#[test]
fn a_directory_is_served_and_lines_are_chosen() {
    let bed = Bed::new();
    bed.write("real/file", "there");
    let script = "cat {mnt}/file; echo new > {mnt}/made";
    let done = trace!(
        &bed,
        "--dir", "real", "-e", "open,%data", "-o", "log", "--", "sh", "-c", script
    );
    assert_eq!((out(&done).as_str(), err(&done).as_str()), ("there", ""));
    let log = fs::read_to_string(bed.cwd().join("log")).unwrap();
    let words: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split(['→', '←']).nth(1))
        .collect();
    assert!(!words.is_empty());
    let chosen = ["OPEN", "READ", "WRITE", "LSEEK"];
    assert!(
        words
            .iter()
            .all(|word| chosen.iter().any(|name| word.trim_start().starts_with(name))),
        "{log}"
    );
    assert_eq!(fs::read_to_string(bed.cwd().join("real/made")).unwrap(), "new\n");
}

#[test]
fn the_exit_status_is_the_commands() {
    let bed = Bed::new();
    bed.write("plain", "no program");
    for (words, expected) in [
        (&["-c", "--", "sh", "-c", "exit 7"][..], 7),
        (&["-c", "--", "sh", "-c", "kill -TERM $$"], 128 + 15),
        (&["--", "/not/there"], 127),
        (&["--", "./plain"], 126),
        (&["--no-such-option", "--", "true"], 125),
        (&["--dir", "/not/there", "--", "true"], 125),
        (&["-e", "lokup", "--", "true"], 125),
        (&["--fault", "READ:EWHAT", "--", "true"], 125),
        (&["--server", "exit 3", "--", "true"], 125),
        (&[], 125),
    ] {
        let Some(done) = trace(&bed, words) else { return };
        assert_eq!(done.status.code(), Some(expected), "{words:?}: {}", err(&done));
    }
}

#[test]
fn json_faults_and_a_table() {
    let bed = Bed::new();
    let script = "echo 1 > {mnt}/a || true; mkdir {mnt}/d; mkdir {mnt}/e || true";
    let words = [
        "--fault",
        "MKDIR:ENOSPC:every=2",
        "--format",
        "json",
        "-C",
        "-x=64",
        "--",
        "sh",
        "-c",
        script,
    ];
    let Some(done) = trace(&bed, &words) else { return };
    let lines: Vec<Value> = err(&done)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let failed = |line: &&Value| line["opcode"] == "MKDIR" && line["body"]["errno"] == "ENOSPC";
    assert_eq!(lines.iter().filter(failed).count(), 1, "{}", err(&done));
    let asked = lines
        .iter()
        .find(|line| line["dir"] == "request" && line["opcode"] == "MKDIR")
        .unwrap();
    assert_eq!(asked["body"]["name"], "d");
    assert!(asked["hex"].as_str().unwrap().len() <= 128 && asked["caller"]["pid"].as_u64() > Some(0));
    let table = lines.last().unwrap()["summary"].as_array().unwrap();
    let mkdir = table.iter().find(|row| row["opcode"] == "MKDIR").unwrap();
    assert_eq!(
        (mkdir["calls"].as_u64(), mkdir["errors"].as_u64()),
        (Some(2), Some(1))
    );
    let done = trace!(&bed, "-c", "--", "sh", "-c", "ls {mnt}");
    assert!(
        err(&done).starts_with("% time     seconds") && err(&done).contains(" total\n"),
        "{}",
        err(&done)
    );
}

#[test]
fn what_was_saved_is_shown_and_compared() {
    let bed = Bed::new();
    let run = |file: &str, script: &str| trace(&bed, &["-c", "--save", file, "--", "sh", "-c", script]);
    let Some(_) = run("one", "mkdir {mnt}/d") else {
        return;
    };
    let Some(_) = run("two", "mkdir {mnt}/d; rmdir {mnt}/d") else {
        return;
    };
    let fuse = |words: &[&str]| {
        let done = bed
            .command(&[&["fuse"], words].concat())
            .output()
            .expect("it starts");
        (done.status.code(), out(&done), err(&done))
    };
    let (code, shown, _) = fuse(&["show", "-e", "mkdir", "-x", "one"]);
    assert_eq!(code, Some(0));
    assert!(shown.contains("→ MKDIR") && shown.contains("000000  "), "{shown}");
    assert_eq!(fuse(&["diff", "one", "one"]).0, Some(0));
    let (code, differs, _) = fuse(&["diff", "one", "two"]);
    assert!(code == Some(1) && differs.contains("+ → RMDIR"), "{differs}");
    bed.write("damaged", "{\"fusetrace\":1}\n");
    let (code, _, said) = fuse(&["show", "damaged"]);
    assert!(code == Some(4) && said.contains("damaged:1"), "{said}");
}

/// Who traces may be killed: what was said until then is in the file.
#[test]
fn a_file_is_there_whatever_happens_to_the_tracer() {
    let bed = Bed::new();
    let words = [
        "fuse",
        "trace",
        "-c",
        "--save",
        "talk",
        "--",
        "sh",
        "-c",
        // What passes is told a moment after it has.
        "mkdir {mnt}/d; for i in $(seq 9999); do grep -q MKDIR talk && break; done; kill -9 $PPID",
    ];
    let done = bed.command(&words).output().expect("it starts");
    if done.status.code().is_some() {
        return println!("SKIP fuse: {}", err(&done));
    }
    let shown = bed
        .command(&["fuse", "show", "talk"])
        .output()
        .expect("it starts");
    assert!(out(&shown).contains("→ MKDIR"), "{}", out(&shown));
    let said = err(&shown);
    assert!(
        said.starts_with("note: talk:") && said.contains(": cut off, as by a kill"),
        "{said}"
    );
    assert_eq!(
        (said.lines().count(), shown.status.code()),
        (1, Some(0)),
        "{said}"
    );
}

#[test]
fn what_cannot_be_saved_is_said_before_anything_is_run() {
    let bed = Bed::new();
    let done = trace!(&bed, "--save", "no/such/file", "--", "touch", "run");
    assert_eq!(done.status.code(), Some(125));
    assert!(
        err(&done).contains("cannot write the transcript no/such/file"),
        "{}",
        err(&done)
    );
    assert!(!bed.cwd().join("run").exists());
}

#[test]
fn a_record_is_a_run_like_any_other() {
    let bed = Bed::new();
    let _ = trace!(&bed, "-c", "--record", "--", "sh", "-c", "mkdir {mnt}/d; exit 5");
    let shown = bed.command(&["show", "fuse::trace"]).output().expect("it starts");
    let text = out(&shown);
    assert!(text.contains("exit status 5"), "{text}{}", err(&shown));
    let dir = bed.cwd().join(".gkfs-bench/runs/last/tests/fuse/trace/attempt-1");
    let steps = fs::read_to_string(dir.join("steps.jsonl")).unwrap();
    assert!(
        steps.contains("\"kind\":\"fuse\"") && steps.contains("MKDIR"),
        "{steps}"
    );
}

/// What is put before each test process may be another kernel: here something that stands for one.
#[test]
fn the_tests_of_a_group_run_under_its_wrapper() {
    let bed = Bed::new();
    bed.write(
        "group/inside.sh",
        "#!/bin/sh\ntest \"$KERNEL\" = other && echo under $KERNEL\n",
    );
    let kernel = bed.write("kernel", "#!/bin/sh\nexport KERNEL=other\nexec \"$@\"\n");
    let suite = format!(
        "version = 1\ndefaults = {{ stack = \"plain\" }}\n[[group]]\nname = \"group\"\nsource = \"script\"\n\
         path = \"group\"\nwrapper = [\"sh\", {:?}]\n",
        kernel
    );
    bed.write("gkfs-bench.toml", &suite);
    let done = bed.command(&["run", "-s"]).output().expect("it starts");
    assert!(out(&done).contains("under other"), "{}{}", out(&done), err(&done));
    assert_eq!(done.status.code(), Some(0));
}
