//! From a key to what it means here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::effect::Purpose;
use super::list::Motion;
use super::timeline::Goal;
use super::update::Msg;
use super::{Drill, Prefix, Tab};

/// The keys of the drill-down, for the help: key, name, and what it does.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("1-5", "tab", "timeline, results, workspace, output, history"),
    (
        "j k pgdn pgup g G",
        "move",
        "down, up, a page, to the first, to the last; at the end of a live test it follows",
    ),
    (
        "h l left right",
        "sideways",
        "show what is further left or right; in the workspace close and open",
    ),
    (
        "enter",
        "open",
        "a step: only the lines of its life; a result: as JSON; a directory",
    ),
    (
        "esc",
        "widen",
        "undo the last narrowing: a step's life, the filter, the search",
    ),
    ("/", "search", "look for a pattern in all sources"),
    ("n N", "match", "to the next match, to the one before"),
    ("&", "filter", "show only lines with a pattern"),
    (
        "+ -",
        "context",
        "more or fewer lines around what the filter finds",
    ),
    ("] [", "error", "to the next line that failed, to the one before"),
    ("} {", "step", "to the next step, to the one before"),
    ("s 1-9", "source", "switch a source on or off"),
    ("o 1-9", "only", "show only this source, or all again"),
    ("L", "level", "show only graver lines"),
    (
        "i",
        "internal",
        "show or fold the client library's calls to itself",
    ),
    (
        "t",
        "time",
        "as a clock, since the start, or since the line above",
    ),
    (
        "O",
        "order",
        "sort the results by time, duration, operation or errno",
    ),
    (
        "v",
        "preview",
        "preview as what it looks like, as text, JSON or bytes",
    ),
    ("K J", "scroll", "scroll the preview up and down"),
];

/// Returns what a key means; `None` leaves it to others.
#[must_use]
pub fn key(drill: &Drill, key: KeyEvent) -> Option<Msg> {
    if drill.is_typing() {
        return Some(typed(key));
    }
    if drill.prefix.is_some() {
        return Some(match key.code {
            KeyCode::Char(digit @ '1'..='9') => Msg::Digit(digit as usize - '0' as usize),
            _ => Msg::NoDigit,
        });
    }
    if key.modifiers.intersects(KeyModifiers::ALT) {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('d') => Some(Msg::Go(Motion::PageDown)),
            KeyCode::Char('u') => Some(Msg::Go(Motion::PageUp)),
            _ => None,
        };
    }
    moves(drill, key.code).or_else(|| intent(drill, key.code))
}

/// While something is typed, no key is a command.
fn typed(key: KeyEvent) -> Msg {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => Msg::Accept,
        KeyCode::Backspace => Msg::Erase,
        KeyCode::Char('h') if control => Msg::Erase,
        KeyCode::Char(char) if !control => Msg::Typed(char),
        KeyCode::Esc | KeyCode::Char('c' | 'u') => Msg::Cancel,
        _ => Msg::NoDigit,
    }
}

fn moves(drill: &Drill, code: KeyCode) -> Option<Msg> {
    Some(match code {
        KeyCode::Char('j') | KeyCode::Down => Msg::Go(Motion::Down),
        KeyCode::Char('k') | KeyCode::Up => Msg::Go(Motion::Up),
        KeyCode::PageDown => Msg::Go(Motion::PageDown),
        KeyCode::PageUp => Msg::Go(Motion::PageUp),
        KeyCode::Char('g') | KeyCode::Home => Msg::Go(Motion::First),
        KeyCode::Char('G') | KeyCode::End => Msg::Go(Motion::Last),
        KeyCode::Char('h') | KeyCode::Left => Msg::Sideways(-8),
        KeyCode::Char('l') | KeyCode::Right => Msg::Sideways(8),
        KeyCode::Char('J') if drill.tab == Tab::Workspace => Msg::Scroll(Motion::Down),
        KeyCode::Char('K') if drill.tab == Tab::Workspace => Msg::Scroll(Motion::Up),
        KeyCode::Char(digit @ '1'..='5') => Msg::Tab(Tab::ALL[digit as usize - '1' as usize]),
        _ => return None,
    })
}

fn intent(drill: &Drill, code: KeyCode) -> Option<Msg> {
    let timeline = &drill.timeline;
    let is_narrow = match drill.tab {
        Tab::Timeline => {
            timeline.life.is_some() || timeline.filter.query.is_some() || timeline.search.query.is_some()
        }
        Tab::Results => drill.results.open,
        _ => false,
    };
    Some(match code {
        KeyCode::Enter => Msg::Enter,
        // Otherwise it is for who holds us.
        KeyCode::Esc | KeyCode::Backspace if is_narrow => Msg::Back,
        KeyCode::Char('/') => Msg::Ask(Purpose::Search),
        KeyCode::Char('&') => Msg::Ask(Purpose::Filter),
        KeyCode::Char('n') => Msg::Jump(Goal::Match, true),
        KeyCode::Char('N') => Msg::Jump(Goal::Match, false),
        KeyCode::Char(']') => Msg::Jump(Goal::Error, true),
        KeyCode::Char('[') => Msg::Jump(Goal::Error, false),
        KeyCode::Char('}') => Msg::Jump(Goal::Step, true),
        KeyCode::Char('{') => Msg::Jump(Goal::Step, false),
        KeyCode::Char('+') => Msg::Context(true),
        KeyCode::Char('-') => Msg::Context(false),
        KeyCode::Char('s') => Msg::Prefix(Prefix::Source),
        KeyCode::Char('o') => Msg::Prefix(Prefix::Only),
        KeyCode::Char('L') => Msg::Level,
        KeyCode::Char('i') => Msg::Fold,
        KeyCode::Char('t') => Msg::Time,
        KeyCode::Char('O') => Msg::Order,
        KeyCode::Char('v') => Msg::Mode,
        _ => return None,
    })
}
