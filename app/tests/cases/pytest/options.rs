//! Options that a suite of pytest knows get what ours were told, and ours do what pytest's users expect of them.

use gkfs_bench::Exit;

use crate::bed::Bed;
use crate::python::{activate, python};

/// What the suite's own conftest adds, as GekkoFS's does.
const CONFTEST: &str = "\
def pytest_addoption(parser):\n    \
    parser.addoption('--interface', default='none')\n    \
    parser.addoption('--bin-dir', action='append', default=[])\n    \
    parser.addoption('--lib-dir', action='append', default=[])\n";

const TESTS: &str = "\
def test_sees(pytestconfig):\n    \
    for name in ('--bin-dir', '--lib-dir', '--interface'):\n        \
        print(name, pytestconfig.getoption(name), flush=True)\n\
def test_other(): pass\n";

fn suite() -> Option<Bed> {
    let python = python()?;
    let mut bed = Bed::new();
    activate(&mut bed, &python);
    bed.write("t/test_it.py", TESTS);
    let installed = bed.process(&["stack", "install", "stack"]);
    assert_eq!(installed.exit, Exit::Passed, "{}", installed.err);
    // Of a build tree, where programs and libraries are apart.
    let move_to = |name: &str, dir: &str| {
        let (from, to) = (bed.cwd().join("stack").join(name), bed.cwd().join(dir));
        std::fs::create_dir_all(&to).expect("a directory");
        std::fs::rename(from, to.join(name)).expect("it was installed");
    };
    move_to("libgkfs_intercept.so", "lib");
    move_to("gkfs.io", "tools");
    Some(bed)
}

#[test]
fn where_the_stack_is_goes_to_a_suite_that_asks_for_it() {
    let Some(bed) = suite() else { return };
    bed.write("t/conftest.py", CONFTEST);
    let stack = [
        "run",
        "-s",
        "--bin-dir",
        "stack",
        "--bin-dir",
        "tools",
        "--lib-dir",
        "lib",
        "--interface",
        "lo",
    ];
    let run = bed.process(&stack);
    assert_eq!(run.exit, Exit::Passed, "{}{}", run.out, run.err);
    for words in [
        "test_sees | --bin-dir ['[BED]/work/stack', '[BED]/work/tools'",
        "test_sees | --lib-dir ['[BED]/work/lib']",
        "test_sees | --interface lo",
    ] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    // An ini file's own words are replaced, not added to.
    bed.write(
        "t/pytest.ini",
        "[pytest]\naddopts = --interface eth7 --lib-dir=/nowhere\n",
    );
    let run = bed.process(&stack);
    assert!(
        run.out.contains("| --interface lo") && !run.out.contains("/nowhere"),
        "{}{}",
        run.out,
        run.err
    );
}

#[test]
fn a_suite_without_such_options_is_not_asked() {
    let Some(bed) = suite() else { return };
    bed.write(
        "t/test_it.py",
        "def test_sees(pytestconfig): assert not hasattr(pytestconfig.option, 'bin_dir')\n",
    );
    let run = bed.process(&[
        "run",
        "--bin-dir",
        "stack",
        "--bin-dir",
        "tools",
        "--lib-dir",
        "lib",
    ]);
    assert_eq!(run.exit, Exit::Passed, "{}{}", run.out, run.err);
}

#[test]
fn more_is_told_on_request() {
    let Some(bed) = suite() else { return };
    bed.write("t/conftest.py", CONFTEST);
    let told = |words: &[&str]| {
        let run = bed.process(&[&["run", "--stack", "plain", "-k", "other"], words].concat());
        assert_eq!(run.exit, Exit::Passed, "{}", run.err);
        assert!(!run.out.contains("test_sees"), "{}", run.out);
        run.out + &run.err
    };
    let (quiet, verbose) = (told(&[]), told(&["-v"]));
    // Where the attempt runs, and as what.
    assert!(
        verbose.contains("pid ") && !quiet.contains("pid "),
        "{quiet}{verbose}"
    );
}
