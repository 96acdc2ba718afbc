//! Conformance of the client library, with the kernel as oracle.
//!
//! Each file below `cases/` is an ordinary program: a shell, Perl, Python, Node or Java script, or C or Rust source. It is run
//! twice, on a bare directory and on the mount of a fresh embedded daemon, and must print the same and end the same. It finds
//! the directory under test in `$D` (and as its working directory), a second one which is never on the mount in `$OUT`.
//! So a case needs no expected output, and no knowledge of this harness: what the kernel does is right.
//!
//! After the run the daemon must still live, end with status 0 on SIGTERM, and no regular file may lie below the real
//! directory that is hidden by the mount: a call that slipped past the library would have left one there.
//!
//! A case may say in its leading comment `needs: PROGRAM...` (missing: skipped, with a printed reason) and
//! `deadline: SECONDS`. Variables for whoever works on a failure:
//!
//! | variable | effect |
//! |---|---|
//! | `GKFS_CONFORMANCE=plain` | compares the bare directory with itself: is the case deterministic at all? |
//! | `GKFS_CONFORMANCE_STACK=DIR` | the stack in this directory instead of the embedded one |
//! | `GKFS_CONFORMANCE_LOG=none` | what the client logs, beside the daemon's; all, as under the harness, by default |
//! | `GKFS_CONFORMANCE_KEEP=1` | keeps the directories of the run and prints their place |

mod case;
mod child;
mod library;
mod place;
mod stack;
mod tools;
mod trial;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use case::Case;
use library::CHECKS;
use tools::Toolbox;
use trial::Bench;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases = case::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases"));
    if arguments.list {
        let names = cases
            .iter()
            .map(|case| case.name.as_str())
            .chain(CHECKS.iter().map(|check| check.name));
        let trials = names.map(|name| Trial::test(name, || Ok(()))).collect();
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let bench = match Bench::set_up(Toolbox::search()) {
        Ok(bench) => Arc::new(bench),
        Err(problem) => {
            eprintln!("conformance: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let code = libtest_mimic::run(&arguments, trials(&bench, cases)).exit_code();
    bench.tear_down();
    code
}

/// Says at once, with the reason, what is skipped: a run must not look more complete than it is.
fn trials(bench: &Arc<Bench>, cases: Vec<Case>) -> Vec<Trial> {
    let mut skipped = 0;
    let mut marked = |trial: Trial, reason: Option<String>| {
        if let Some(reason) = &reason {
            skipped += 1;
            println!("SKIP {}: {reason}", trial.name());
        }
        trial.with_ignored_flag(reason.is_some())
    };
    let mut trials = Vec::new();
    for case in cases {
        let reason = bench.reason_to_skip(case.needs.iter().map(String::as_str));
        let bench = Arc::clone(bench);
        trials.push(marked(
            Trial::test(case.name.clone(), move || bench.judge(&case).map_err(Into::into)),
            reason,
        ));
    }
    for check in CHECKS {
        let reason = bench.reason_to_skip_check(check);
        let bench = Arc::clone(bench);
        trials.push(marked(
            Trial::test(check.name, move || bench.check(check)),
            reason,
        ));
    }
    println!("{skipped} of {} are skipped", trials.len());
    trials
}
