//! Every way in which a session can end, or stop: the terminal is given back and nothing is left behind.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gkfs_bench::{Env, Io};
use rustix::process::{Pid, Signal};

use crate::bed::Bed;
use crate::terminal::{DEADLINE, Session, builder, nothing_is_left};

/// A test that runs until it is ended.
fn long(bed: &Bed) {
    bed.script("slow/sleeps.sh", "sleep 1000");
}

fn running(session: &mut Session) {
    session.wait("tests", |text| text.contains("sleeps"));
    session.press("a");
    session.wait("running test", |text| text.contains("▶ sleeps"));
}

#[test]
fn a_session_told_to_end_ends_what_runs() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let bed = Bed::new();
        long(&bed);
        let mut session = Session::open(&bed, &["--stack", "plain"]);
        running(&mut session);
        session.signal(signal);
        assert_eq!(session.end(), 2, "{signal:?}");
        session.gives_the_terminal_back();
        // After the last one nobody is taken to be there to read.
        if signal != Signal::HUP {
            session.wait_for_the_end_of_its_words("ended with the session");
            let text = session.text();
            assert!(text.contains("  slow::sleeps  (process "), "{text}");
        }
        nothing_is_left(&bed);
    }
}

/// Processor time that a process has used, in ticks of a hundredth of a second.
fn ticks(pid: Pid) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    // The name, in parentheses, may hold spaces.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

#[test]
fn a_session_whose_terminal_is_gone_ends_and_does_not_spin_meanwhile() {
    for is_told in [true, false] {
        let bed = Bed::new();
        let ready = bed.cwd().join("ready");
        let script = format!(
            "trap 'sleep 1; exit 1' TERM; touch {}; sleep 1000 & wait",
            ready.display()
        );
        bed.script("slow/sleeps.sh", &script);
        let mut command = builder(&bed.command(&["--stack", "plain"]));
        // Only the terminal that controls a session sends SIGHUP.
        command.set_controlling_tty(is_told);
        let mut session = Session::of(command);
        running(&mut session);
        // From now on it takes its time to end.
        session.wait("test that is ready", |_| ready.exists());
        let before = ticks(session.pid()).expect("it runs");
        session.hang_up();
        let began = Instant::now();
        let mut used = before;
        while session.child.try_wait().expect("a child").is_none() {
            used = ticks(session.pid()).unwrap_or(used);
            assert!(began.elapsed() < DEADLINE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(session.end(), 2);
        let used = Duration::from_millis((used - before) * 10);
        // Its test takes a second to end; who spins uses all of it.
        assert!(
            used < Duration::from_millis(700),
            "{used:?} of {:?}",
            began.elapsed()
        );
        nothing_is_left(&bed);
    }
}

/// What the parent tells the child: that it is one, and where to wait for the word to panic.
const TRIGGER: &str = "GKFS_TEST_PANIC_WHEN";

/// The command, in a process of which a thread panics once a file is there.
fn panicking_command(trigger: PathBuf) -> ! {
    std::thread::spawn(move || {
        let began = Instant::now();
        while !trigger.exists() && began.elapsed() < DEADLINE {
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("a thread of a test has a fault");
    });
    let mut env = Env::from_process().expect("a process");
    env.exe = env!("CARGO_BIN_EXE_gkfs-bench").into();
    let io = Io {
        out: &mut io::stdout(),
        err: &mut io::stderr(),
        columns: &|| None,
    };
    let args = ["gkfs-bench", "--stack", "plain"].map(Into::into);
    std::process::exit(gkfs_bench::run(args, &env, io) as i32);
}

#[test]
fn a_panic_in_a_thread_is_reported_on_the_normal_screen() {
    if let Some(trigger) = std::env::var_os(TRIGGER) {
        panicking_command(trigger.into());
    }
    let bed = Bed::new();
    long(&bed);
    let trigger = bed.cwd().join("panic");
    let like = bed.command(&[]);
    let name = "cases::ends::a_panic_in_a_thread_is_reported_on_the_normal_screen";
    let mut itself = std::process::Command::new(std::env::current_exe().expect("this test"));
    itself
        .args(["--exact", name, "--nocapture"])
        .current_dir(bed.cwd());
    itself.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    itself.env(TRIGGER, &trigger);
    let mut session = Session::of(builder(&itself));
    running(&mut session);
    touch(&trigger);
    assert_eq!(session.end(), 3);
    session.gives_the_terminal_back();
    session.wait_for_the_end_of_its_words("this is a fault of gkfs-bench");
    assert!(
        session.text().contains("a thread of a test has a fault"),
        "{}",
        session.text()
    );
    nothing_is_left(&bed);
}

fn touch(path: &Path) {
    fs::write(path, "").expect("a writable directory");
}
