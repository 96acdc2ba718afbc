//! `gkfs-bench list`

use std::io::Write;

use gkfs_runner::Runner;
use gkfs_runner::filter::Plan;
use serde::Serialize;

use crate::cli::{ListArgs, ListFormat, run, select, targets};
use crate::report::Screen;
use crate::report::style::{self, FAINT, STRONG};
use crate::{CommandError, Env, Exit};

/// Lists tests without running them; what is off by default is there too, marked.
pub(super) fn list(args: &ListArgs, env: &Env, screen: &mut Screen<'_>) -> Result<Exit, CommandError> {
    let targets = targets::resolve(&args.targets, env)?;
    let base = run::base(None, &targets, env);
    let mut selection = select::selection(&targets, &args.select, &base)?;
    selection.ignored = true;
    let mut lookup = select::lookup(&targets.suite, None, args.python, &base, env)?;
    lookup.recalls = true;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let discovery = runtime.block_on(async {
        let runner = Runner::new()?;
        let mut signals = run::signals::Signals::new()?;
        run::building::discover(&runner, &lookup, &mut signals, screen).await
    })?;
    let plan = run::plan(&selection, discovery, &targets)?;
    match args.format {
        ListFormat::Human => human(&plan, screen.out)?,
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *screen.out, &Document::new(&plan))
                .map_err(std::io::Error::from)?;
            writeln!(screen.out)?;
        }
    }
    Ok(if plan.broken.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

fn human(plan: &Plan, out: &mut dyn Write) -> std::io::Result<()> {
    for test in plan.tests.iter().map(|index| &plan.discovery.tests[*index]) {
        let off = test.ignored || !plan.discovery.groups[test.group].settings.default;
        let tags = if test.tags.is_empty() {
            String::new()
        } else {
            format!("  [{}]", test.tags.join(" "))
        };
        let what = test
            .description
            .as_ref()
            .map_or(String::new(), |text| format!("  {text}"));
        let off = if off { "  (off by default)" } else { "" };
        writeln!(out, "{}{FAINT}{tags}{off}{what}{FAINT:#}", test.id)?;
    }
    let red = style::of(gkfs_runner::Status::Failed);
    for group in plan.broken.iter().map(|index| &plan.discovery.groups[*index]) {
        writeln!(out, "{red}✗ broken{red:#} {STRONG}{}{STRONG:#}", group.name)?;
        for line in group.error.iter().flat_map(|error| error.lines()) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    groups: Vec<Group<'a>>,
    tests: Vec<Test<'a>>,
}

#[derive(Debug, Serialize)]
struct Group<'a> {
    group: &'a str,
    source: gkfs_runner::event::SourceKind,
    path: String,
    default: bool,
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Test<'a> {
    id: &'a str,
    group: &'a str,
    name: &'a str,
    file: Option<String>,
    line: Option<u32>,
    tags: &'a [String],
    description: Option<&'a str>,
    ignored: bool,
}

impl<'a> Document<'a> {
    fn new(plan: &'a Plan) -> Document<'a> {
        let found = &plan.discovery;
        let groups = found.groups.iter().map(|group| Group {
            group: &group.name,
            source: group.source,
            path: group.path.display().to_string(),
            default: group.settings.default,
            error: group.error.as_deref(),
        });
        let tests = plan
            .tests
            .iter()
            .map(|index| &found.tests[*index])
            .map(|test| Test {
                id: &test.id,
                group: &found.groups[test.group].name,
                name: &test.name,
                file: test.file.as_ref().map(|file| file.display().to_string()),
                line: test.line,
                tags: &test.tags,
                description: test.description.as_deref(),
                ignored: test.ignored,
            });
        Document {
            groups: groups.collect(),
            tests: tests.collect(),
        }
    }
}
