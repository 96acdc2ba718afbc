//! `gkfs-bench overlay` from outside, and groups whose tests run in a view.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::bed::Bed;
use crate::terminal::Session;

/// Runs `overlay` in the bed; none if this machine makes no overlays, which is said.
fn overlay(bed: &Bed, words: &[&str]) -> Option<Output> {
    let output = bed
        .command(&[&["overlay"], words].concat())
        .output()
        .expect("the command starts");
    if err(&output).contains("no permission to mount") {
        println!("SKIP overlay: {}", err(&output));
        return None;
    }
    Some(output)
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

macro_rules! overlay {
    ($bed:expr, $($word:expr),+ $(,)?) => {
        match overlay($bed, &[$($word),+]) {
            Some(output) => output,
            None => return,
        }
    };
}

#[test]
fn changes_are_printed_and_nothing_is_changed() {
    let bed = Bed::new();
    bed.write("file", "one\n");
    let script = "echo two >> file; mkdir made; echo x > made/x; rm -f /etc/passwd; echo out";
    let done = overlay!(&bed, "--", "sh", "-c", script);
    assert_eq!(code(&done), Some(0), "{}", err(&done));
    assert_eq!(done.stdout, b"out\n", "the command's own output is its own");
    let at = bed.cwd().display().to_string();
    let expected =
        format!("del:/etc/passwd\nmod:{at}/file (content, times)\nadd:{at}/made\nadd:{at}/made/x\n");
    assert_eq!(err(&done), expected);
    assert_eq!(fs::read_to_string(bed.cwd().join("file")).unwrap(), "one\n");
    assert!(Path::new("/etc/passwd").exists() && !bed.cwd().join("made").exists());
}

#[test]
fn the_exit_status_is_the_commands() {
    let bed = Bed::new();
    bed.write("plain", "no program");
    for (words, expected) in [
        (&["--", "sh", "-c", "exit 7"][..], 7),
        (&["--", "sh", "-c", "kill -TERM $$"], 128 + 15),
        (&["--", "/not/there"], 127),
        (&["--", "./plain"], 126),
        (&["--no-such-option", "--", "true"], 125),
        (&["--pass", "/not/there", "--", "true"], 125),
        (&["--expect", "not-there", "--", "true"], 125),
        (&[], 125),
    ] {
        let Some(done) = overlay(&bed, words) else { return };
        assert_eq!(code(&done), Some(expected), "{words:?}: {}", err(&done));
    }
}

#[test]
fn changes_go_to_a_file_as_json_or_with_a_diff() {
    let bed = Bed::new();
    bed.write("file", "one\n");
    let script = "echo two > file";
    let done = overlay!(
        &bed,
        "--format",
        "json",
        "--changes",
        "list.json",
        "--",
        "sh",
        "-c",
        script
    );
    assert_eq!((code(&done), err(&done).as_str()), (Some(0), ""));
    let text = fs::read_to_string(bed.cwd().join("list.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list[0]["change"], "mod");
    assert_eq!(list[0]["path"], bed.cwd().join("file").to_str().unwrap());
    assert_eq!(list[0]["what"], serde_json::json!(["content", "times"]));
    let done = overlay!(&bed, "--diff", "--", "sh", "-c", script);
    assert!(err(&done).contains("-one\n+two\n"), "{}", err(&done));
}

#[test]
fn a_list_is_kept_compared_and_blessed() {
    let bed = Bed::new();
    let words = |script| ["--ignore", "*.log", "--expect", "kept", "--", "sh", "-c", script];
    let script = "echo 1 > a; echo 2 > noise.log";
    let mut blessing = vec!["--bless"];
    blessing.extend(words(script));
    let Some(done) = overlay(&bed, &blessing) else {
        return;
    };
    assert_eq!(code(&done), Some(0), "{}", err(&done));
    let kept = fs::read_to_string(bed.cwd().join("kept")).unwrap();
    assert_eq!(kept, format!("add:{}/a\n", bed.cwd().display()));
    let done = overlay!(
        &bed, "--ignore", "*.log", "--expect", "kept", "--", "sh", "-c", script
    );
    assert_eq!(code(&done), Some(0), "{}", err(&done));
    let Some(done) = overlay(&bed, &words("echo 1 > b")) else {
        return;
    };
    assert_eq!(code(&done), Some(1));
    let at = bed.cwd().display();
    assert!(
        err(&done).contains(&format!("+add:{at}/b   (not expected)")),
        "{}",
        err(&done)
    );
    assert!(
        err(&done).contains(&format!("-add:{at}/a   (expected, did not happen)")),
        "{}",
        err(&done)
    );
    let Some(done) = overlay(&bed, &words("echo 1 > b; exit 9")) else {
        return;
    };
    assert_eq!(code(&done), Some(9), "the command's own failure comes first");
}

#[test]
fn what_passes_stays() {
    let bed = Bed::new();
    fs::create_dir(bed.cwd().join("real")).unwrap();
    let done = overlay!(
        &bed,
        "--pass",
        "real",
        "--",
        "sh",
        "-c",
        "echo 1 > real/kept; echo 2 > lost"
    );
    assert_eq!(err(&done), format!("add:{}/lost\n", bed.cwd().display()));
    assert!(bed.cwd().join("real/kept").exists() && !bed.cwd().join("lost").exists());
}

#[test]
fn commit_wants_somebody_to_ask() {
    let bed = Bed::new();
    let mut command = bed.command(&["overlay", "--commit", "--", "sh", "-c", "echo 1 > a"]);
    let done = command.stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(code(&done), Some(125));
    assert!(err(&done).contains("--commit asks"), "{}", err(&done));
    assert!(!bed.cwd().join("a").exists());
}

#[test]
fn commit_asks_and_does_what_was_said() {
    let bed = Bed::new();
    if overlay(&bed, &["--", "true"]).is_none() {
        return;
    }
    for (answer, script, is_made) in [
        ("n", "echo 1 > a", false),
        ("yes", "echo 1 > a", true),
        // Nobody is asked about what a command did that failed.
        ("", "echo 1 > b; exit 3", false),
    ] {
        let mut session = Session::open(&bed, &["overlay", "--commit", "--", "sh", "-c", script]);
        if !answer.is_empty() {
            session.wait("the question", |text| text.contains("make this change for real?"));
            session.press(&format!("{answer}\r"));
        }
        let code = session.end();
        assert_eq!(code, if answer.is_empty() { 3 } else { 0 }, "{}", session.text());
        let name = if answer.is_empty() { "b" } else { "a" };
        assert_eq!(
            bed.cwd().join(name).exists(),
            is_made,
            "{answer}: {}",
            session.text()
        );
    }
}

#[test]
fn a_command_that_leaves_something_running_is_told_of() {
    let bed = Bed::new();
    let script = "sleep 300 > /dev/null 2>&1 & echo $!";
    let done = overlay!(&bed, "--", "sh", "-c", script);
    let pid: i32 = String::from_utf8_lossy(&done.stdout)
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("not its number: {}", err(&done)));
    let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
    let is_there = rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok();
    let said = err(&done);
    // By its name it may still be the shell that it was forked from.
    let is_told = said.starts_with("note: still running in the view: ");
    assert!(
        is_there && is_told && said.contains(&format!("({})", pid.as_raw_nonzero())),
        "{said}"
    );
}

#[test]
fn a_list_that_cannot_be_written_is_refused_before_the_command_runs() {
    let bed = Bed::new();
    for words in [
        ["--changes", "not/there", "--", "touch", "ran"],
        ["--changes", ".", "--", "touch", "ran"],
    ] {
        let done = overlay!(
            &bed, words[0], words[1], "--pass", ".", words[2], words[3], words[4]
        );
        assert_eq!(code(&done), Some(125));
        assert!(
            err(&done).contains(&format!("cannot write {}", words[1])),
            "{}",
            err(&done)
        );
    }
    assert!(!bed.cwd().join("ran").exists());
}

#[test]
fn help_says_what_is_not_contained() {
    let bed = Bed::new();
    let done = bed.command(&["overlay", "--help"]).output().unwrap();
    assert_eq!(code(&done), Some(0));
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    for word in ["network", "running services", "/proc", "/sys", "125"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_group_can_run_in_views() {
    let bed = Bed::new();
    bed.write(
        "gkfs-bench.toml",
        "version = 1\n[[group]]\nname = \"apart\"\nsource = \"script\"\npath = \"apart\"\nisolate = \"overlay\"\n",
    );
    let outside = bed.cwd().join("outside");
    bed.script(
        "apart/writes.sh",
        &format!(
            "echo 1 > {}; echo 2 > \"$TMP/inside\"; test -e {}",
            outside.display(),
            outside.display()
        ),
    );
    bed.script("apart/fails.sh", "exit 3");
    let mut command = bed.command(&["run", "--stack", "embedded", "--format", "json"]);
    let done = command.output().unwrap();
    let result: serde_json::Value =
        serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", err(&done)));
    let status = |name: &str| {
        let tests = result["tests"].as_array().unwrap();
        let test = tests
            .iter()
            .find(|test| test["id"].as_str().unwrap().contains(name))
            .unwrap();
        test["status"].as_str().unwrap().to_owned()
    };
    if status("writes") == "skipped" {
        return println!("SKIP overlay: {result}");
    }
    assert_eq!(
        (status("writes").as_str(), status("fails").as_str()),
        ("passed", "failed"),
        "{result}"
    );
    assert!(
        !outside.exists(),
        "what a test writes outside of its workspace is kept off the machine"
    );
    let find = Command::new("find")
        .arg(bed.cwd().join(".gkfs-bench/runs"))
        .args([
            "-path",
            "*writes*",
            "-name",
            "steps.jsonl",
            "-not",
            "-path",
            "*/last/*",
        ])
        .output()
        .unwrap();
    let paths = String::from_utf8(find.stdout).unwrap();
    let steps = fs::read_to_string(paths.lines().next().expect("steps")).unwrap();
    let changes = steps
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .rfind(|step| step["kind"] == "changes")
        .expect("the changes are recorded");
    let listed: Vec<_> = changes["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    assert!(listed.contains(&outside.to_str().unwrap()), "{listed:?}");
    assert!(!listed.iter().any(|path| path.contains("inside")), "{listed:?}");
}

/// A place such as a container has it: its root may neither mount nor make a user namespace.
fn contained(bed: &Bed, words: &[&str]) -> Option<Output> {
    let script = "echo 0 > /proc/sys/user/max_user_namespaces; setpriv --help > /dev/null; echo contained >&2; \
                  exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-ec", script, "sh"]);
    let inner = bed.command(words);
    command.arg(inner.get_program()).args(inner.get_args());
    command.current_dir(bed.cwd()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let done = match command.output() {
        Ok(done) if err(&done).starts_with("contained\n") => Ok(done),
        Ok(done) => Err(err(&done)),
        Err(error) => Err(error.to_string()),
    };
    done.inspect_err(|why| println!("SKIP overlay: no such place can be made here: {why}"))
        .ok()
}

#[test]
fn a_refusal_in_a_container_prints_the_options_that_make_it_work() {
    let bed = Bed::new();
    let Some(done) = contained(&bed, &["overlay", "--", "touch", "ran"]) else {
        return;
    };
    let said = err(&done);
    assert_eq!(code(&done), Some(125), "{said}");
    for words in [
        "max_user_namespaces",
        "--cap-add SYS_ADMIN --security-opt seccomp=unconfined",
        "--privileged",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!bed.cwd().join("ran").exists(), "it was not run without a view");
}

/// A test that asked for a view must not run without one.
#[test]
fn in_a_container_a_guarded_group_is_skipped_with_the_reason() {
    let bed = Bed::new();
    bed.write(
        "gkfs-bench.toml",
        "version = 1\n[[group]]\nname = \"apart\"\nsource = \"script\"\npath = \"apart\"\nisolate = \"overlay\"\n",
    );
    bed.script("apart/writes.sh", "touch ../../ran");
    let Some(done) = contained(&bed, &["run", "--stack", "plain", "--format", "json"]) else {
        return;
    };
    let result: serde_json::Value =
        serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", err(&done)));
    let test = &result["tests"][0];
    assert_eq!(test["status"], "skipped", "{result}");
    let reason = test["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("cannot be had here") && reason.contains("--cap-add SYS_ADMIN"),
        "{reason}"
    );
}
