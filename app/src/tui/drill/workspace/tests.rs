//! Looks at made-up directories in, rows out.

use super::seen::{Entry, Listing};
use super::*;

const DIR: Kind = Kind::Dir;
const FILE: Kind = Kind::File;

fn listing(names: &[(&str, Kind)]) -> Listing {
    let entries = names.iter().map(|(name, kind)| Entry {
        name: (*name).into(),
        kind: *kind,
    });
    Listing {
        entries: Ok(entries.collect()),
        more: 0,
        modified: Some(1),
    }
}

/// A workspace that is looked at, in a window of ten rows.
fn workspace() -> Workspace {
    let mut workspace = Workspace::default();
    let ask = workspace.ask(Path::new("/w"), 10, true).expect("a question");
    assert_eq!(ask.dirs, [(ROOT, PathBuf::from("/w"), None)]);
    workspace
}

/// Lets a look at a directory, by its path, find these.
fn find(workspace: &mut Workspace, dir: &str, names: &[(&str, Kind)]) {
    let tree = workspace.tree.as_ref().expect("a tree");
    let id = tree
        .open_dirs()
        .into_iter()
        .find(|id| tree.relative(*id) == Path::new(dir))
        .expect("an open directory");
    let seen = Seen {
        listings: vec![(id, tree.path(id), listing(names))],
        stats: Vec::new(),
        now: 0,
    };
    workspace.take(seen, 10);
}

fn rows(workspace: &Workspace) -> Vec<String> {
    let tree = workspace.tree.as_ref().expect("a tree");
    let told = |(at, row): (usize, &Row)| {
        let sign = if at == workspace.list.cursor { ">" } else { "" };
        match row {
            Row::Node(id) => format!("{sign}{}", tree.relative(*id).display()),
            Row::Note(id) => format!("{sign}({})", tree.note(*id)),
        }
    };
    tree.rows().iter().enumerate().map(told).collect()
}

fn go(workspace: &mut Workspace, path: &str) {
    let tree = workspace.tree.as_ref().expect("a tree");
    let row = tree.rows().iter().position(|row| match row {
        Row::Node(id) => tree.relative(*id) == Path::new(path),
        Row::Note(_) => false,
    });
    let count = tree.rows().len();
    workspace.list.set(row.expect("a row"), count, 10);
}

fn fold(workspace: &mut Workspace, close: bool) {
    let id = workspace.selected().expect("a row");
    workspace.fold(id, close, 10);
}

#[test]
fn directories_open_and_close_and_are_open_in_the_next_attempt() {
    let mut workspace = workspace();
    find(
        &mut workspace,
        "",
        &[("logs", DIR), ("mnt", DIR), ("hosts", FILE)],
    );
    assert_eq!(rows(&workspace), [">logs", "mnt", "hosts"]);
    fold(&mut workspace, false);
    assert_eq!(rows(&workspace), [">logs", "(…)", "mnt", "hosts"]);
    find(&mut workspace, "logs", &[("a.log", FILE)]);
    assert_eq!(rows(&workspace), [">logs", "logs/a.log", "mnt", "hosts"]);
    workspace.clear();
    workspace.ask(Path::new("/v"), 10, true);
    find(&mut workspace, "", &[("logs", DIR)]);
    assert_eq!(rows(&workspace), [">logs", "(…)"]);
    fold(&mut workspace, true);
    assert_eq!(rows(&workspace), [">logs"]);
    assert!(workspace.wanted.is_empty());
}

#[test]
fn the_cursor_goes_to_a_neighbour_when_its_entry_goes() {
    let mut workspace = workspace();
    find(
        &mut workspace,
        "",
        &[("d", DIR), ("a", FILE), ("b", FILE), ("c", FILE)],
    );
    go(&mut workspace, "b");
    find(&mut workspace, "", &[("d", DIR), ("b", FILE), ("c", FILE)]);
    assert_eq!(rows(&workspace), ["d", ">b", "c"]);
    find(&mut workspace, "", &[("d", DIR), ("c", FILE)]);
    assert_eq!(rows(&workspace), ["d", ">c"]);
    find(&mut workspace, "", &[("d", DIR)]);
    assert_eq!(rows(&workspace), [">d"]);
    fold(&mut workspace, false);
    find(&mut workspace, "d", &[("x", DIR), ("y", FILE)]);
    go(&mut workspace, "d/x");
    fold(&mut workspace, false);
    find(&mut workspace, "d/x", &[("deep", FILE)]);
    go(&mut workspace, "d/x/deep");
    // What it was in went.
    find(&mut workspace, "d", &[("y", FILE)]);
    assert_eq!(rows(&workspace), ["d", ">d/y"]);
    find(&mut workspace, "d", &[]);
    assert_eq!(rows(&workspace), [">d", "(empty)"]);
}

#[test]
fn what_became_something_else_is_another_entry() {
    let mut workspace = workspace();
    find(&mut workspace, "", &[("d", DIR), ("e", FILE)]);
    fold(&mut workspace, false);
    find(&mut workspace, "d", &[("x", FILE)]);
    find(&mut workspace, "", &[("d", FILE), ("e", FILE)]);
    assert_eq!(rows(&workspace), ["d", ">e"]);
}

#[test]
fn an_answer_about_a_directory_that_is_gone_is_dropped() {
    let mut workspace = workspace();
    find(&mut workspace, "", &[("d", DIR)]);
    fold(&mut workspace, false);
    let id = workspace.selected().expect("a row");
    find(&mut workspace, "", &[("f", FILE)]);
    let late = Seen {
        listings: vec![(id, "/w/d".into(), listing(&[("x", FILE)]))],
        stats: vec![(id, "/w/d".into(), None)],
        now: 0,
    };
    workspace.take(late, 10);
    assert_eq!(rows(&workspace), [">f"]);
}

#[test]
fn one_that_is_gone_says_so() {
    let mut workspace = workspace();
    find(&mut workspace, "", &[("d", DIR)]);
    let seen = Seen {
        listings: vec![(
            ROOT,
            "/w".into(),
            Listing {
                entries: Err("the directory is gone".to_owned()),
                more: 0,
                modified: None,
            },
        )],
        ..Seen::default()
    };
    workspace.take(seen, 10);
    assert_eq!(rows(&workspace), [">(the directory is gone)"]);
}

#[test]
fn of_many_entries_only_those_that_are_shown_are_looked_at() {
    let mut workspace = workspace();
    let names: Vec<String> = (0..100_000).map(|at| format!("{at:06}")).collect();
    let many: Vec<(&str, Kind)> = names.iter().map(|name| (name.as_str(), FILE)).collect();
    find(&mut workspace, "", &many);
    let ask = workspace.ask(Path::new("/w"), 10, false).expect("a question");
    assert_eq!(ask.dirs.len(), 0);
    assert!(ask.entries.len() <= 10 + 2 * AROUND, "{}", ask.entries.len());
}

#[test]
fn what_vanished_is_not_asked_for_without_end() {
    let mut workspace = workspace();
    find(&mut workspace, "", &[("a", FILE)]);
    let ask = workspace.ask(Path::new("/w"), 10, false).expect("a question");
    let stats = ask.entries.into_iter().map(|entry| (entry.id, entry.path, None));
    let seen = Seen {
        stats: stats.collect(),
        ..Seen::default()
    };
    workspace.take(seen, 10);
    assert!(workspace.ask(Path::new("/w"), 10, false).is_none());
    assert!(workspace.ask(Path::new("/w"), 10, true).is_some());
}

#[test]
fn sums_are_told_of_all_that_is_around() {
    let sum = |files, newest| Sum {
        files,
        bytes: 10 * files,
        newest,
    };
    let mut sums = Sums::default();
    assert!(sums.begin() && !sums.begin());
    sums.take(vec![("".into(), sum(1, 5)), ("a".into(), sum(2, 9))], false);
    assert_eq!(sums.of(Path::new("a")), None, "not before all is known");
    sums.take(vec![("a/b".into(), sum(4, 7))], true);
    assert_eq!(sums.of(Path::new("")), Some(sum(7, 9)));
    assert_eq!(sums.of(Path::new("a")), Some(sum(6, 9)));
    assert_eq!(sums.of(Path::new("a/b")), Some(sum(4, 7)));
}
