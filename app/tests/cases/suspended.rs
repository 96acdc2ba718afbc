//! Ctrl-Z and `fg`: the shell has its terminal meanwhile, and what runs stands still.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Bed;
use crate::terminal::{Session, builder, nothing_is_left};

/// The shell in a terminal, from which the session is started as a job.
fn in_a_shell(bed: &Bed) -> Session {
    let like = bed.command(&[]);
    let mut shell = std::process::Command::new("sh");
    shell.arg("-i").current_dir(bed.cwd()).env_clear();
    shell.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PS1", "here> ").env("EXE", like.get_program());
    let mut session = Session::of(builder(&shell));
    session.wait("prompt", |text| text.contains("here>"));
    session
}

/// Returns the job that a shell has started.
fn job(shell: &Session) -> Pid {
    let shell = shell.pid().as_raw_pid();
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).expect("a process");
    let job = children.split_whitespace().next().expect("a job");
    Pid::from_raw(job.parse().expect("a pid")).expect("a pid")
}

fn is_stopped(shell: &mut Session) {
    shell.wait("shell", |text| text.contains("here>") && text.contains("Stopped"));
    assert!(!shell.is_alternate());
}

#[test]
fn a_session_that_is_stopped_gives_the_shell_its_terminal_and_takes_it_back() {
    let bed = Bed::new();
    bed.script("smoke/good.sh", "exit 0");
    let mut shell = in_a_shell(&bed);
    let is_there = |text: &str| text.contains("good") && text.contains("quit");
    shell.press("$EXE --stack plain\r");
    shell.wait("tests", is_there);
    shell.press("\x1a");
    is_stopped(&mut shell);
    shell.press("clear; fg\r");
    shell.wait("tests", is_there);
    // From outside, as `kill -TSTP` does it.
    kill_process(job(&shell), Signal::TSTP).expect("it runs");
    is_stopped(&mut shell);
    shell.press("fg\r");
    shell.wait("tests", is_there);
    shell.wait("rest", |text| !text.contains("looking for tests"));
    shell.press("q");
    shell.wait("prompt", |text| text.trim_end().ends_with("here>"));
    shell.press("exit\r");
    shell.end();
    shell.gives_the_terminal_back();
    nothing_is_left(&bed);
}

#[test]
fn a_session_with_no_shell_to_resume_it_does_not_stop() {
    let bed = Bed::new();
    bed.script("smoke/good.sh", "exit 0");
    let mut session = Session::open(&bed, &["--stack", "plain"]);
    session.wait("tests", |text| text.contains("good"));
    session.press("\x1a");
    session.wait("refusal", |text| text.contains("no shell here could resume it"));
    // Should it still look for tests, it asks.
    session.press("qy");
    assert_eq!(session.end(), 0);
    session.gives_the_terminal_back();
}

/// The state of a process, as the kernel tells it: `T` is stopped.
fn state(pid: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    Some(rest.split(' ').next()?.to_owned())
}

/// So much time has a test; the session is suspended for longer.
const TIME: Duration = Duration::from_secs(8);

#[test]
fn what_runs_stands_still_with_the_session_and_no_deadline_passes() {
    for (command, over) in [
        ("$EXE --stack plain", "passed 1 in"),
        ("$EXE run --stack plain", "1 passed"),
    ] {
        let bed = Bed::new();
        let file = |name: &str| bed.cwd().join(name);
        let defaults = format!(
            "version = 1\ndefaults = {{ timeout = \"{}s\" }}\n",
            TIME.as_secs()
        );
        bed.write("gkfs-bench.toml", &defaults);
        let script = format!(
            "echo $$ > {0}.new && mv {0}.new {0}; while ! [ -e {1} ]; do sleep 0.05; done",
            file("pid").display(),
            file("go").display()
        );
        bed.script("slow/waits.sh", &script);
        let mut shell = in_a_shell(&bed);
        shell.press(&format!("{command}\r"));
        if over.starts_with("passed") {
            shell.wait("tests", |text| text.contains("waits") && text.contains("quit"));
            shell.press("a");
        }
        shell.wait("running test", |_| file("pid").exists());
        let began = Instant::now();
        shell.press("\x1a");
        is_stopped(&mut shell);
        let pid = fs::read_to_string(file("pid")).expect("a process");
        shell.wait("test that stands still", |_| state(&pid).as_deref() == Some("T"));
        // Its time is over by the clock on the wall, and what it waits for is there: still it does nothing.
        fs::write(file("go"), "").expect("write");
        shell.wait("end of its time", |_| began.elapsed() > TIME);
        assert_eq!(state(&pid).as_deref(), Some("T"), "{command}");
        shell.press("clear; fg\r");
        shell.wait("verdict", |text| text.contains(over));
        let runs = bed.cwd().join(".gkfs-bench/runs/last");
        let events = fs::read_to_string(runs.join("events.jsonl")).expect("events");
        assert!(events.contains("the run was suspended for"), "{events}");
        let finished = events.lines().find(|line| line.contains("\"attempt_finished\""));
        let finished: serde_json::Value = serde_json::from_str(finished.expect("an end")).expect("JSON");
        let took = finished["duration_us"].as_u64().expect("a duration");
        assert!(u128::from(took) < TIME.as_micros(), "{finished}");
        if over.starts_with("passed") {
            shell.press("q");
        }
        shell.wait("prompt", |text| text.trim_end().ends_with("here>"));
        shell.press("exit\r");
        shell.end();
        nothing_is_left(&bed);
    }
}
