//! All that the screen shows, as data. Nothing here draws, waits or asks.

use std::collections::VecDeque;
use std::path::PathBuf;

use gkfs_runner::event::Level;
use gkfs_runner::record::StackInfo;
use gkfs_runner::status::Summary;

use super::action::Place;
use super::build::Build;
use super::config::Settings;
use super::drill;
use super::keymap::{Chord, Keymap};
use super::msg::Request;
use super::theme::Theme;
use own_log::OwnLog;
use palette::Palette;
use picker::Picker;
use prompt::Prompt;
use suite::Suite;
use tree::Tree;
use watched::Watched;

pub mod filter;
pub mod own_log;
pub mod palette;
pub mod picker;
pub mod prompt;
pub mod suite;
pub mod tally;
pub mod tree;
pub mod watched;

/// How long a notice stays, in microseconds.
pub const TOAST_US: u64 = 6_000_000;

/// The whole state of a session.
#[derive(Debug)]
pub struct State {
    /// What the session is about, for the top line.
    pub title: String,
    /// The stack that tests run against.
    pub stack: StackInfo,
    /// The suite's directory.
    pub root: PathBuf,
    /// What can be asked for here.
    pub mode: Mode,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The monotonic clock when it was last looked at, in microseconds.
    pub now: u64,
    /// Groups and tests.
    pub suite: Suite,
    /// How they are shown.
    pub tree: Tree,
    /// The drill-down of the selected test.
    pub drill: drill::Drill,
    /// What goes on.
    pub activity: Activity,
    /// The run that goes on, or the last one.
    pub run: Option<Run>,
    /// What is run as soon as nothing else is.
    pub queued: Option<Request>,
    /// What was asked for last.
    pub last: Option<Request>,
    /// What goes on was asked for by this.
    pub current: Option<Request>,
    /// Whether changes rerun tests.
    pub watch: Watch,
    /// Whether a change ends a run that goes on, instead of waiting for its end.
    pub restart: bool,
    /// What is known of changes, and of the stack's programs.
    pub watched: Watched,
    /// The last build.
    pub build: Build,
    /// The pane that takes the keys.
    pub focus: Pane,
    /// Whether that pane has the whole screen.
    pub zoom: bool,
    /// The share of the tests' pane, in percent, once the user has changed it.
    pub share: Option<u16>,
    /// The filter while it is typed, and what it was before.
    pub prompt: Option<(Prompt, String)>,
    /// The list of all that can be asked for, while it is open.
    pub palette: Option<Palette>,
    /// The choice of a theme, while it is open.
    pub picker: Option<Picker>,
    /// The workbench's own log, while it is shown.
    pub own_log: Option<OwnLog>,
    /// Where that is written, if it is.
    pub log_file: Option<PathBuf>,
    /// Whether it is asked whether to quit although something runs.
    pub confirm_quit: bool,
    /// Whether the mouse is ours; else the terminal selects text with it, as everywhere.
    pub mouse: bool,
    /// Keys that wait for others.
    pub pending: Vec<Chord>,
    /// Notices, the newest last, each with the time at which it goes.
    pub toasts: VecDeque<(Level, String, u64)>,
    /// What the user wants everywhere.
    pub settings: Settings,
    /// What keys do.
    pub keymap: Keymap,
    /// What roles look like.
    pub theme: Theme,
    /// The themes to choose from.
    pub themes: Vec<Theme>,
    /// How the command of the same suite and stack begins; a test's id completes it.
    pub rerun: String,
    /// Whether the end of the run is waited for, to quit.
    pub quitting: bool,
    /// Ids of the tests that ran when it was decided to quit.
    pub ending: Vec<String>,
    /// How often it was asked to stop the run.
    pub stops: u32,
    /// Whether the rows must be made anew.
    pub stale_rows: bool,
    /// What the drill-down was told to show: an attempt, of which test, and whether it runs.
    pub shown: Option<Shown>,
    /// Columns and rows that the drill-down knows it has.
    pub drill_area: (u16, u16),
}

/// What the drill-down shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The attempt's directory, once there is one.
    pub attempt_dir: Option<PathBuf>,
    /// The test.
    pub id: String,
    /// Whether it runs.
    pub live: bool,
}

/// What kind of session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Tests can be run.
    Live,
    /// A recorded run is looked at.
    Recorded,
}

/// What goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Activity {
    /// Nothing.
    #[default]
    Idle,
    /// Tests are looked for; what is built for it, and since when.
    Finding(Option<(String, u64)>),
    /// Tests run.
    Running,
}

/// A run.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// Its directory.
    pub dir: PathBuf,
    /// The build of the stack that it was made on, in a few digits; empty where that is not known.
    pub build: String,
    /// Whether it is, or was, run by this session.
    pub live: bool,
    /// Whether another process makes it right now.
    pub elsewhere: bool,
    /// Whether whoever made it was killed.
    pub killed: bool,
    /// How many tests it holds.
    pub selected: u64,
    /// How its tests ended so far.
    pub summary: Summary,
    /// When its first test began and when the last event came, on the monotonic clock.
    pub span: Option<(u64, u64)>,
    /// Why it was cancelled.
    pub cancelled: Option<String>,
    /// Its exit status, once it has ended.
    pub exit_code: Option<u8>,
}

/// Returns the build of a stack's daemon in a few digits: whoever builds it wants to know which one runs.
#[must_use]
pub fn build_of(stack: &StackInfo) -> String {
    const DIGITS: usize = 8;
    let daemon = stack.files.get(gkfs_harness::stack::DAEMON);
    let id = daemon.map_or("", |file| file.build_id.as_str());
    // Some ids begin with the name of what made them.
    let id = id.rsplit(':').next().unwrap_or(id);
    id.chars().take(DIGITS).collect()
}

/// Whether changes rerun tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Watch {
    /// Nobody looks for changes.
    #[default]
    Off,
    /// They do.
    On,
    /// They are noticed, and nothing else.
    Paused,
}

/// One half of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// Groups and tests.
    Tests,
    /// The selected one.
    Drill,
}

/// Who takes the keys: computed, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The question whether to quit.
    Confirm,
    /// The palette.
    Palette,
    /// The choice of a theme.
    Picker,
    /// The workbench's own log.
    OwnLog,
    /// The filter's line.
    Prompt,
    /// What is typed in the drill-down.
    Typing,
    /// A pane.
    Pane(Pane),
}

impl State {
    /// A session in which nothing has happened.
    #[must_use]
    pub fn new(mode: Mode, title: String) -> State {
        State {
            title,
            root: PathBuf::new(),
            stack: StackInfo::default(),
            mode,
            size: (0, 0),
            now: 0,
            suite: Suite::default(),
            tree: Tree::default(),
            drill: drill::Drill::default(),
            activity: Activity::Idle,
            run: None,
            queued: None,
            last: None,
            current: None,
            watch: Watch::Off,
            restart: false,
            watched: Watched::default(),
            build: Build::default(),
            focus: Pane::Tests,
            zoom: false,
            share: None,
            prompt: None,
            palette: None,
            picker: None,
            own_log: None,
            log_file: None,
            confirm_quit: false,
            mouse: false,
            pending: Vec::new(),
            toasts: VecDeque::new(),
            settings: Settings::default(),
            keymap: Keymap::default(),
            theme: Theme::default(),
            themes: vec![Theme::default()],
            rerun: "gkfs-bench run".to_owned(),
            quitting: false,
            ending: Vec::new(),
            stops: 0,
            stale_rows: true,
            shown: None,
            drill_area: (0, 0),
        }
    }

    /// Returns who takes the keys.
    #[must_use]
    pub fn layer(&self) -> Layer {
        match self.focus {
            _ if self.confirm_quit || self.watched.asks() => Layer::Confirm,
            _ if self.palette.is_some() => Layer::Palette,
            _ if self.picker.is_some() => Layer::Picker,
            _ if self.own_log.is_some() => Layer::OwnLog,
            _ if self.prompt.is_some() => Layer::Prompt,
            Pane::Drill if self.drill.is_typing() => Layer::Typing,
            pane => Layer::Pane(pane),
        }
    }

    /// Returns where one is, for keys.
    #[must_use]
    pub fn place(&self) -> Place {
        match self.focus {
            Pane::Tests => Place::Tests,
            Pane::Drill => self.drill.place(),
        }
    }

    /// Whether something goes on whose progress depends on the clock.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.activity != Activity::Idle
    }

    /// Whether time changes what is shown: else the clock need not be looked at.
    #[must_use]
    pub fn needs_clock(&self) -> bool {
        self.is_busy() || !self.toasts.is_empty() || self.run.as_ref().is_some_and(|run| run.elsewhere)
    }

    /// Whether the details of a test make room for what a build says. One that takes long is shown unasked while the
    /// keys are with the tests: whoever reads something goes on reading.
    #[must_use]
    pub fn shows_build(&self) -> bool {
        self.build.shown || (self.focus == Pane::Tests && self.build.is_long(self.now))
    }

    /// Says something to the user.
    pub fn toast(&mut self, level: Level, text: impl Into<String>) {
        const MOST: usize = 5;
        let text = text.into();
        // What is said again is seen once, for longer.
        self.toasts.retain(|(_, known, _)| *known != text);
        self.toasts.push_back((level, text, self.now + TOAST_US));
        if self.toasts.len() > MOST {
            self.toasts.pop_front();
        }
    }
}
