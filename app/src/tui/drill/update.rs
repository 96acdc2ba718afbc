//! What follows from what. No file, no clock, no waiting.

use std::path::PathBuf;

use super::effect::{Effect, Loaded, Purpose, Wish};
use super::list::Motion;
use super::query::Query;
use super::timeline::Goal;
use super::{Drill, Prefix, ResultsAct, Tab};

mod answer;
mod moves;
mod results;
mod show;
mod texts;
mod timeline;
mod workspace;

/// What the drill-down can be told.
#[derive(Debug, Clone)]
pub enum Msg {
    /// Show an attempt of a test, or a test that was not tried yet.
    Show {
        /// The attempt's directory.
        attempt_dir: Option<PathBuf>,
        /// The test.
        id: String,
        /// Whether it still runs.
        live: bool,
    },
    /// The attempt's files may have grown.
    Poll,
    /// There are this many columns and rows.
    Area(u16, u16),
    /// What came of an effect.
    Loaded(Loaded),
    /// Look at the test this way.
    Tab(Tab),
    /// Move.
    Go(Motion),
    /// Show what is further to the right, or to the left.
    Sideways(i16),
    /// Open what is under the cursor.
    Enter,
    /// Undo the last narrowing.
    Back,
    /// Begin to type what to look for.
    Ask(Purpose),
    /// A character was typed.
    Typed(char),
    /// The last one is not meant.
    Erase,
    /// It is typed.
    Accept,
    /// It is not meant at all.
    Cancel,
    /// Go to the next, or to the one before.
    Jump(Goal, bool),
    /// The next digit is a source.
    Prefix(Prefix),
    /// It is this one, from 1.
    Digit(usize),
    /// No digit came.
    NoDigit,
    /// Show only graver lines.
    Level,
    /// Show times another way.
    Time,
    /// Show, or leave out, the client library's calls to itself.
    Fold,
    /// More, or fewer, lines around those that the filter finds.
    Context(bool),
    /// Unfold all, or fold all.
    UnfoldAll,
    /// Sort the results.
    Results(ResultsAct),
    /// Preview another way.
    Mode,
    /// Scroll the preview.
    Scroll(Motion),
}

/// Takes a message, and returns what is needed of the disk.
pub fn update(drill: &mut Drill, msg: Msg) -> Vec<Effect> {
    let mut wishes = match msg {
        Msg::Show {
            attempt_dir,
            id,
            live,
        } => show::show(drill, attempt_dir, id, live),
        Msg::Poll => show::poll(drill),
        Msg::Area(columns, rows) => {
            drill.area = (columns, rows);
            Vec::new()
        }
        Msg::Loaded(loaded) if loaded.generation == drill.generation => answer::take(drill, loaded.answer),
        Msg::Loaded(_) => Vec::new(),
        Msg::Tab(tab) => show::tab(drill, tab),
        Msg::Go(motion) => moves::go(drill, motion),
        Msg::Sideways(columns) => moves::sideways(drill, columns),
        Msg::Enter => moves::enter(drill),
        Msg::Back => timeline::back(drill),
        Msg::Ask(purpose) => {
            drill.prompt = Some((purpose, String::new()));
            Vec::new()
        }
        Msg::Typed(_) | Msg::Erase | Msg::Accept | Msg::Cancel => typed(drill, &msg),
        Msg::Jump(goal, forward) => timeline::jump(drill, goal, forward),
        Msg::Prefix(prefix) => {
            drill.prefix = Some(prefix);
            Vec::new()
        }
        Msg::Digit(digit) => timeline::source(drill, digit),
        Msg::NoDigit => {
            drill.prefix = None;
            Vec::new()
        }
        Msg::Level | Msg::Time | Msg::Fold | Msg::Context(_) => timeline::choose(drill, &msg),
        Msg::Results(act) => {
            results::act(drill, act);
            Vec::new()
        }
        Msg::UnfoldAll => {
            match drill.tab {
                Tab::Workspace => workspace::close_all(drill),
                _ => results::fold_all(drill),
            }
            Vec::new()
        }
        Msg::Scroll(motion) => {
            match drill.tab {
                Tab::Results => results::scroll(drill, motion),
                _ => workspace::scroll(drill, motion),
            }
            Vec::new()
        }
        Msg::Mode => {
            drill.workspace.mode = drill.workspace.mode.next();
            drill.workspace.scroll = 0;
            Vec::new()
        }
    };
    wishes.extend(texts::missing(drill));
    let generation = drill.generation;
    wishes
        .into_iter()
        .map(|wish| Effect { generation, wish })
        .collect()
}

/// Takes a key while something is typed.
fn typed(drill: &mut Drill, msg: &Msg) -> Vec<Wish> {
    let Some((purpose, text)) = &mut drill.prompt else {
        return Vec::new();
    };
    match msg {
        Msg::Typed(char) => text.push(*char),
        Msg::Erase => drop(text.pop()),
        Msg::Accept => {
            let (purpose, query) = (*purpose, Query::new(text));
            drill.prompt = None;
            return timeline::ask(drill, purpose, query);
        }
        _ => drill.prompt = None,
    }
    Vec::new()
}
