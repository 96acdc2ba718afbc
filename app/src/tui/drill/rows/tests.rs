//! One order for all lines, whatever order they came in; and the rows that remain of them.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::sources::index::Entry;

const KINDS: [Kind; 3] = [Kind::Daemon, Kind::Client, Kind::Stdout];

/// New lines of a source: how much later each is than the one before, and whether the client library talks to itself.
type Piece = (usize, Vec<(i64, bool)>);

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let line = (0..4_i64, any::<bool>());
    prop::collection::vec((0..3_usize, prop::collection::vec(line, 0..8)), 0..12)
}

/// What is there when nothing has been written.
fn empty(sequential: bool) -> Snapshot {
    Snapshot {
        sources: KINDS.map(|kind| (kind, Lines::default())).to_vec(),
        sequential,
    }
}

fn grow(lines: &mut Snapshot, (source, news): &Piece) {
    let all = &mut lines.sources[*source].1;
    let mut ts = all.last().map_or(0, |last| last.ts);
    let entries = news.iter().map(|(later, internal)| {
        ts += later;
        Entry {
            at: 0,
            ts,
            level: Level::Info,
            internal: *internal,
            back: false,
        }
    });
    let entries: Vec<Entry> = entries.collect();
    all.extend(entries, 0);
}

fn all(lines: &Snapshot) -> Vec<LineRef> {
    let mut all: Vec<LineRef> = (0_u16..)
        .zip(&lines.sources)
        .flat_map(|(source, (_, lines))| (0..lines.len()).map(move |line| LineRef { source, line }))
        .collect();
    all.sort_by_key(|at| lines.key(*at));
    all
}

fn listed(rows: &Rows) -> Vec<Row> {
    rows.iter(0..rows.len()).map(|(_, row)| row).collect()
}

/// Returns the rows as they would be if all of this were done the simple way.
fn simply(pass: &Pass, lines: &Snapshot) -> Vec<Row> {
    let has = |sieve: &Option<Sieve>, at: LineRef| {
        let sieve = sieve.as_ref()?;
        Some(sieve.sources[usize::from(at.source)].0.contains(&at.line))
    };
    let passing: Vec<LineRef> = all(lines)
        .into_iter()
        .filter(|at| pass.on[usize::from(at.source)] && has(&pass.without, *at) != Some(true))
        .collect();
    let found = |at: &LineRef| has(&pass.only, *at) != Some(false);
    let mut rows: Vec<Row> = Vec::new();
    for (nth, at) in passing.iter().enumerate() {
        let around = nth.saturating_sub(pass.context)..(nth + pass.context + 1).min(passing.len());
        if !passing[around].iter().any(found) {
            continue;
        }
        let entry = lines.sources[usize::from(at.source)]
            .1
            .get(at.line)
            .expect("a line");
        match rows.last_mut() {
            Some(Row::Fold(fold)) if entry.internal && pass.folds => {
                fold.last = *at;
                fold.lines += 1;
            }
            _ if entry.internal && pass.folds => rows.push(Row::Fold(Fold {
                first: *at,
                last: *at,
                lines: 1,
            })),
            _ => rows.push(Row::Line(*at)),
        }
    }
    rows
}

/// A filter that has looked through all lines.
fn sieve(lines: &Snapshot, every: u32) -> Sieve {
    let sources = lines.sources.iter().map(|(_, lines)| {
        let found = (0..lines.len()).filter(|line| line % every == 0);
        (Arc::new(found.collect()), lines.len())
    });
    Sieve {
        sources: sources.collect(),
    }
}

fn pass(on: [bool; 3], folds: bool) -> Pass {
    Pass {
        on: on.to_vec(),
        folds,
        ..Pass::default()
    }
}

proptest! {
    #[test]
    fn rows_that_grow_are_those_that_are_made_at_once(
        pieces in pieces(), on: [bool; 3], folds: bool, sequential: bool,
        only in prop::option::of(1..4_u32), without in prop::option::of(2..5_u32), context in 0..4_usize,
    ) {
        let (mut lines, mut rows) = (empty(sequential), Rows::default());
        let mut pass = Pass { context, ..pass(on, folds) };
        for piece in &pieces {
            grow(&mut lines, piece);
            pass.only = only.map(|every| sieve(&lines, every));
            pass.without = without.map(|every| sieve(&lines, every));
            if only.is_none() {
                pass.context = 0;
            }
            rows.extend(&pass, &lines);
        }
        prop_assert_eq!(rows.due(&pass, &lines), 0);
        let wanted = simply(&pass, &lines);
        prop_assert_eq!(listed(&rows), wanted.clone());
        let folded: usize = wanted.iter().map(|row| match row { Row::Fold(fold) => fold.lines as usize, Row::Line(_) => 0 }).sum();
        prop_assert_eq!(rows.folded(), folded);
    }

    #[test]
    fn the_order_is_the_same_for_every_order_of_arrival(pieces in pieces()) {
        // By source: each source's own lines still come in their order.
        let mut sorted = pieces.clone();
        sorted.sort_by_key(|(source, _)| *source);
        let build = |pieces: &[Piece]| {
            let (mut lines, mut rows) = (empty(false), Rows::default());
            for piece in pieces {
                grow(&mut lines, piece);
                rows.extend(&pass([true; 3], false), &lines);
            }
            (lines, listed(&rows))
        };
        let (lines, one) = build(&pieces);
        let (_, other) = build(&sorted);
        prop_assert_eq!(&one, &other);
        let keys: Vec<Key> = one.iter().map(|row| lines.key(row.first())).collect();
        prop_assert!(keys.is_sorted_by(|a, b| a < b), "two lines have one place");
        prop_assert_eq!(keys.len(), pieces.iter().map(|(_, lines)| lines.len()).sum::<usize>());
    }

    #[test]
    fn a_line_is_found_where_it_is(pieces in pieces(), on: [bool; 3], folds: bool, sequential: bool) {
        let mut lines = empty(sequential);
        pieces.iter().for_each(|piece| grow(&mut lines, piece));
        let mut rows = Rows::default();
        rows.extend(&pass(on, folds), &lines);
        for at in all(&lines) {
            let shown = listed(&rows).iter().position(|row| match row {
                Row::Line(line) => *line == at,
                Row::Fold(fold) => (lines.key(fold.first)..=lines.key(fold.last)).contains(&lines.key(at)),
            });
            if on[usize::from(at.source)] {
                prop_assert_eq!(rows.of(at, &lines), shown);
            }
            let behind = listed(&rows).iter().filter(|row| {
                let last = match row { Row::Line(at) => *at, Row::Fold(fold) => fold.last };
                lines.key(last) < lines.key(at)
            }).count();
            prop_assert_eq!(rows.at(lines.key(at), &lines), behind);
        }
    }
}

#[test]
fn a_log_that_nobody_else_writes_into_costs_no_rows() {
    let mut lines = empty(false);
    for _ in 0..100 {
        grow(&mut lines, &(0, vec![(1, false); 1000]));
    }
    let mut rows = Rows::default();
    rows.extend(&pass([true; 3], true), &lines);
    assert_eq!(rows.len(), 100_000);
    assert!(rows.memory() < 1024, "{}", rows.memory());
}
