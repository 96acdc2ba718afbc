//! What a build says: the command that makes the stack, or cargo about the tests.

use gkfs_runner::Moment;

/// So many of its last lines are kept; the whole stands in the build's log.
const MOST: usize = 5_000;

/// The pane of the last build.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// What was run.
    pub command: String,
    /// Its output so far, line by line.
    pub lines: Vec<String>,
    /// Whether the last line may go on.
    open: bool,
    /// How it stands.
    pub standing: Standing,
    /// Whether it is shown.
    pub shown: bool,
    /// The first line that is shown; none: the last ones are.
    pub top: Option<usize>,
}

/// How a build stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Standing {
    /// There was none.
    #[default]
    None,
    /// It goes on.
    Running,
    /// Exit status 0.
    Ok,
    /// Not so; how it ended.
    Failed(String),
}

/// What happens to a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// A command began.
    Began {
        /// It.
        command: String,
        /// When.
        at: Moment,
        /// Whether it is one of the stack, and not of the tests.
        stack: bool,
    },
    /// It said something.
    Said(String),
    /// It has ended.
    Ended {
        /// With exit status 0.
        ok: bool,
        /// How, in words.
        how: String,
        /// Whether it was one of the stack, and not of the tests.
        stack: bool,
    },
    /// It was stopped, by the user or for the sake of a newer change.
    Stopped,
}

impl Build {
    /// Whether it goes on.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.standing == Standing::Running
    }

    /// Whether the last one failed.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self.standing, Standing::Failed(_))
    }

    /// The first line to show in so many rows.
    #[must_use]
    pub fn first(&self, rows: usize) -> usize {
        let last = self.lines.len().saturating_sub(rows);
        self.top.map_or(last, |top| top.min(last))
    }

    /// Scrolls to a line; to the end, it follows what is said.
    pub fn scroll(&mut self, to: usize, rows: usize) {
        let last = self.lines.len().saturating_sub(rows);
        self.top = (to < last).then_some(to);
    }
}

/// Takes a message.
pub fn update(build: &mut Build, msg: Msg) {
    match msg {
        Msg::Began { command, .. } => {
            let shown = build.shown;
            *build = Build {
                command,
                standing: Standing::Running,
                shown,
                ..Build::default()
            };
        }
        Msg::Said(text) => said(build, &text),
        // What is wrong is shown unasked; what is right is nothing to look at.
        Msg::Ended { ok: true, .. } => (build.standing, build.shown) = (Standing::Ok, false),
        Msg::Stopped => build.standing = Standing::Failed("stopped".to_owned()),
        Msg::Ended { ok: false, how, .. } => {
            (build.standing, build.shown) = (Standing::Failed(how), true);
            build.top = first_error(&build.lines);
        }
    }
}

fn said(build: &mut Build, text: &str) {
    for part in text.split_inclusive('\n') {
        let line = part.trim_end_matches(['\n', '\r']);
        match build.lines.last_mut().filter(|_| build.open) {
            Some(last) => last.push_str(line),
            None => build.lines.push(line.to_owned()),
        }
        build.open = !part.ends_with('\n');
    }
    let much = build.lines.len().saturating_sub(MOST);
    build.lines.drain(..much);
}

/// The first error is what the others follow from.
fn first_error(lines: &[String]) -> Option<usize> {
    let is_error = |line: &String| {
        line.starts_with("error") || line.contains(": error") || line.contains("undefined reference")
    };
    lines.iter().position(is_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(build: &mut Build, text: &str) {
        update(build, Msg::Said(text.to_owned()));
    }

    #[test]
    fn lines_may_come_in_pieces() {
        let mut build = Build::default();
        for text in ["one\ntw", "o\n", "three"] {
            said(&mut build, text);
        }
        assert_eq!(build.lines, ["one", "two", "three"]);
        said(&mut build, &"x\n".repeat(2 * MOST));
        assert_eq!(build.lines.len(), MOST);
    }

    #[test]
    fn a_failure_is_shown_from_its_first_error_on_and_goes_with_the_next_success() {
        let mut build = Build::default();
        let began = || Msg::Began {
            command: "make".to_owned(),
            at: Moment { ts: 0, mono: 0 },
            stack: true,
        };
        update(&mut build, began());
        said(&mut build, "cc a.c\na.c:3: error: no such thing\nmore\nmore\n");
        let how = "exit status: 2".to_owned();
        update(
            &mut build,
            Msg::Ended {
                ok: false,
                how,
                stack: true,
            },
        );
        assert!(build.shown && build.is_failed());
        assert_eq!(build.first(2), 1);
        build.scroll(9, 2);
        assert_eq!((build.top, build.first(2)), (None, 2));
        update(&mut build, began());
        assert!(build.shown && build.is_running());
        update(
            &mut build,
            Msg::Ended {
                ok: true,
                how: String::new(),
                stack: true,
            },
        );
        assert!(!build.shown);
    }
}
