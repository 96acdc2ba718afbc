//! A summary in Markdown, for a job's page or a merge request.

use std::fs::File;
use std::io::{self, Write};

use gkfs_runner::status::{Status, Summary};
use gkfs_runner::{Event, EventKind};

use crate::report::human::{builds, count};
use crate::report::results::TestResult;
use crate::report::{Reporter, Results, Screen, style};

/// Failures that are told one by one; a page with more of them is not read.
const MOST: usize = 50;

/// Writes the summary into a file when the run has ended.
pub(crate) struct Markdown(pub(crate) File);

impl Reporter for Markdown {
    fn event(&mut self, event: &Event, results: &Results, _: &mut Screen<'_>) -> io::Result<()> {
        let EventKind::RunFinished { summary, .. } = &event.kind else {
            return Ok(());
        };
        self.0.write_all(text(results, summary).as_bytes())
    }
}

/// Returns the summary.
fn text(results: &Results, summary: &Summary) -> String {
    let numbers: Vec<String> = summary
        .occurring()
        .map(|(status, number)| format!("{number} {status}"))
        .collect();
    let stack: String = builds(&results.stack)
        .iter()
        .map(|build| format!(", {build}"))
        .collect();
    let mut text = format!(
        "## gkfs-bench: {}\n\n{} in {} on stack **{}**{}\n",
        if numbers.is_empty() {
            "no test was run".into()
        } else {
            numbers.join(", ")
        },
        count(summary.total, "test"),
        style::seconds(results.elapsed(results.span.1)),
        results.stack.name,
        stack,
    );
    if let Some(why) = &results.cancelled {
        let left = count(results.not_run(), "test");
        text += &format!("\nStopped early: {}. {left} not run.\n", cell(why));
    }
    let told = |status: Status| status.is_bad() || status == Status::Flaky;
    let wrong: Vec<_> = results.judged().filter(|(_, status)| told(*status)).collect();
    if wrong.is_empty() {
        return text;
    }
    text += "\n| | test | time | reason |\n|---|---|---:|---|\n";
    for (test, status) in wrong.iter().take(MOST) {
        text += &row(test, *status);
    }
    if wrong.len() > MOST {
        text += &format!("\nand {} more.\n", wrong.len() - MOST);
    }
    text
}

fn row(test: &TestResult, status: Status) -> String {
    format!(
        "| {} {status} | `{}` | {} | {} |\n",
        style::glyph(status),
        test.id.replace('|', "\\|"),
        style::seconds(test.duration_us),
        cell(test.reason.as_deref().unwrap_or(""))
    )
}

/// A text that stays in its cell and is no markup.
fn cell(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let mut safe = String::with_capacity(line.len());
    for character in line.chars() {
        if matches!(
            character,
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#'
        ) {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_cannot_leave_its_cell() {
        assert_eq!(cell("a | b <i>*x*\nsecond"), "a \\| b \\<i\\>\\*x\\*");
    }
}
