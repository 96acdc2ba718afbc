//! What this machine can do, what it cannot, and what would change that: `gkfs-bench doctor`.
//!
//! Each check looks at one thing and says what it found. What cannot be tried without harm is read; what can be tried
//! is tried: that a daemon starts is shown by starting one.

mod machine;
mod python;
mod stack;
mod tools;

use std::io;

use anstyle::{AnsiColor, Style};

use crate::report::Screen;
use crate::suite::Suite;
use crate::{CommandError, Env, cli::StackArgs};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) name: &'static str,
    pub(crate) state: State,
    /// What is so.
    pub(crate) text: String,
    /// What would change it.
    pub(crate) remedy: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Good,
    /// Something is missing that not everybody needs.
    Lacking,
    /// Tests will not run.
    Bad,
}

impl Finding {
    fn good(name: &'static str, text: impl Into<String>) -> Finding {
        Finding {
            name,
            state: State::Good,
            text: text.into(),
            remedy: None,
        }
    }

    fn lacking(name: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding {
            state: State::Lacking,
            remedy: Some(remedy.into()),
            ..Finding::good(name, text)
        }
    }

    fn bad(name: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding {
            state: State::Bad,
            ..Finding::lacking(name, text, remedy)
        }
    }
}

/// Looks at everything that a run on this stack depends on.
pub(crate) fn examine(args: &StackArgs, env: &Env) -> Result<Vec<Finding>, CommandError> {
    let suite = Suite::load(Suite::root_of(&env.cwd).unwrap_or(&env.cwd))?;
    let mut findings = vec![machine::platform(), machine::interception()];
    findings.extend(stack::examine(args, &suite, env));
    findings.push(machine::ports());
    findings.push(machine::disk(&suite.root));
    findings.push(machine::watches());
    findings.push(machine::core_dumps());
    findings.push(python::examine(&suite, env));
    findings.extend(tools::examine(env));
    Ok(findings)
}

/// Writes what was found, a line each, with the way out below.
pub(crate) fn write(findings: &[Finding], screen: &mut Screen<'_>) -> io::Result<()> {
    let width = findings.iter().map(|it| it.name.len()).max().unwrap_or(0);
    for finding in findings {
        let (color, glyph) = match finding.state {
            State::Good => (AnsiColor::Green, '✓'),
            State::Lacking => (AnsiColor::Yellow, '~'),
            State::Bad => (AnsiColor::Red, '✗'),
        };
        let style = Style::new().fg_color(Some(color.into()));
        writeln!(
            screen.out,
            "{style}{glyph}{style:#} {:width$}  {}",
            finding.name, finding.text
        )?;
        if let Some(remedy) = &finding.remedy {
            writeln!(screen.out, "  {:width$}  → {remedy}", "")?;
        }
    }
    Ok(())
}
