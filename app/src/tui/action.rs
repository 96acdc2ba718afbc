//! Everything the user can ask for, as data: keys, the help and tests speak of these and of nothing else.

use std::fmt;
use std::str::FromStr;

macro_rules! actions {
    ($($action:ident = $name:literal, $help:literal;)*) => {
        /// What the user asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $(#[doc = $help] $action),* }

        impl Action {
            /// All of them, in the order of the help.
            pub const ALL: &[Action] = &[$(Action::$action),*];

            /// Returns its name in keymaps.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Action::$action => $name),* }
            }

            /// Returns what it does, in the words of the help.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Action::$action => $help),* }
            }
        }
    };
}

actions! {
    Down = "down", "move down";
    Up = "up", "move up";
    PageDown = "page_down", "move down a page";
    PageUp = "page_up", "move up a page";
    Top = "top", "go to the first row";
    Bottom = "bottom", "go to the last row";
    NextFailure = "next_failure", "go to the next test that did not pass";
    PreviousFailure = "previous_failure", "go to the previous test that did not pass";
    Fold = "fold", "fold the group, or go to it";
    Unfold = "unfold", "unfold the group, or go into it";
    FoldAll = "fold_all", "fold or unfold all groups";
    Filter = "filter", "filter tests by name, fuzzily; tag:NAME filters by tag";
    ClearFilter = "clear_filter", "show all tests again";
    OnlyFailed = "only_failed", "show only what did not pass";
    FailuresFirst = "failures_first", "let what did not pass float to the top";
    Mark = "mark", "mark the test or group, or take its mark away";
    ClearMarks = "clear_marks", "take all marks away";
    RunSelected = "run_selected", "run the test or group under the cursor";
    RunAll = "run_all", "run all tests";
    RunFailed = "run_failed", "run what did not pass";
    RunMarked = "run_marked", "run what is marked";
    RunAgain = "run_again", "run the same tests as last time";
    RunUntilFail = "run_until_fail", "repeat the test or group under the cursor until a test fails";
    Stop = "stop", "stop the run; once more to kill it";
    Watch = "watch", "pause or resume reruns on changes";
    SwitchPane = "switch_pane", "go to the other pane";
    Zoom = "zoom", "give the whole screen to one pane, or share it again";
    Edit = "edit", "open the test's source in $EDITOR";
    CopyRerun = "copy_rerun", "copy a command that runs the test or group";
    Theme = "theme", "take the next theme";
    Help = "help", "show or hide this help";
    Redraw = "redraw", "paint the screen anew";
    Suspend = "suspend", "suspend to the shell";
    Quit = "quit", "quit; asks while something runs";
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
            .ok_or_else(|| format!("there is no action `{name}`"))
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
    }
}
