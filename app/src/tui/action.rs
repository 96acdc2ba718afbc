//! Everything the user can ask for, as data: keys, the palette and tests speak of these and of nothing else.

use std::fmt;
use std::str::FromStr;

use super::lenient;

/// Where an action does something, and where a key means it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Wherever one is.
    Everywhere,
    /// In the pane of groups and tests.
    Tests,
    /// In any tab of the details of a test.
    Details,
    /// In that tab.
    Timeline,
    /// In that tab.
    Results,
    /// In that tab.
    Workspace,
    /// In that tab.
    Output,
    /// In that tab.
    History,
    /// In that tab.
    Changes,
}

impl Place {
    /// All of them.
    pub const ALL: [Place; 9] = [
        Place::Everywhere,
        Place::Tests,
        Place::Details,
        Place::Timeline,
        Place::Results,
        Place::Workspace,
        Place::Output,
        Place::History,
        Place::Changes,
    ];

    /// Returns the name of its table in keymaps.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Place::Everywhere => "keys",
            Place::Tests => "tests",
            Place::Details => "details",
            Place::Timeline => "timeline",
            Place::Results => "results",
            Place::Workspace => "workspace",
            Place::Output => "output",
            Place::History => "history",
            Place::Changes => "changes",
        }
    }

    /// Returns its name in the palette.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Place::Everywhere => "everywhere",
            Place::Tests => "in the tests",
            Place::Details => "in the details of a test",
            Place::Timeline => "in the timeline",
            Place::Results => "in the results",
            Place::Workspace => "in the workspace",
            Place::Output => "in the output",
            Place::History => "in the history",
            Place::Changes => "in the changes",
        }
    }

    /// Returns the places one is in who is here, the narrowest first: whose keys go before the others'.
    #[must_use]
    pub fn around(self) -> Vec<Place> {
        match self {
            Place::Everywhere => vec![Place::Everywhere],
            Place::Tests | Place::Details => vec![self, Place::Everywhere],
            tab => vec![tab, Place::Details, Place::Everywhere],
        }
    }

    /// Whether it is the details of a test, or a part of them.
    #[must_use]
    pub const fn is_in_details(self) -> bool {
        !matches!(self, Place::Everywhere | Place::Tests)
    }
}

macro_rules! actions {
    ($($place:ident { $($action:ident = $name:literal, $help:literal;)* })*) => {
        /// What the user asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[doc = $help] $action),*),* }

        impl Action {
            /// All of them, in the order of the palette.
            pub const ALL: &[Action] = &[$($(Action::$action),*),*];

            /// Returns its name in keymaps.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(Action::$action => $name),*),* }
            }

            /// Returns what it does, in the words of the palette.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $($(Action::$action => $help),*),* }
            }

            /// Returns where it does something; asked for elsewhere, it goes there first.
            #[must_use]
            pub fn place(self) -> Place {
                match self { $($(Action::$action => Place::$place),*),* }
            }
        }
    };
}

actions! {
    Everywhere {
        Down = "down", "move down";
        Up = "up", "move up";
        PageDown = "page_down", "move down a page";
        PageUp = "page_up", "move up a page";
        Top = "top", "go to the first row";
        Bottom = "bottom", "go to the last row; at the end of a test that runs, follow it";
        Left = "left", "fold the group or directory, or go to it; show what is further left";
        Right = "right", "unfold the group or directory, or go into it; show what is further right";
        Open = "open", "open what is under the cursor; of a step, show only the lines of its life";
        Back = "back", "one step back: the narrowing, the search, the filter, the pane; never quits";
        RunSelected = "run_selected", "run the test or group under the cursor";
        RunAll = "run_all", "run all tests";
        RunFailed = "run_failed", "run what did not pass";
        RunAgain = "run_again", "run the same tests as last time";
        RunUntilFail = "run_until_fail", "repeat the test or group under the cursor until a test fails";
        RunHold = "run_hold", "run what is under the cursor; what fails is HELD, with its daemons alive";
        Continue = "continue", "let the held test or group under the cursor go on: to its teardown";
        Debugger = "debugger", "open gdb on the daemon of the test under the cursor";
        Stop = "stop", "stop the test or group under the cursor; once more to kill it";
        StopAll = "stop_all", "stop the run; once more to kill it";
        Watch = "watch", "rerun on changes: begin, pause, resume";
        Build = "build", "show or hide what the last build said";
        Harness = "harness", "give tests of pytest our fixtures, or their suite's own; remembered";
        Timeline = "timeline", "show the test's timeline: all that was written, on one clock";
        Results = "results", "show the test's results: why it failed, and what each operation replied";
        Workspace = "workspace", "show the test's workspace: the directories that it left";
        Output = "output", "show the test's output: what it printed";
        History = "history", "show the test's history: how it went in other runs";
        Changes = "changes", "show the test's changes: what its view added, modified and deleted";
        SwitchPane = "switch_pane", "go to the other pane";
        Zoom = "zoom", "give the whole screen to one pane, or share it again";
        Edit = "edit", "open the test's source in $EDITOR";
        Copy = "copy", "copy what is chosen or under the cursor: lines, a result, a path, a name";
        CopyRerun = "copy_rerun", "copy a command that runs the test or group";
        Shell = "shell", "open a shell in the workspace; with-client CMD there sees the file system";
        Print = "print", "leave all of what the pane shows on the normal screen, until a key is pressed";
        Mouse = "mouse", "take the mouse, to click and scroll, or give it back to the terminal";
        NarrowerTests = "narrower_tests", "make the pane of the tests narrower, and the details wider";
        WiderTests = "wider_tests", "make the pane of the tests wider, and the details narrower";
        Theme = "theme", "choose a theme";
        OwnLog = "own_log", "show what the workbench itself did, and what went wrong";
        Palette = "palette", "find and do anything: this list";
        Redraw = "redraw", "paint the screen anew";
        Suspend = "suspend", "suspend to the shell";
        Quit = "quit", "quit; asks while something runs";
    }
    Tests {
        NextFailure = "next_failure", "go to the next test that did not pass";
        PreviousFailure = "previous_failure", "go to the previous test that did not pass";
        FoldAll = "fold_all", "fold or unfold all groups";
        Filter = "filter", "filter tests: fuzzy words, tag:NAME, status:failed";
        FilterStatus = "filter_status", "show only tests of one status, then of the next";
        OnlyFailed = "only_failed", "show only what did not pass";
        FailuresFirst = "failures_first", "let what did not pass float to the top";
        Mark = "mark", "mark the test or group, or take its mark away";
        ClearMarks = "clear_marks", "take all marks away";
        RunMarked = "run_marked", "run what is marked";
        Pin = "pin", "pin the test or group: what changes, it runs first; or unpin it";
    }
    Details {
        Search = "search", "look for a pattern in all sources";
        NextMatch = "next_match", "go to the next match";
        PreviousMatch = "previous_match", "go to the previous match";
        FilterLines = "filter_lines", "show only lines with a pattern";
        ExcludeLines = "exclude_lines", "show only lines without a pattern, as does & and then !";
        MoreContext = "more_context", "show more lines around those that the filter finds";
        LessContext = "less_context", "show fewer lines around those that the filter finds";
        NextFault = "next_fault", "go to the next thing that failed the test: a step, a panic";
        PreviousFault = "previous_fault", "go to the previous thing that failed the test";
        NextError = "next_error", "go to the next line that tells of an error";
        PreviousError = "previous_error", "go to the previous line that tells of an error";
        PreviewDown = "preview_down", "scroll what stands beside the list down: a preview, what failed";
        PreviewUp = "preview_up", "scroll what stands beside the list up: a preview, what failed";
        UnfoldAll = "unfold_all", "unfold all results or close all directories; fold them again";
        NextStep = "next_step", "go to the next step";
        PreviousStep = "previous_step", "go to the previous step";
        Choose = "choose", "choose lines: move on to choose more, copy them, or go back";
        MarkLine = "mark_line", "mark the line, or take its mark away";
        NextMark = "next_mark", "go to the next line that is marked";
        PreviousMark = "previous_mark", "go to the previous line that is marked";
    }
    Timeline {
        Source = "source", "switch a source on or off, by its number";
        OnlySource = "only_source", "show only one source, by its number, or all again";
        Level = "level", "show only graver lines";
        Internal = "internal", "show or fold the client library's calls to itself";
        Times = "times", "tell the time as a clock, since the start, or since the line above";
    }
    Results {
        NextColumn = "next_column", "sort by the column to the right";
        PreviousColumn = "previous_column", "sort by the column to the left";
        Order = "order", "sort the other way round";
    }
    History {
        MarkRun = "mark_run", "mark the attempt for a comparison, or take its mark away";
        Compare = "compare", "compare the marked attempts log to log; unmarked, a pass with a failure";
        Columns = "columns", "show a comparison side by side, or in one column";
    }
    Workspace {
        MountView = "mount_view", "see what a client sees in mnt, beside what lies in root";
        PreviewAs = "preview_as", "preview as what it looks like, as text, JSON or bytes";
        CompareThis = "compare_this", "compare with another attempt: a marked one, or one that ended otherwise";
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(name: &str) -> Result<Action, String> {
        let known = Action::ALL.iter().find(|action| action.name() == name);
        known
            .copied()
            .ok_or_else(|| lenient::unknown("action", name, Action::ALL.iter().map(|action| action.name())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_come_back() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(*action));
        }
        assert!("fly".parse::<Action>().is_err());
        let told = "quitt".parse::<Action>().expect_err("no action");
        assert_eq!(told, "there is no action `quitt`; did you mean `quit`?");
    }
}
