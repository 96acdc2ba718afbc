//! The same tests on several stacks: a run and a record for each, and a matrix at the end.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::{Format, RunArgs};
use crate::report::{Results, Screen, matrix};
use crate::{CommandError, Exit};

/// The words of each run: one for each stack that is named. Reports go to files of their own.
///
/// # Errors
/// A stack that is named twice, or not at all between two commas.
pub(super) fn each(args: &RunArgs) -> Result<Vec<RunArgs>, CommandError> {
    let Some(list) = args.stack.stack.as_deref().filter(|list| list.contains(',')) else {
        return Ok(vec![args.clone()]);
    };
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for name in list.split(',').map(str::trim) {
        let problem = match name {
            "" => "a name is missing".to_owned(),
            name if !known.insert(name) => format!("`{name}` is named twice"),
            _ => String::new(),
        };
        if !problem.is_empty() {
            return Err(CommandError::usage(format!("--stack {list}: {problem}")));
        }
        all.push(of_stack(args, name));
    }
    Ok(all)
}

fn of_stack(args: &RunArgs, name: &str) -> RunArgs {
    let mut args = args.clone();
    args.stack.stack = Some(name.to_owned());
    let files = [
        &mut args.junit,
        &mut args.ci.report_log,
        &mut args.ci.summary,
        &mut args.ci.code_quality,
    ];
    for path in files.into_iter().flatten() {
        *path = beside(path, name);
    }
    args
}

/// `junit.xml` becomes `junit-NAME.xml`.
fn beside(path: &Path, name: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let end = path
        .extension()
        .map_or(String::new(), |end| format!(".{}", end.to_string_lossy()));
    path.with_file_name(format!("{stem}-{name}{end}"))
}

/// How the runs ended.
#[derive(Default)]
pub(super) struct Ends(Vec<(Exit, Results)>);

impl Ends {
    pub(super) fn add(&mut self, ended: (Exit, Results)) {
        self.0.push(ended);
    }

    /// The worst exit status.
    pub(super) fn exit(&self) -> Exit {
        let severity = |exit: Exit| match exit {
            Exit::Passed => 0,
            Exit::NoTests => 1,
            Exit::Failed => 2,
            Exit::Usage => 3,
            Exit::Interrupted => 4,
            Exit::Internal => 5,
        };
        let exits = self.0.iter().map(|(exit, _)| *exit);
        exits.max_by_key(|exit| severity(*exit)).unwrap_or(Exit::NoTests)
    }

    /// Prints the matrix, for people, where there was more than one run.
    pub(super) fn report(&self, format: Format, screen: &mut Screen<'_>) -> io::Result<()> {
        if self.0.len() < 2 || format != Format::Human {
            return Ok(());
        }
        let runs: Vec<&Results> = self.0.iter().map(|(_, results)| results).collect();
        matrix::write(screen.out, &runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stack_has_reports_of_its_own() {
        assert_eq!(
            beside(Path::new("out/junit.xml"), "plain"),
            Path::new("out/junit-plain.xml")
        );
        assert_eq!(beside(Path::new("log"), "a"), Path::new("log-a"));
    }

    #[test]
    fn the_worst_exit_status_counts() {
        let ends =
            |exits: &[Exit]| Ends(exits.iter().map(|exit| (*exit, Results::default())).collect()).exit();
        assert_eq!(ends(&[Exit::Passed, Exit::Failed, Exit::NoTests]), Exit::Failed);
        assert_eq!(ends(&[Exit::Failed, Exit::Interrupted]), Exit::Interrupted);
        assert_eq!(ends(&[Exit::Passed, Exit::Passed]), Exit::Passed);
    }
}
