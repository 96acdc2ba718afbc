//! From keys to actions: a trie, filled from the defaults and then from the user's own file.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;

use super::action::Action;

/// The keys as they ship.
pub const DEFAULT: &str = include_str!("keys.toml");

/// The word that takes a key away.
const NONE: &str = "none";

/// The keys that have names of their own; the first name of a key is the one that is shown.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("backtab", KeyCode::BackTab),
];

/// One key with what is held while it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub struct Chord {
    code: KeyCode,
    held: KeyModifiers,
}

/// What keys lead to.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Action(Action),
    Further(BTreeMap<String, (Chord, Node)>),
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
    root: BTreeMap<String, (Chord, Node)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: BTreeMap<String, String>,
}

impl Keymap {
    /// A keymap of nothing but what `text` says. What is wrong in it is returned beside it, a line each.
    #[must_use]
    pub fn parse(text: &str) -> (Keymap, Vec<String>) {
        let mut map = Keymap {
            root: BTreeMap::new(),
        };
        let problems = map.merge(text);
        (map, problems)
    }

    /// Lays the keys of `text` over what is there, and returns what is wrong in it; the rest is used.
    pub fn merge(&mut self, text: &str) -> Vec<String> {
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => return vec![error.message().to_owned()],
        };
        let mut problems = Vec::new();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (keys, name) in &file.keys {
            let chords = match chords(keys) {
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
            if name == NONE {
                take_away(&mut self.root, &chords);
                continue;
            }
            match name.parse() {
                Ok(action) => {
                    if let Err(problem) = put(&mut self.root, &chords, action) {
                        problems.push(format!("`{keys}`: {problem}"));
                    }
                }
                Err(problem) => problems.push(format!("`{keys}`: {problem}")),
            }
        }
        problems
    }

    /// Looks up a sequence of keys.
    #[must_use]
    pub fn get(&self, chords: &[Chord]) -> Found {
        let mut level = &self.root;
        for (nth, chord) in chords.iter().enumerate() {
            match level.get(&chord.to_string()) {
                Some((_, Node::Action(action))) if nth + 1 == chords.len() => return Found::Action(*action),
                Some((_, Node::Further(further))) => level = further,
                _ => return Found::Nothing,
            }
        }
        Found::Pending(
            level
                .values()
                .map(|(chord, node)| (chord.to_string(), told(node)))
                .collect(),
        )
    }

    /// Returns the keys of an action, the shortest first.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<String> {
        let mut all = Vec::new();
        collect(&self.root, &mut Vec::new(), &mut all);
        let mut keys: Vec<String> = all
            .into_iter()
            .filter(|(_, its)| *its == action)
            .map(|(keys, _)| keys)
            .collect();
        keys.sort_by_key(|keys| (keys.chars().count(), keys.clone()));
        keys
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Keymap::parse(DEFAULT).0
    }
}

fn told(node: &Node) -> &'static str {
    match node {
        Node::Action(action) => action.help(),
        Node::Further(_) => "…",
    }
}

fn put(level: &mut BTreeMap<String, (Chord, Node)>, chords: &[Chord], action: Action) -> Result<(), String> {
    let Some((first, rest)) = chords.split_first() else {
        return Ok(());
    };
    if rest.is_empty() {
        level.insert(first.to_string(), (*first, Node::Action(action)));
        return Ok(());
    }
    let further = level
        .entry(first.to_string())
        .or_insert_with(|| (*first, Node::Further(BTreeMap::new())));
    match &mut further.1 {
        Node::Further(further) => put(further, rest, action),
        Node::Action(taken) => Err(format!("`{first}` alone is {taken} already")),
    }
}

fn take_away(level: &mut BTreeMap<String, (Chord, Node)>, chords: &[Chord]) {
    match chords {
        [] => {}
        [last] => drop(level.remove(&last.to_string())),
        [first, rest @ ..] => {
            if let Some((_, Node::Further(further))) = level.get_mut(&first.to_string()) {
                take_away(further, rest);
            }
        }
    }
}

fn collect(
    level: &BTreeMap<String, (Chord, Node)>,
    before: &mut Vec<Chord>,
    into: &mut Vec<(String, Action)>,
) {
    for (chord, node) in level.values() {
        before.push(*chord);
        match node {
            Node::Action(action) => into.push((spell(before), *action)),
            Node::Further(further) => collect(further, before, into),
        }
        before.pop();
    }
}

fn chords(keys: &str) -> Result<Vec<Chord>, String> {
    let chords: Vec<Chord> = keys
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if chords.is_empty() {
        return Err(format!("`{keys}` is no key"));
    }
    Ok(chords)
}

/// Writes keys as they are shown.
#[must_use]
pub fn spell(chords: &[Chord]) -> String {
    let words: Vec<String> = chords.iter().map(ToString::to_string).collect();
    words.join(" ")
}

impl From<KeyEvent> for Chord {
    fn from(key: KeyEvent) -> Chord {
        let mut held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        // A capital letter says by itself that shift was held; terminals differ in whether they say it too.
        if matches!(key.code, KeyCode::Char(_) | KeyCode::BackTab) {
            held -= KeyModifiers::SHIFT;
        }
        Chord { code: key.code, held }
    }
}

impl From<Chord> for KeyEvent {
    fn from(chord: Chord) -> KeyEvent {
        KeyEvent::new(chord.code, chord.held)
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Chord, String> {
        let held = [
            ("ctrl-", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
            ("shift-", KeyModifiers::SHIFT),
        ];
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        while let Some((name, modifier)) = held
            .iter()
            .find(|(name, _)| rest.starts_with(name) && rest.len() > name.len())
        {
            rest = &rest[name.len()..];
            modifiers |= *modifier;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) => KeyCode::Char(letter),
            _ => NAMED
                .iter()
                .find(|(name, _)| *name == rest)
                .map(|(_, code)| *code)
                .or_else(|| rest.strip_prefix('f')?.parse().ok().map(KeyCode::F))
                .ok_or_else(|| format!("`{text}` is no key"))?,
        };
        Ok(Chord::from(KeyEvent::new(code, modifiers)))
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.held.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, code) => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Chord> {
        chords(text).expect("keys")
    }

    #[test]
    fn the_keys_that_ship_are_known_and_distinct() {
        assert_eq!(Keymap::parse(DEFAULT).1, Vec::<String>::new());
    }

    #[test]
    fn every_action_has_a_key() {
        let map = Keymap::default();
        for action in Action::ALL {
            assert!(!map.keys(*action).is_empty(), "{action} has no key");
        }
    }

    #[test]
    fn a_sequence_waits_for_its_end() {
        let map = Keymap::default();
        assert!(matches!(map.get(&keys("g")), Found::Pending(ways) if ways.len() == 2));
        assert_eq!(map.get(&keys("g g")), Found::Action(Action::Top));
        assert_eq!(map.get(&keys("g x")), Found::Nothing);
        assert_eq!(map.get(&keys("ctrl-c")), Found::Action(Action::Quit));
    }

    #[test]
    fn a_users_keys_lie_over_the_defaults_and_mistakes_are_named() {
        let mut map = Keymap::default();
        let problems = map.merge(
            "[keys]\n\"q\" = \"none\"\n\"ctrl-q\" = \"quit\"\n\"J\" = \"fly\"\n\"hyper-x\" = \"up\"\n\"j k\" = \"up\"",
        );
        assert_eq!(
            problems,
            [
                "`J`: there is no action `fly`",
                "`hyper-x` is no key",
                "`j k`: `j` alone is down already"
            ]
        );
        assert_eq!(map.get(&keys("q")), Found::Nothing);
        assert_eq!(map.get(&keys("ctrl-q")), Found::Action(Action::Quit));
    }

    #[test]
    fn one_key_spelt_twice_is_named() {
        let (_, problems) = Keymap::parse("[keys]\n\"alt-ctrl-x\" = \"up\"\n\"ctrl-alt-x\" = \"down\"");
        assert_eq!(problems, ["`alt-ctrl-x` and `ctrl-alt-x` are the same key"]);
    }

    #[test]
    fn shift_of_a_capital_letter_is_not_told_twice() {
        let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(vec![Chord::from(shifted)], keys("G"));
    }
}
