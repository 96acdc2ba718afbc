//! What a build says: the command that makes the stack, or cargo about the tests.

use gkfs_runner::Moment;

/// So many of its last lines are kept; the whole stands in the build's log.
const MOST: usize = 5_000;

/// A build that takes longer is shown unasked, where nobody reads anything else; in microseconds.
const LONG: u64 = 1_000_000;

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
    /// Whether it is not to be shown unasked, for as long as it goes on.
    pub hidden: bool,
    /// Whether the stack is built, and not tests.
    pub stack: bool,
    /// When it began, on the monotonic clock.
    pub since: u64,
    /// How an earlier build of the same search failed.
    failed: Option<String>,
    /// Whether the next build is one of another search.
    over: bool,
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
    /// Tests are looked for; what is built for it comes next.
    Search,
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

    /// Whether the stack is being built.
    #[must_use]
    pub fn is_of_stack(&self) -> bool {
        self.is_running() && self.stack
    }

    /// Whether it has gone on for so long that one wants to see what it does.
    #[must_use]
    pub fn is_long(&self, now: u64) -> bool {
        self.is_running() && !self.hidden && now.saturating_sub(self.since) >= LONG
    }

    /// Returns what it said last.
    #[must_use]
    pub fn last(&self) -> &str {
        let said = self.lines.iter().rev().find(|line| !line.trim().is_empty());
        said.map_or("", |line| line.trim())
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
        Msg::Search => build.over = true,
        Msg::Began { command, at, stack } => begin(build, command, at.mono, stack),
        Msg::Said(text) => said(build, &text),
        Msg::Ended { ok: true, stack, .. } => match build.failed.take() {
            // Of several packages one is broken, whatever became of the others.
            Some(how) if !stack => {
                build.failed = Some(how.clone());
                fail(build, how);
            }
            // What is wrong is shown unasked; what is right is nothing to look at.
            _ => (build.standing, build.shown) = (Standing::Ok, false),
        },
        Msg::Ended { ok: false, how, .. } => {
            build.failed = Some(how.clone());
            fail(build, how);
        }
        Msg::Stopped if build.stack => build.standing = Standing::Failed("stopped".to_owned()),
        Msg::Stopped => build.standing = Standing::None,
    }
}

fn begin(build: &mut Build, command: String, since: u64, stack: bool) {
    let (shown, hidden) = (build.shown, build.hidden && !build.over);
    if build.over || stack || build.stack || build.failed.is_none() {
        *build = Build::default();
    }
    // What another package of the same search has against itself stays.
    build.lines.push(format!("$ {command}"));
    build.open = false;
    (build.shown, build.hidden) = (shown, hidden);
    if build.failed.is_none() {
        build.command = command;
    }
    (build.standing, build.stack, build.since, build.over) = (Standing::Running, stack, since, false);
}

fn fail(build: &mut Build, how: String) {
    (build.standing, build.shown) = (Standing::Failed(how), true);
    build.top = first_error(&build.lines);
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
        assert_eq!(build.last(), "three");
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
        assert_eq!(build.first(2), 2);
        build.scroll(9, 2);
        assert_eq!((build.top, build.first(2)), (None, 3));
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

    fn cargo(build: &mut Build, package: &str, at: u64, error: Option<&str>) {
        let began = Msg::Began {
            command: format!("cargo build ({package})"),
            at: Moment { ts: 0, mono: at },
            stack: false,
        };
        update(build, began);
        said(build, "Compiling it\n");
        error.into_iter().for_each(|error| said(build, error));
        let how = error.map_or("", |_| "it does not compile").to_owned();
        update(
            build,
            Msg::Ended {
                ok: error.is_none(),
                how,
                stack: false,
            },
        );
    }

    #[test]
    fn a_broken_package_is_not_forgotten_for_one_that_is_well() {
        let mut build = Build::default();
        update(&mut build, Msg::Search);
        cargo(&mut build, "a", 0, None);
        assert!(!build.shown);
        cargo(&mut build, "b", 1, Some("error: no\n"));
        cargo(&mut build, "c", 2, None);
        assert!(build.shown && build.is_failed());
        assert_eq!(build.command, "cargo build (b)");
        assert_eq!(build.lines[build.first(1)], "error: no");
        // Until all is built anew.
        update(&mut build, Msg::Search);
        cargo(&mut build, "a", 3, None);
        assert!(!build.shown && !build.is_failed());
    }

    #[test]
    fn a_long_build_is_shown_unless_it_was_hidden() {
        let mut build = Build::default();
        let began = |at| Msg::Began {
            command: "cargo build (a)".to_owned(),
            at: Moment { ts: 0, mono: at },
            stack: false,
        };
        update(&mut build, began(5));
        assert!(!build.is_long(5 + LONG - 1) && build.is_long(5 + LONG));
        build.hidden = true;
        assert!(!build.is_long(5 + LONG));
        // A search that was cancelled says no more.
        update(&mut build, Msg::Stopped);
        assert!(!build.is_running() && !build.is_failed());
    }
}
