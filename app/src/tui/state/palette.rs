//! The palette: every action with its keys, to be looked through, searched and done.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::super::action::{Action, Place};
use super::super::keymap::Keymap;
use super::prompt::Prompt;

/// The palette while it is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Palette {
    /// What is looked for.
    pub prompt: Prompt,
    /// Index of the entry under the cursor.
    pub cursor: usize,
}

/// An action in the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Its keys, the shortest first.
    pub keys: Vec<String>,
    /// Which characters of its help were found, ascending.
    pub found: Vec<u32>,
}

impl Palette {
    /// Returns what was found, the best first; without a search all there is, what can be done here first.
    #[must_use]
    pub fn entries(&self, keymap: &Keymap, here: Place) -> Vec<Entry> {
        let query = self.prompt.text().trim();
        if query.is_empty() {
            return in_order(here)
                .map(|action| entry(action, keymap, Vec::new()))
                .collect();
        }
        let pattern = Pattern::parse(query, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut scored: Vec<(u32, Entry)> = in_order(here)
            .filter_map(|action| {
                let mut found = Vec::new();
                let text = format!("{} {}", action.help(), action.name());
                let score = pattern.indices(Utf32Str::new(&text, &mut Vec::new()), &mut matcher, &mut found);
                found.sort_unstable();
                found.dedup();
                let entry = entry(action, keymap, found);
                // Who types a key wants to know what it does.
                let is_key = entry.keys.iter().any(|key| key == query);
                let score = if is_key { Some(u32::MAX) } else { score };
                Some((score?, entry))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Whether all there is is shown, place by place.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.prompt.text().trim().is_empty()
    }
}

fn entry(action: Action, keymap: &Keymap, found: Vec<u32>) -> Entry {
    Entry {
        action,
        keys: keymap.keys(action),
        found,
    }
}

/// All actions: first those of where one is, then the others as they stand in their table.
fn in_order(here: Place) -> impl Iterator<Item = Action> {
    let mut places = here.around();
    let others = Place::ALL.into_iter().filter(|place| !places.contains(place));
    places.extend(others.collect::<Vec<_>>());
    places.into_iter().flat_map(|place| {
        let all = Action::ALL.iter().copied();
        all.filter(move |action| action.place() == place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, here: Place) -> Vec<Action> {
        let palette = Palette {
            prompt: Prompt::new(query),
            cursor: 0,
        };
        let entries = palette.entries(&Keymap::default(), here);
        entries.into_iter().map(|entry| entry.action).collect()
    }

    #[test]
    fn without_a_search_every_action_is_there_once() {
        for here in Place::ALL {
            let mut all = found("", here);
            assert_eq!(
                all[0].place(),
                here.around()
                    .into_iter()
                    .find(|place| all.iter().any(|action| action.place() == *place))
                    .expect("a place")
            );
            all.sort_unstable();
            let mut wanted = Action::ALL.to_vec();
            wanted.sort_unstable();
            assert_eq!(all, wanted);
        }
    }

    #[test]
    fn words_names_and_keys_are_found() {
        assert_eq!(found("run failed", Place::Tests)[0], Action::RunFailed);
        assert_eq!(found("copy_rerun", Place::Tests)[0], Action::CopyRerun);
        assert_eq!(found("ctrl-l", Place::Tests)[0], Action::Redraw);
        assert_eq!(found("/", Place::Output)[0], Action::Search);
        assert!(found("xyzzy", Place::Tests).is_empty());
    }
}
