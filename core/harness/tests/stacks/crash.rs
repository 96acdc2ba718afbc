//! Clients and daemons that crash: what is recorded of that.

use std::process::Command;

use gkfs_harness::op;
use gkfs_harness::prelude::*;
use serde_json::Value;

use crate::bed;

/// Whether a core becomes a file here that gdb can look at; else it is said why not.
fn tells_stacks() -> bool {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core).maximum;
    if pattern.starts_with('|') || limit == Some(0) {
        println!(
            "SKIP: cores are not written to files here (core_pattern `{}`)",
            pattern.trim_end()
        );
        return false;
    }
    let has_gdb = Command::new("gdb").arg("--version").output().is_ok();
    if !has_gdb {
        println!("SKIP: no gdb on this machine");
    }
    has_gdb
}

/// The only crash that was recorded.
fn crash(bench: &Bench, who: &str, signal: i32) -> Value {
    let mut steps = bed::steps(bench, "crash");
    assert_eq!(steps.len(), 1, "{steps:?}");
    let step = steps.remove(0);
    assert_eq!(
        (&step["who"], &step["signal"]),
        (&who.into(), &signal.into()),
        "{step}"
    );
    step
}

/// Its core is kept, and the stack in it is told.
fn has_stack(bench: &Bench, step: &Value) {
    let core = step["core"].as_str().unwrap_or_else(|| panic!("no core: {step}"));
    assert!(std::path::Path::new(core).starts_with(bench.workspace().path().join("cores")));
    assert!(std::fs::metadata(core).unwrap().len() > 0);
    assert!(
        step["text"].as_str().is_some_and(|text| text.starts_with("#0")),
        "{step}"
    );
    assert!(
        step["backtrace"]
            .as_str()
            .is_some_and(|file| std::path::Path::new(file).is_file())
    );
    assert!(
        !bench.workspace().path().join("core").exists(),
        "it was copied, not moved"
    );
}

#[test]
fn a_client_tells_its_signal_and_what_it_wrote() {
    let bench = bed::scripts(&[("gkfs.io", "echo 'bad luck' >&2\nkill -ABRT $$")]);
    let error = Client::new(&bench).try_call(op::Getcwd::new(None)).unwrap_err();
    assert!(error.to_string().contains("signal 6"), "{error}");
    let step = crash(&bench, "gkfs.io getcwd", libc::SIGABRT);
    assert!(
        step["stderr"]
            .as_str()
            .is_some_and(|text| text.ends_with("bad luck")),
        "{step}"
    );
    if tells_stacks() {
        has_stack(&bench, &step);
    }
}

#[test]
fn a_session_that_crashes_on_the_embedded_stack_tells_its_stack() {
    let bench = bed::embedded();
    let daemon = Daemon::start(&bench).unwrap();
    let session = Session::new(&bench);
    session.stat(daemon.mountdir());
    let pid = bed::steps(&bench, "op")[0]["child_pid"].as_u64().unwrap();
    let kill = Command::new("kill").args(["-ABRT", &pid.to_string()]).status();
    assert!(kill.unwrap().success());
    let error = session.try_call(op::Stat::new(daemon.mountdir())).unwrap_err();
    assert!(error.to_string().contains("ended before it answered"), "{error}");
    let step = crash(&bench, "the session", libc::SIGABRT);
    if tells_stacks() {
        has_stack(&bench, &step);
    }
    daemon.shutdown().unwrap();
}

#[test]
fn a_command_that_crashes_tells_it_whoever_started_it() {
    for (bench, inside) in [(bed::plain(), false), (bed::plain(), true)] {
        let shell = Shell::new(&bench);
        let output = match inside {
            false => shell.run("sh", ["-c", "kill -SEGV $$"]),
            true => shell.script("sh -c 'kill -SEGV $$'; exit $?"),
        };
        let (signal, code) = (output.signal(), output.code());
        assert!(signal == Some(libc::SIGSEGV) || code == Some(128 + libc::SIGSEGV));
        let who = if inside { "`bash`" } else { "`sh`" };
        let step = crash(&bench, who, libc::SIGSEGV);
        if tells_stacks() {
            has_stack(&bench, &step);
        }
    }
}

#[test]
fn a_status_of_ones_own_is_no_crash() {
    let bench = bed::plain();
    Shell::new(&bench).script("exit 3").assert_code(3);
    Shell::new(&bench).script("kill -TERM $$");
    let steps = bed::steps(&bench, "crash");
    let told: Vec<_> = steps
        .iter()
        .map(|step| (&step["signal"], &step["core"]))
        .collect();
    assert_eq!(told, [(&libc::SIGTERM.into(), &Value::Null)]);
}

#[test]
fn a_daemon_that_catches_its_signal_has_told_its_stack_itself() {
    let script = "trap 'echo \"gkfs_daemon:7 terminated with signal 6 at PC=7f SP=7f.  Backtrace:\" >&2; \
                  echo \"/opt/gkfs_daemon(+0x3d61d7)[0x5566f01931d7]\" >&2; exit 1' TERM\n\
                  echo '[26-11-22 03:05:47.390691] 1 [I][main] Startup successful. Daemon is ready.' \
                  >> $GKFS_DAEMON_LOG_PATH\nsleep 1000 & wait";
    let bench = bed::scripts(&[("gkfs_daemon", script)]);
    let error = Daemon::start(&bench).unwrap().shutdown().unwrap_err().to_string();
    assert!(
        error.contains("backtrace: /opt/gkfs_daemon(+0x3d61d7)"),
        "{error}"
    );
    let step = crash(&bench, "daemon 0", libc::SIGABRT);
    assert_eq!(step["text"], "/opt/gkfs_daemon(+0x3d61d7)[0x5566f01931d7]");
    assert!(
        step["stderr"]
            .as_str()
            .is_some_and(|text| text.contains("terminated with signal 6"))
    );
    assert_eq!((&step["core"], &step["problem"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_a_sanitizer_says_of_a_command_is_recorded() {
    let bench = bed::plain();
    let said = "echo '==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602' >&2; exit 1";
    Shell::new(&bench).script(said).assert_code(1);
    let reports = bed::steps(&bench, "report");
    assert_eq!(
        (&reports[0]["who"], &reports[0]["tool"]),
        (&"`bash`".into(), &"AddressSanitizer".into())
    );
    let file = reports[0]["file"].as_str().unwrap();
    assert!(std::fs::read_to_string(file).unwrap().contains("0x602"));
}
