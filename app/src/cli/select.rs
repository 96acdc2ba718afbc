//! From the suite and the command line to what is looked for and what of it is meant.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use gkfs_harness::Stack;
use gkfs_runner::discover::{GroupSpec, Lookup};
use gkfs_runner::event::SourceKind;
use gkfs_runner::filter::{Expr, Selection};
use gkfs_runner::record::Runs;
use gkfs_runner::{GroupSettings, RecordError};
use regex::Regex;

use crate::cli::targets::Targets;
use crate::cli::{PythonArgs, RunArgs, SelectArgs, harness, python};
use crate::stack::checkout;
use crate::suite::{GroupConfig, Isolate, Source, Suite};
use crate::{CommandError, Env};

/// What all daemons and clients of a machine share in a GekkoFS: where they find guided distribution, and the proxy.
const SHARED: [&str; 2] = ["guided.txt", "gkfs_proxy"];

/// Says where the tests of a suite are.
pub(super) fn lookup(
    suite: &Suite,
    stack: Option<&Stack>,
    said: PythonArgs,
    base: &Path,
    env: &Env,
) -> Result<Lookup, CommandError> {
    let said = said.recalled(base);
    let groups = suite
        .config
        .group
        .iter()
        .map(|group| spec(group, suite, said, env))
        .collect::<Result<_, _>>()?;
    let mut groups: Vec<GroupSpec> = groups;
    if groups.is_empty() {
        groups.extend(of_checkout(suite));
    }
    let declared = !groups.is_empty() && suite.config.group.is_empty();
    // What a suite file declares is found by it; beside that, a package's other test targets are groups too.
    let declared = declared || !suite.config.group.is_empty() && !suite.root.join("Cargo.toml").is_file();
    Ok(Lookup {
        groups,
        dirs: if declared {
            Vec::new()
        } else {
            vec![suite.root.clone()]
        },
        environment: env.vars.clone(),
        shared: SHARED.map(str::to_owned).to_vec(),
        no_scripts: checkout::find(&suite.root).map_or_else(Vec::new, |tree| tree.without_tests()),
        python: python::settings(suite, stack, said, base, env)?,
        logs: base.join("build"),
        script_defaults: Some(GroupSettings {
            wrapper: script_host(env),
            ..GroupSettings::default()
        }),
        ..Lookup::default()
    })
}

/// At the top of a GekkoFS checkout its own suite is meant, and not every script that lies around.
fn of_checkout(suite: &Suite) -> Option<GroupSpec> {
    let is_top =
        |tree: &checkout::Checkout| tree.root == suite.root && !suite.root.join("CMakeCache.txt").exists();
    let tree = checkout::find(&suite.root).filter(is_top)?;
    let path = tree.root.join("tests/integration");
    path.is_dir().then(|| GroupSpec {
        name: "integration".to_owned(),
        source: SourceKind::Pytest,
        path,
        python: None,
        args: Vec::new(),
        env: Vec::new(),
        settings: GroupSettings::default(),
    })
}

/// The command that gives a script its daemon and its environment: this executable again.
fn script_host(env: &Env) -> Vec<OsString> {
    vec![env.exe.clone().into(), crate::script::WORD.into()]
}

/// The command that keeps off the machine what a test writes outside of its group's directory, and records it.
fn view(env: &Env) -> Vec<OsString> {
    let words = [crate::overlay::WORD, "--guard", "--"];
    let words = words.into_iter().map(OsString::from);
    std::iter::once(env.exe.clone().into()).chain(words).collect()
}

fn spec(group: &GroupConfig, suite: &Suite, said: PythonArgs, env: &Env) -> Result<GroupSpec, CommandError> {
    let source = match group.source {
        Source::Rust => SourceKind::Rust,
        Source::Script => SourceKind::Script,
        Source::Pytest => SourceKind::Pytest,
        Source::Ctest => SourceKind::Ctest,
    };
    let mut wrapper = match group.isolate {
        Isolate::Overlay => view(env),
        Isolate::None => Vec::new(),
    };
    wrapper.extend(group.wrapper.iter().map(OsString::from));
    if source == SourceKind::Script {
        wrapper.extend(script_host(env));
    }
    let settings = GroupSettings {
        tags: group.tags.clone(),
        serial: group.serial,
        locks: group.locks.clone(),
        default: group.default,
        wrapper,
        timeout: group.timeout.map(|span| span.0),
        slow: group.slow.map(|span| span.0),
        retries: group.retries,
        ..GroupSettings::default()
    };
    let fixtures = python::fixtures(said.harness_of(group.harness), said.ops.or(group.ops), env)?;
    let (mut args, env) = fixtures.unwrap_or_default();
    args.extend(group.args.iter().map(OsString::from));
    Ok(GroupSpec {
        name: group.name.clone(),
        source,
        path: suite.root.join(&group.path),
        python: group.python.as_ref().map(|python| suite.root.join(python)),
        args,
        env,
        settings,
    })
}

/// Says which of the tests found are meant.
pub(super) fn selection(
    targets: &Targets,
    args: &SelectArgs,
    base: &Path,
) -> Result<Selection, CommandError> {
    let parse = |text: &String| text.parse::<Expr>().map_err(CommandError::usage);
    let only = if args.last_failed { not_passed(base)? } else { None };
    Ok(Selection {
        names: targets.ids.clone(),
        paths: targets.paths.clone(),
        expr: args.keyword.as_ref().map(parse).transpose()?,
        tags: args.tags.iter().map(parse).collect::<Result<_, _>>()?,
        id_patterns: patterns("-R", &args.tests_regex)?,
        tag_patterns: patterns("-L", &args.label_regex)?,
        only,
        ignored: false,
        partition: args.partition,
    })
}

fn patterns(flag: &str, all: &[String]) -> Result<Vec<Regex>, CommandError> {
    let parse = |text: &String| {
        let wrong = |error| CommandError::usage(format!("{flag} `{text}` is no regular expression: {error}"));
        Regex::new(text).map_err(wrong)
    };
    all.iter().map(parse).collect()
}

/// Returns the tests that have no good verdict in the last run; `None`, which selects all, if all have.
fn not_passed(base: &Path) -> Result<Option<BTreeSet<String>>, CommandError> {
    let last = Runs::new(base).open("last").map_err(|error| match error {
        RecordError::NoRuns { runs } => {
            let error = format!(
                "--last-failed needs a run to look back on, and {} has none",
                runs.display()
            );
            CommandError::usage(error).hint("run without it first")
        }
        error => error.into(),
    })?;
    let good = |status: gkfs_runner::Status| !status.is_bad();
    let tests = last
        .tests()?
        .into_iter()
        .filter(|test| !test.deselected && !test.status.is_some_and(good));
    let ids: BTreeSet<String> = tests.map(|test| test.id).collect();
    Ok((!ids.is_empty()).then_some(ids))
}

/// Returns the tests that have no good verdict in the last run; none where there is no such run.
pub(super) fn failed_last(base: &Path) -> BTreeSet<String> {
    not_passed(base).ok().flatten().unwrap_or_default()
}

/// Returns what was selected as the record keeps it.
pub(super) fn words(targets: &Targets, args: &RunArgs, seed: u64, env: &Env) -> serde_json::Value {
    let is_ours = args.python.is_ours(&targets.suite.config);
    let args = &args.select;
    let paths: Vec<String> = targets
        .paths
        .iter()
        .map(|path| env.shown(path).to_string())
        .collect();
    serde_json::json!({
        "ids": targets.ids,
        "paths": paths,
        "keyword": args.keyword,
        "tags": args.tags,
        "tests_regex": args.tests_regex,
        "label_regex": args.label_regex,
        "last_failed": args.last_failed,
        "partition": args.partition.map(|partition| partition.to_string()),
        "seed": seed,
        harness::KEY: is_ours.then_some("ours"),
    })
}
