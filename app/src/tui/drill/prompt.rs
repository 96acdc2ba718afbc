//! A pattern while it is typed. What it finds is shown at once, and what was before comes back if it is not meant.

use super::effect::Purpose;
use super::query::Query;
use super::rows::Key;

/// What is being typed.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    /// What for.
    pub(crate) purpose: Purpose,
    /// As far as it is typed.
    pub(crate) text: String,
    /// Which of the patterns from before stands there, counted from the last.
    recalled: Option<usize>,
    /// What was looked for before.
    pub(crate) before: Option<Query>,
    /// Where one was, and how far below the top; `None` is the end that comes.
    pub(crate) place: Option<(Key, usize)>,
}

impl Prompt {
    /// Begins with what is looked for now, if that is to be changed.
    pub(crate) fn new(purpose: Purpose, before: Option<Query>, place: Option<(Key, usize)>) -> Prompt {
        let text = before.as_ref().filter(|_| purpose != Purpose::Search);
        Prompt {
            purpose,
            text: text.map_or(String::new(), |query| query.text.clone()),
            recalled: None,
            before,
            place,
        }
    }

    /// The sign that stands before the text.
    pub(crate) fn sign(&self) -> char {
        match self.purpose {
            Purpose::Search => '/',
            Purpose::Filter => '&',
            Purpose::Exclude => '~',
        }
    }

    /// Takes the last word away.
    pub(crate) fn erase_word(&mut self) {
        let kept = self.text.trim_end();
        let end = kept.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        self.text.truncate(end);
    }

    /// Puts a pattern from before there, the next older or the next newer one.
    pub(crate) fn recall<'a>(&mut self, older: bool, of: impl Fn(usize) -> Option<&'a str>) {
        let wanted = match (self.recalled, older) {
            (None, true) => Some(0),
            (Some(nth), true) => Some(nth + 1),
            (Some(nth), false) => nth.checked_sub(1),
            (None, false) => return,
        };
        match wanted {
            None => {
                self.recalled = None;
                self.text.clear();
            }
            Some(nth) => {
                if let Some(text) = of(nth) {
                    self.recalled = wanted;
                    text.clone_into(&mut self.text);
                }
            }
        }
    }
}
