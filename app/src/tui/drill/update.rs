//! What follows from what. No file, no clock, no waiting.

use std::path::PathBuf;

use super::effect::{Effect, Loaded, Purpose, Wish};
use super::list::Motion;
use super::timeline::Goal;
use super::{Drill, HistoryAct, Prefix, ResultsAct, Tab};

mod answer;
mod changes;
mod choose;
mod history;
mod mount;
mod moves;
mod narrow;
mod results;
mod rows;
mod seek;
mod show;
mod texts;
mod typed;
mod workspace;

pub(super) use history::is_wide;

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
    /// One tab has all the room, or does no longer.
    Alone(bool),
    /// Why the test that is shown, or is about to be, did not pass; none if it did.
    Why(Option<String>),
    /// There is a verdict on the test that is shown.
    Judged,
    /// The keys are for it, or for others.
    Keys(bool),
    /// What came of an effect.
    Loaded(Loaded),
    /// Look at the test this way.
    Tab(Tab),
    /// Move.
    Go(Motion),
    /// Move in a tab that is shown, whichever has the keys.
    GoIn(Tab, Motion),
    /// Go to this row of the list that is shown.
    To(usize),
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
    /// The last word is not meant.
    EraseWord,
    /// Nothing of it is meant.
    EraseAll,
    /// What was typed before is meant: the next older, or the next newer.
    Recall(bool),
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
    /// Mark the line under the cursor, or take its mark away.
    Mark,
    /// Begin to choose lines here, or choose none any more.
    Choose,
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
    /// See what a client sees in the mount point, or look away.
    Mount,
    /// Go to the next row of that which does not fit, or to the one before.
    Unfit(bool),
    /// Look at other runs.
    History(HistoryAct),
    /// Sort the results.
    Results(ResultsAct),
    /// Preview another way.
    Mode,
    /// Scroll the preview.
    Scroll(Motion),
}

impl Msg {
    /// Whether it changes nothing on the screen: a look at files that brought nothing.
    #[must_use]
    pub fn is_no_news(&self) -> bool {
        match self {
            Msg::Loaded(loaded) => loaded.is_no_news(),
            _ => false,
        }
    }

    /// Whether a user said it.
    fn is_of_the_user(&self) -> bool {
        !matches!(
            self,
            Msg::Show { .. }
                | Msg::Why(_)
                | Msg::Judged
                | Msg::Keys(_)
                | Msg::Poll
                | Msg::Area(..)
                | Msg::Loaded(_)
        )
    }
}

/// Takes a message, and returns what is needed of the disk.
pub fn update(drill: &mut Drill, msg: Msg) -> Vec<Effect> {
    if msg.is_of_the_user() {
        drill.notice = None;
    }
    let wishes = take(drill, msg);
    let texts = texts::missing(drill);
    let generation = drill.generation;
    // What is to be read comes before what is found out behind it: a large log goes on to be indexed meanwhile.
    let wishes = texts.into_iter().chain(wishes);
    wishes.map(|wish| Effect { generation, wish }).collect()
}

fn take(drill: &mut Drill, msg: Msg) -> Vec<Wish> {
    match msg {
        Msg::Show {
            attempt_dir,
            id,
            live,
        } => return show::show(drill, attempt_dir, id, live),
        Msg::Why(why) => drill.why = why,
        Msg::Keys(keys) => drill.has_keys = keys,
        Msg::Judged => return show::look_back(drill),
        Msg::Poll => return show::poll(drill),
        Msg::Area(columns, rows) => {
            drill.area = (columns, rows);
            return show::resized(drill);
        }
        Msg::Alone(alone) => {
            drill.alone = alone;
            return show::resized(drill);
        }
        Msg::Loaded(loaded) if loaded.generation == drill.generation => {
            return answer::take(drill, loaded.answer);
        }
        Msg::Loaded(_) => {}
        Msg::Tab(tab) => return show::tab(drill, tab),
        Msg::Go(motion) => return moves::go(drill, motion),
        Msg::GoIn(tab, motion) => return moves::go_in(drill, tab, motion),
        Msg::To(row) => return moves::to(drill, row),
        Msg::Sideways(columns) => return moves::sideways(drill, columns),
        Msg::Enter => return moves::enter(drill),
        Msg::Back => return back(drill),
        Msg::Mount => return mount::toggle(drill),
        Msg::Unfit(forward) => mount::next(drill, forward),
        Msg::History(act) => return history::act(drill, act),
        Msg::Ask(purpose) => return typed::begin(drill, purpose),
        Msg::Typed(_) | Msg::Erase | Msg::EraseWord | Msg::EraseAll | Msg::Recall(_) => {
            return typed::typed(drill, msg);
        }
        Msg::Accept | Msg::Cancel => return typed::typed(drill, msg),
        Msg::Jump(goal, forward) => return seek::jump(drill, goal, forward),
        Msg::Prefix(prefix) => drill.prefix = Some(prefix),
        Msg::Digit(digit) => return choose::source(drill, digit),
        Msg::NoDigit => drill.prefix = None,
        Msg::Mark => return choose::mark(drill),
        Msg::Choose => return choose::lines(drill),
        Msg::Time => drill.timeline.time = drill.timeline.time.next(),
        Msg::Level | Msg::Fold | Msg::Context(_) => return choose::choose(drill, &msg),
        Msg::Results(act) => results::act(drill, act),
        Msg::UnfoldAll => return moves::fold_all(drill),
        Msg::Scroll(motion) => return moves::scroll(drill, motion),
        Msg::Mode if drill.tab == Tab::Timeline => drill.timeline.show_bytes(),
        Msg::Mode => return workspace::mode(drill),
    }
    Vec::new()
}

/// Undoes the last narrowing; without one, leaves a past run.
fn back(drill: &mut Drill) -> Vec<Wish> {
    if drill.tab == Tab::Workspace && drill.workspace.is_choosing() {
        return workspace::choose(drill);
    }
    let is_closed = match drill.tab {
        Tab::History => history::leave_comparison(drill),
        Tab::Workspace => drill.mount.take().is_some(),
        _ => false,
    };
    if is_closed {
        return Vec::new();
    }
    if drill.is_reading_less() {
        return narrow::back(drill);
    }
    history::to_present(drill)
}
