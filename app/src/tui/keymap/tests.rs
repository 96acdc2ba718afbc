//! Keys as text in, actions out.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::chord::chords;
use super::*;

fn keys(text: &str) -> Vec<Chord> {
    chords(text).expect("keys")
}

fn at(map: &Keymap, place: Place, text: &str) -> Found {
    map.get(place, &keys(text))
}

#[test]
fn the_keys_that_ship_are_known_and_distinct() {
    assert_eq!(Keymap::parse(DEFAULT).1, Vec::<String>::new());
}

#[test]
fn no_place_takes_a_key_that_holds_everywhere() {
    let map = Keymap::default();
    let everywhere = &map.places[&Place::Everywhere];
    for (place, trie) in &map.places {
        let taken: Vec<&String> = trie.keys().filter(|key| everywhere.contains_key(*key)).collect();
        assert!(
            *place == Place::Everywhere || taken.is_empty(),
            "{place:?} takes {taken:?}"
        );
    }
}

#[test]
fn every_action_has_a_key_where_it_does_something() {
    let map = Keymap::default();
    for action in Action::ALL {
        let reached = action.place().around().into_iter().any(|place| {
            let mut all = Vec::new();
            let trie = map.places.get(&place);
            trie.into_iter()
                .for_each(|trie| collect(trie, &mut Vec::new(), &mut all));
            all.iter().any(|(_, its)| its == action)
        });
        assert!(reached, "{action} has no key");
    }
}

#[test]
fn a_sequence_waits_for_its_end() {
    let map = Keymap::default();
    assert!(matches!(at(&map, Place::Tests, "g"), Found::Pending(ways) if ways.len() == 2));
    assert_eq!(at(&map, Place::Tests, "g g"), Found::Action(Action::Top));
    assert_eq!(at(&map, Place::Tests, "g x"), Found::Nothing);
    assert_eq!(at(&map, Place::Output, "ctrl-c"), Found::Action(Action::Quit));
}

#[test]
fn the_narrower_place_goes_first() {
    let map = Keymap::default();
    assert_eq!(at(&map, Place::Tests, "/"), Found::Action(Action::Filter));
    assert_eq!(at(&map, Place::Output, "/"), Found::Action(Action::Search));
    assert_eq!(at(&map, Place::Output, "i"), Found::Nothing);
    let (map, _) =
        Keymap::parse("[keys]\n\"g g\" = \"top\"\n[tests]\n\"g t\" = \"theme\"\n\"g g\" = \"zoom\"");
    assert!(matches!(at(&map, Place::Tests, "g"), Found::Pending(ways) if ways.len() == 2));
    assert_eq!(at(&map, Place::Tests, "g g"), Found::Action(Action::Zoom));
    assert_eq!(at(&map, Place::Details, "g g"), Found::Action(Action::Top));
}

#[test]
fn a_users_keys_lie_over_the_defaults_and_mistakes_are_named() {
    let mut map = Keymap::default();
    let problems = map.merge(
        "[keys]\n\"q\" = \"none\"\n\"ctrl-q\" = \"quit\"\n\"J\" = \"fly\"\n\"hyper-x\" = \"up\"\n\
         \"j k\" = \"up\"\n\"b\" = 3\n[timeline]\n\"i\" = \"none\"\n[pane]\n\"x\" = \"up\"",
    );
    assert_eq!(
        problems,
        [
            "`J`: there is no action `fly`",
            "`b`: there is no action ``",
            "`hyper-x` is no key",
            "`j k`: `j` alone is down already",
            "there is no table `[pane]`",
        ]
    );
    assert_eq!(at(&map, Place::Tests, "q"), Found::Nothing);
    assert_eq!(at(&map, Place::Tests, "ctrl-q"), Found::Action(Action::Quit));
    assert_eq!(at(&map, Place::Timeline, "i"), Found::Nothing);
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
