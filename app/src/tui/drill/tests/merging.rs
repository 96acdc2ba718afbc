//! One order for all lines, whatever order they came in.

use std::path::Path;

use proptest::prelude::*;

use crate::tui::drill::logs::Logs;
use crate::tui::drill::sources::Kind;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::sources::index::{Entry, Growth};

fn growth(times: &[i64]) -> Growth {
    let entries = times.iter().map(|ts| Entry {
        at: 0,
        ts: *ts,
        len: 0,
        level: Level::Info,
        internal: false,
        back: false,
    });
    Growth {
        entries: entries.collect(),
        ..Growth::default()
    }
}

proptest! {
    #[test]
    fn the_order_is_total_and_the_same_for_every_order_of_arrival(
        pieces in prop::collection::vec((0..3_usize, prop::collection::vec(0..20_i64, 0..8)), 0..12),
    ) {
        let kinds = [Kind::Daemon, Kind::Client, Kind::Stdout];
        let paths = ["a", "b", "c"].map(Path::new);
        let build = |pieces: &[(usize, Vec<i64>)]| {
            let mut logs = Logs::default();
            for (kind, path) in kinds.iter().zip(paths) {
                logs.source(*kind, path);
            }
            for (source, times) in pieces {
                logs.grow(*source, growth(times));
            }
            logs
        };
        let one = build(&pieces);
        // By source: each source's own lines still come in their order.
        let mut sorted = pieces.clone();
        sorted.sort_by_key(|(source, _)| *source);
        let other = build(&sorted);
        prop_assert_eq!(&one.merged, &other.merged);
        let keys: Vec<_> = one.merged.iter().map(|at| one.key(*at)).collect();
        prop_assert!(keys.is_sorted_by(|a, b| a < b), "two lines have one place");
        prop_assert_eq!(keys.len(), pieces.iter().map(|(_, times)| times.len()).sum::<usize>());
    }
}
