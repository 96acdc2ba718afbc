//! Words of the command line: help, mistakes, exit statuses.

use gkfs_bench::Exit;

use crate::bed::Bed;

#[test]
fn a_usage_error_exits_with_4_and_names_the_word_meant() {
    let outcome = Bed::new().run(&["run", "--retry", "2"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @r#"
    error: unexpected argument '--retry' found

      tip: a similar argument exists: '--retries'

    Usage: gkfs-bench run --retries <N> [PATH|TEST-ID]...

    For more information, try '--help'.
    "#);
}

#[test]
fn every_verb_explains_itself() {
    let help = |verb: &str| {
        let outcome = Bed::new().run(&[verb, "--help"]);
        assert_eq!(outcome.exit, Exit::Passed);
        outcome.out
    };
    insta::assert_snapshot!(Bed::new().run(&["--help"]).out, @r"
    The workbench for people who develop user-space file systems

    Finds test groups, runs every test in its own process and workspace against a file-system stack, and
    leaves a record that can be opened later.

    Usage: gkfs-bench [OPTIONS] [PATH]
           gkfs-bench <COMMAND>

    Commands:
      run          Run tests and record the run
      watch        Open a session that reruns what changes touch
      open         Open a recorded run in a session, to look at it
      list         List the tests of suites without running them
      show         Show what happened in a test: steps, assertions, logs, paths
      logs         Print what a test's daemons, clients and the test itself wrote, on one clock
      diff         Compare two attempts at a test, log to log: the first that passed with the first that
                   failed
      history      Show how tests went in the recorded runs: how often they failed, and how long they
                   took
      shell        Open a shell in a test's workspace, with its file system alive
      continue     Let a test go on that `--hold` keeps as it failed
      pack         Put a run into one file, a capsule, that every verb about runs takes on any machine
      runs         List the recorded runs, newest first
      clean        Remove recorded runs beyond the suite's retention
      stack        The file-system stack that ships in this binary
      python-path  Print the directory of the Python fixtures, to go into PYTHONPATH
      bench        Measure the embedded stack, beside a stack of yours when one is given
      overlay      Run a command in a copy of everything, and print what it would have changed
      demo         See what a run looks like: every status there is, live
      init         Begin a suite: a suite file and one test that passes
      doctor       Say what this machine and a stack can do, and what would change that
      completions  Print completions for a shell
      man          Print the manual page
      help         Print this message or the help of the given subcommand(s)

    Arguments:
      [PATH]
              The suite to open a session on [default: the one around the working directory]

    Options:
      -j, --jobs <N>
              Tests at a time [default: one per processor]
              
              [alias: -n]

          --hold
              Keep tests that fail as they are, their daemons alive and without deadlines, until told to
              go on

          --base-temp <D>
              Where the runs were put, if not in the suite's `.gkfs-bench/`
              
              [alias: --basetemp]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Stack:
          --stack <NAME>
              A stack of the suite file, `embedded`, or `plain` (a bare directory: the kernel as
              oracle); `run` takes several, as `a,b`: a run on each, and a matrix

          --bin-dir <D>
              Directory with `gkfs_daemon` and `gkfs.io`; may be repeated

          --lib-dir <D>
              Directory with `libgkfs_intercept.so`; may be repeated

          --interface <IF>
              Network interface the daemons listen on [default: lo]

          --wrap-daemon <CMD>
              Put this before each daemon's command line, such as `valgrind`; deadlines are off then

          --wrap-client <CMD>
              Put this before each client's command line, such as `strace -f`; deadlines are off then

    pytest groups:
          --harness <WHOSE>
              Whose fixtures the tests get, instead of what the suite file says for each group

              Possible values:
              - own:  From the suite, whatever it brings
              - ours: From this binary, with the names of GekkoFS's own; the suite's `conftest.py` may
                stay

          --ops <HOW>
              How clients of our fixtures carry operations out [default: session]

              Possible values:
              - session: In one process that behaves like one for each
              - process: In a process for each

    Exit status: 0 passed, 1 failed, 2 interrupted, 3 internal error, 4 usage, 5 no tests
    ");
    insta::assert_snapshot!(help("run"), @r"
    Run tests and record the run

    Usage: gkfs-bench run [OPTIONS] [PATH|TEST-ID]...

    Arguments:
      [PATH|TEST-ID]...
              Suites, group directories, script files, or test ids (`group::path::name[param]`, whole or
              up to a `::`)

    Options:
      -x
              Stop after the first failure

          --maxfail <N>
              Stop after N failures

      -j, --jobs <N>
              Tests at a time [default: one per processor]
              
              [alias: -n]

          --failed-first
              Start with the tests that did not pass in the last run
              
              [aliases: --ff, --last-failed-first]

          --repeat <N>
              Run each test N times

          --until-fail
              Repeat the selected tests until one fails

          --stress <N|D>
              Run each test again and again, side by side: N times, or for a time such as `10m`; says
              how often each fails

          --hold
              Keep a test that fails as it is, its daemons alive and without deadlines, until told to go
              on

          --retries <N>
              Run a failed test up to N more times; passing then is `flaky`

          --timeout <D>
              Stop an attempt that takes longer than this, such as `90s` or `2m`

          --base-temp <D>
              Put the runs here instead of `.gkfs-bench/` in the suite
              
              [alias: --basetemp]

          --format <FORMAT>
              How to print results

              Possible values:
              - human: For people: a line per test, failures explained at the end
              - json:  One JSON document when the run ends
              - jsonl: The run's events as they are recorded, one JSON object per line
              
              [default: human]

          --junit <FILE>
              Also write a JUnit report
              
              [aliases: --junitxml, --output-junit]

      -s, --no-capture
              Stream the tests' output as it is written, each line after `test |`
              
              [alias: --nocapture]

          --collect-only
              Only list what would be run
              
              [alias: --show-only]

      -v, --verbose
              Say more: starting tests, reasons of skips, whole log tails

      -q, --quiet
              Print failures and the summary only

      -h, --help
              Print help (see a summary with '-h')

    Stack:
          --oracle <ORACLE>
              Do every operation in a plain directory, too, and fail a test at the first one that is
              answered otherwise

              Possible values:
              - plain: The kernel's, in a bare directory

          --stack <NAME>
              A stack of the suite file, `embedded`, or `plain` (a bare directory: the kernel as
              oracle); `run` takes several, as `a,b`: a run on each, and a matrix

          --bin-dir <D>
              Directory with `gkfs_daemon` and `gkfs.io`; may be repeated

          --lib-dir <D>
              Directory with `libgkfs_intercept.so`; may be repeated

          --interface <IF>
              Network interface the daemons listen on [default: lo]

          --wrap-daemon <CMD>
              Put this before each daemon's command line, such as `valgrind`; deadlines are off then

          --wrap-client <CMD>
              Put this before each client's command line, such as `strace -f`; deadlines are off then

    Selection:
      -k <EXPR>
              Only tests whose id matches, as in pytest: `mkdir and not (slow or cluster)`

      -t, --tag <TAG>
              Only tests with a matching tag; takes the same expressions
              
              [alias: -m]

      -R, --tests-regex <REGEX>
              Only tests whose id matches this regular expression, as ctest has it

      -L, --label-regex <REGEX>
              Only tests with a tag that matches this regular expression, as ctest has it with labels

          --last-failed
              Only tests that did not pass in the last run
              
              [aliases: --lf, --rerun-failed]

          --partition <K/N>
              Only share K of N of the tests selected, from 1: the N shares together are each of them
              once

    CI:
          --global-timeout <D>
              End the run after this, as failed

          --deny-skips[=<REASON>]
              Fail when tests are skipped, or only for a reason with this text in it

          --flaky <FLAKY>
              What a test that passed only after a failed attempt does to the exit status [default: as
              the suite file says, or pass]

              Possible values:
              - pass: Nothing
              - fail: The run fails

          --durations <N>
              List the N slowest tests at the end; all of them for 0

          --report-log <FILE>
              Also write the run's events, one JSON object per line

          --summary <FILE>
              Also write a summary in Markdown [default: where GITHUB_STEP_SUMMARY says, added to what
              is there]

          --code-quality <FILE>
              Also write what did not pass as a Code Quality report, which GitLab shows in a merge
              request's diff

          --annotations <ANNOTATIONS>
              Annotate the code with what did not pass

              Possible values:
              - auto:   Those of the CI system that this is, if any
              - github: GitHub's workflow commands
              - none:   None
              
              [default: auto]

    pytest groups:
          --harness <WHOSE>
              Whose fixtures the tests get, instead of what the suite file says for each group

              Possible values:
              - own:  From the suite, whatever it brings
              - ours: From this binary, with the names of GekkoFS's own; the suite's `conftest.py` may
                stay

          --ops <HOW>
              How clients of our fixtures carry operations out [default: session]

              Possible values:
              - session: In one process that behaves like one for each
              - process: In a process for each
    ");
    insta::assert_snapshot!(help("list"), @r"
    List the tests of suites without running them

    Usage: gkfs-bench list [OPTIONS] [PATH]...

    Arguments:
      [PATH]...
              Suites, group directories, script files, or test ids

    Options:
          --format <FORMAT>
              How to print the list

              Possible values:
              - human: For people
              - json:  One JSON document
              
              [default: human]

      -h, --help
              Print help (see a summary with '-h')

    pytest groups:
          --harness <WHOSE>
              Whose fixtures the tests get, instead of what the suite file says for each group

              Possible values:
              - own:  From the suite, whatever it brings
              - ours: From this binary, with the names of GekkoFS's own; the suite's `conftest.py` may
                stay

          --ops <HOW>
              How clients of our fixtures carry operations out [default: session]

              Possible values:
              - session: In one process that behaves like one for each
              - process: In a process for each

    Selection:
      -k <EXPR>
              Only tests whose id matches, as in pytest: `mkdir and not (slow or cluster)`

      -t, --tag <TAG>
              Only tests with a matching tag; takes the same expressions
              
              [alias: -m]

      -R, --tests-regex <REGEX>
              Only tests whose id matches this regular expression, as ctest has it

      -L, --label-regex <REGEX>
              Only tests with a tag that matches this regular expression, as ctest has it with labels

          --last-failed
              Only tests that did not pass in the last run
              
              [aliases: --lf, --rerun-failed]

          --partition <K/N>
              Only share K of N of the tests selected, from 1: the N shares together are each of them
              once
    ");
    insta::assert_snapshot!(help("show"), @r"
    Show what happened in a test: steps, assertions, logs, paths

    Usage: gkfs-bench show [OPTIONS] <TEST>

    Arguments:
      <TEST>
              A test's id, or a part of it that no other test has

    Options:
          --run <RUN>
              The run, as `runs` names it, a unique part of its name, or a capsule [default: last]

          --base-temp <D>
              Where the runs were put, if not in the suite's `.gkfs-bench/`
              
              [alias: --basetemp]

          --format <FORMAT>
              How to print

              Possible values:
              - human: For people
              - json:  One JSON document
              
              [default: human]

      -h, --help
              Print help (see a summary with '-h')
    ");
    insta::assert_snapshot!(help("stack"), @r#"
    The file-system stack that ships in this binary

    Usage: gkfs-bench stack <COMMAND>

    Commands:
      install  Write the stack into DIR as standalone files for others to use
      path     Print a directory that holds the stack, ready to use
      help     Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    "#);
}

#[test]
fn without_a_terminal_there_is_no_session_and_a_way_out() {
    let outcome = Bed::new().run(&[]);
    assert_eq!((outcome.exit, outcome.out.as_str()), (Exit::Usage, ""));
    insta::assert_snapshot!(outcome.err, @r#"
    error: a session needs a terminal, and there is none
    hint: `gkfs-bench run` runs the tests and prints what came of them
    hint: `gkfs-bench --help` shows all there is
    "#);
}

#[test]
fn expressions_and_numbers_are_checked_before_anything_is_built() {
    let usage = |words: &[&str]| {
        let outcome = Bed::new().run(&[&["run"], words].concat());
        assert_eq!(outcome.exit, Exit::Usage, "{words:?}");
        outcome.err.lines().next().unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!(usage(&["-k", "a and (b"]), @"error: wrong expression `a and (b`: at column 9, expected `)`, found the end");
    insta::assert_snapshot!(usage(&["-t", "not"]), @"error: wrong expression `not`: at column 4, expected a word, `not` or `(`, found the end");
    insta::assert_snapshot!(usage(&["--timeout", "soon"]), @"error: invalid value 'soon' for '--timeout <D>': `soon` is not a duration; write it like `60s`, `2m 30s` or `250ms`");
    insta::assert_snapshot!(usage(&["-j", "0"]), @"error: invalid value '0' for '--jobs <N>': 0 is not in 1..=65535");
    insta::assert_snapshot!(usage(&["nowhere/tests"]), @"error: there is no `nowhere/tests` in [BED]/work");
    insta::assert_snapshot!(usage(&["--lf"]), @"error: --last-failed needs a run to look back on, and [BED]/work/.gkfs-bench/runs has none");
}

#[test]
fn one_run_is_about_one_suite() {
    let bed = Bed::new();
    for suite in ["a", "b"] {
        bed.write(&format!("{suite}/gkfs-bench.toml"), "version = 1\n");
    }
    let outcome = bed.run(&["run", "a", "b"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @r#"
    error: one run is about one suite, but these are several: a, b
    hint: run them one after the other
    "#);
}

#[test]
fn a_mistake_in_the_suite_file_is_a_usage_error() {
    let bed = Bed::new();
    bed.write("gkfs-bench.toml", "version = 1\n[defaults]\nretry = 1\n");
    let outcome = bed.run(&["run"]);
    assert_eq!(outcome.exit, Exit::Usage);
    insta::assert_snapshot!(outcome.err, @"error: [BED]/work/gkfs-bench.toml:3: key `defaults.retry`: unknown key `retry`, known are stack, timeout, slow, retries, flaky; did you mean `retries`?");
}
