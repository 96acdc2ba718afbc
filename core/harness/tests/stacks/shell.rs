//! Commands and scripts.

use std::time::Duration;

use gkfs_harness::Error;
use gkfs_harness::prelude::*;

use crate::bed;

fn copy_and_compare(bench: &Bench) {
    let daemon = Daemon::start(bench).unwrap();
    let shell = Shell::new(bench);
    let source = FileFactory::new(bench.workspace())
        .create("source", "600K")
        .unwrap();
    let target = daemon.mountdir().join("a target");
    shell.cp([source.path(), &target]).assert_success();
    let sums = shell
        .md5sum([&target])
        .parsed_stdout::<parse::Checksums>()
        .unwrap();
    assert_eq!(sums[0].digest, source.md5());
    let stat = shell
        .stat(args!["--terse", &target])
        .parsed_stdout::<parse::Stat>()
        .unwrap();
    assert_eq!(stat.size, source.size());
    let listing = shell
        .ls(args!["-l", daemon.mountdir()])
        .parsed_stdout::<parse::Listing>()
        .unwrap();
    assert_eq!(listing.names(), ["a target"]);
    let counts = shell.wc([&target]).parsed_stdout::<parse::Counts>().unwrap();
    assert_eq!(counts.bytes, source.size());
    let script = format!("[[ -e '{}' ]] && echo there", target.display());
    assert_eq!(shell.script(&script).assert_success().stdout(), "there\n");
    daemon.shutdown().unwrap();
}

#[test]
fn commands_see_the_embedded_stack() {
    let bench = bed::embedded();
    copy_and_compare(&bench);
    let target = bench.workspace().mountdir().join("a target");
    let test = format!("test -e '{}'", target.display());
    Shell::new(&bench).intercept(false).script(&test).assert_code(1);
}

#[test]
fn commands_see_a_bare_directory() {
    copy_and_compare(&bed::plain());
}

#[test]
fn a_script_can_patch_the_environment_by_itself() {
    let bench = bed::embedded();
    let daemon = Daemon::start(&bench).unwrap();
    let shell = Shell::new(&bench);
    let dir = daemon.mountdir().join("d");
    let code = format!("{} mkdir {}", shell.patched_environ(), dir.display());
    shell.intercept(false).script(&code).assert_success();
    assert_eq!(Client::new(&bench).stat(&dir).retval, 0);
    daemon.shutdown().unwrap();
}

#[test]
fn a_failing_commands_assertion_shows_everything() {
    let shell = Shell::new(&bed::plain());
    let output = shell.script("echo out; echo err >&2; exit 3");
    assert_eq!((output.code(), output.success()), (Some(3), false));
    let panic = std::panic::catch_unwind(|| output.assert_success().code()).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    for part in ["status 0 was expected", "bash -c", "exit status 3", "out", "err"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_command_that_hangs_gets_the_signal_that_was_chosen() {
    let bench = bed::plain();
    let shell = Shell::new(&bench)
        .timeout(Duration::from_millis(50))
        .timeout_signal(Signal::TERM);
    let output = shell.script("exec sleep 1000");
    assert!(output.timed_out());
    assert_eq!(
        (output.code(), output.signal()),
        (None, Some(Signal::TERM.as_raw()))
    );
    let step = bed::steps(&bench, "shell").pop().unwrap();
    assert_eq!(
        (&step["timed_out"], &step["signal"]),
        (&true.into(), &Signal::TERM.as_raw().into())
    );
}

#[test]
fn outputs_without_a_parser_and_missing_programs_are_named() {
    let shell = Shell::new(&bed::plain());
    let error = shell
        .script("true")
        .parsed_stdout::<parse::Stat>()
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("no parser for bash"), "{error}");
    let missing = shell.try_run("no-such-program", args![]).unwrap_err();
    assert!(matches!(missing, Error::Spawn { .. }), "{missing}");
}
