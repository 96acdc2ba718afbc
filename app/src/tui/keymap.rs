//! From keys to actions: a trie for each place, filled from the defaults and then from the user's own file.

use std::collections::BTreeMap;

use super::action::{Action, Place};
pub use chord::{Chord, spell};

mod chord;
#[cfg(test)]
mod tests;

/// The keys as they ship.
pub const DEFAULT: &str = include_str!("keys.toml");

/// The word that takes a key away.
const NONE: &str = "none";

/// Keys, by how they are spelt, and what they lead to.
type Trie = BTreeMap<String, (Chord, Node)>;

/// What a key leads to.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Action(Action),
    Further(Trie),
}

/// What a sequence of keys means.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// This.
    Action(Action),
    /// Something, once it goes on; these are the ways.
    Pending(Vec<(String, &'static str)>),
    /// Nothing.
    Nothing,
}

/// The keys and what they do.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymap {
    places: BTreeMap<Place, Trie>,
}

impl Keymap {
    /// A keymap of nothing but what `text` says. What is wrong in it is returned beside it, a line each.
    #[must_use]
    pub fn parse(text: &str) -> (Keymap, Vec<String>) {
        let mut map = Keymap {
            places: BTreeMap::new(),
        };
        let problems = map.merge(text);
        (map, problems)
    }

    /// Lays the keys of `text` over what is there, and returns what is wrong in it; the rest is used.
    pub fn merge(&mut self, text: &str) -> Vec<String> {
        let (tables, mut problems) = super::lenient::table(text);
        for (name, keys) in &tables {
            let place = Place::ALL.iter().find(|place| place.table() == name);
            match (place, keys.as_table()) {
                (Some(place), Some(keys)) => self.merge_place(*place, keys, &mut problems),
                _ => problems.push(format!("there is no table `[{name}]`")),
            }
        }
        problems
    }

    fn merge_place(&mut self, place: Place, keys: &toml::Table, problems: &mut Vec<String>) {
        let trie = self.places.entry(place).or_default();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (keys, name) in keys {
            let chords = match chord::chords(keys) {
                Ok(chords) => chords,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            if let Some(other) = seen.insert(spell(&chords), keys) {
                problems.push(format!("`{other}` and `{keys}` are the same key"));
                continue;
            }
            let name = name.as_str().unwrap_or_default();
            if name == NONE {
                take_away(trie, &chords);
                continue;
            }
            let put = name.parse().and_then(|action| put(trie, &chords, action));
            problems.extend(put.err().map(|problem| format!("`{keys}`: {problem}")));
        }
    }

    /// Looks up a sequence of keys that is pressed somewhere. The narrower place goes first.
    #[must_use]
    pub fn get(&self, place: Place, chords: &[Chord]) -> Found {
        let mut ways: Vec<(String, &'static str)> = Vec::new();
        for place in place.around() {
            match self.places.get(&place).and_then(|trie| walk(trie, chords)) {
                Some(Step::Action(action)) if ways.is_empty() => return Found::Action(action),
                Some(Step::Further(trie)) => {
                    let new = trie.values().map(|(chord, node)| (chord.to_string(), told(node)));
                    let known = ways.len();
                    for way in new {
                        if ways[..known].iter().all(|(key, _)| *key != way.0) {
                            ways.push(way);
                        }
                    }
                }
                _ => {}
            }
        }
        if ways.is_empty() {
            Found::Nothing
        } else {
            Found::Pending(ways)
        }
    }

    /// Returns the keys of an action, the shortest first.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<String> {
        let mut all = Vec::new();
        for trie in self.places.values() {
            collect(trie, &mut Vec::new(), &mut all);
        }
        let mut keys: Vec<String> = all
            .into_iter()
            .filter(|(_, its)| *its == action)
            .map(|(keys, _)| keys)
            .collect();
        keys.sort_by_key(|keys| (keys.chars().count(), keys.clone()));
        keys.dedup();
        keys
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Keymap::parse(DEFAULT).0
    }
}

/// Where a sequence of keys leads to in one place.
enum Step<'a> {
    Action(Action),
    Further(&'a Trie),
}

fn walk<'a>(mut trie: &'a Trie, chords: &[Chord]) -> Option<Step<'a>> {
    for (nth, chord) in chords.iter().enumerate() {
        match &trie.get(&chord.to_string())?.1 {
            Node::Action(action) if nth + 1 == chords.len() => return Some(Step::Action(*action)),
            Node::Action(_) => return None,
            Node::Further(further) => trie = further,
        }
    }
    Some(Step::Further(trie))
}

fn told(node: &Node) -> &'static str {
    match node {
        Node::Action(action) => action.help(),
        Node::Further(_) => "…",
    }
}

fn put(trie: &mut Trie, chords: &[Chord], action: Action) -> Result<(), String> {
    let Some((first, rest)) = chords.split_first() else {
        return Ok(());
    };
    if rest.is_empty() {
        trie.insert(first.to_string(), (*first, Node::Action(action)));
        return Ok(());
    }
    let further = trie
        .entry(first.to_string())
        .or_insert_with(|| (*first, Node::Further(Trie::new())));
    match &mut further.1 {
        Node::Further(further) => put(further, rest, action),
        Node::Action(taken) => Err(format!("`{first}` alone is {taken} already")),
    }
}

fn take_away(trie: &mut Trie, chords: &[Chord]) {
    match chords {
        [] => {}
        [last] => drop(trie.remove(&last.to_string())),
        [first, rest @ ..] => {
            if let Some((_, Node::Further(further))) = trie.get_mut(&first.to_string()) {
                take_away(further, rest);
            }
        }
    }
}

fn collect(trie: &Trie, before: &mut Vec<Chord>, into: &mut Vec<(String, Action)>) {
    for (chord, node) in trie.values() {
        before.push(*chord);
        match node {
            Node::Action(action) => into.push((spell(before), *action)),
            Node::Further(further) => collect(further, before, into),
        }
        before.pop();
    }
}
