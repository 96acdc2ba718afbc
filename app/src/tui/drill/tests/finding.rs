//! Looking for patterns, filtering, folding and marking.

use super::*;
use crate::tui::drill::rows::Row;

/// Returns what the row under the cursor says.
fn here(bed: &Bed) -> String {
    let rows = bed.drill.chosen();
    bed.drill.extract(rows).lines().collect::<Vec<_>>().join("\n")
}

fn rows(bed: &Bed) -> Vec<String> {
    bed.drill.extract(0..bed.drill.rows()).lines().collect()
}

/// A client's log of so many lines beside the rest, each 100 µs after the one before.
fn long(lines: usize) -> Bed {
    let mut bed = Bed::empty();
    let text: String = (0..lines)
        .map(|number| {
            let (seconds, micros) = (number / 10_000, number % 10_000 * 100);
            let noise = if number % 10 == 0 {
                "[info]"
            } else {
                "[syscall] [ih]"
            };
            let (minutes, seconds) = (16 + seconds / 60, seconds % 60);
            format!("[2026-11-22 03:{minutes:02}:{seconds:02}.{micros:06}] [7] {noise} line {number}.\n")
        })
        .collect();
    let log = bed.attempt().join("workspace/logs/gkfs_client-2.log");
    fs::write(log, text).expect("write");
    bed.tell(Msg::Area(120, 40));
    bed.show();
    bed
}

#[test]
fn each_letter_is_looked_for_at_once_and_from_the_same_place() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg/got");
    assert!(here(&bed).contains("49.214202"), "{}", here(&bed));
    bed.keys(" rpc with path '/top' x");
    assert!(bed.screen().contains("0 found"), "{}", bed.screen());
    assert!(
        here(&bed).contains("fixture"),
        "nothing found, nothing moved: {}",
        here(&bed)
    );
    bed.keys("⎋");
    assert!(here(&bed).contains("fixture"), "{}", here(&bed));
    assert!(bed.drill.finder.search.query.is_none());
}

#[test]
fn what_was_looked_for_comes_back() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg/got rpc⏎⎋");
    assert!(!bed.screen().contains("found"), "{}", bed.screen());
    bed.keys("gg/⏎");
    assert!(bed.screen().contains("/got rpc 2 found"), "{}", bed.screen());
    bed.keys("/mkdir⏎/");
    bed.tell(Msg::Recall(true));
    bed.tell(Msg::Recall(true));
    assert!(bed.screen().contains("/got rpc▏"), "{}", bed.screen());
    bed.tell(Msg::Recall(false));
    assert!(bed.screen().contains("/mkdir▏"), "{}", bed.screen());
}

#[test]
fn behind_the_last_match_comes_the_first() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg/got rpc⏎n");
    assert!(here(&bed).contains("49.222519"), "{}", here(&bed));
    bed.keys("n");
    assert!(here(&bed).contains("49.214202"), "{}", here(&bed));
    assert!(bed.screen().contains("on to the first match"), "{}", bed.screen());
    bed.keys("N");
    assert!(here(&bed).contains("49.222519"), "{}", here(&bed));
}

#[test]
fn a_search_begins_where_one_is_and_finds_all() {
    let mut bed = long(5_000);
    bed.keys("i");
    bed.tell(Msg::Go(crate::tui::drill::Motion::Last));
    bed.keys("kkkk/line \\d+5\\.⏎");
    assert!(here(&bed).contains("line 4995."), "{}", here(&bed));
    assert!(bed.screen().contains(" 499 found"), "{}", bed.screen());
    bed.keys("n");
    assert!(here(&bed).contains("line 15."), "{}", here(&bed));
}

#[test]
fn how_much_was_looked_through_is_told_while_it_goes_on() {
    // Of so much the first part is looked through by itself.
    let mut bed = long(40_000);
    bed.keys("i&");
    let effects = update(&mut bed.drill, Msg::Typed('7'));
    assert!(bed.screen().contains(" found … 0 %"), "{}", bed.screen());
    let mut effects: VecDeque<Effect> = effects.into();
    let told = |bed: &Bed| {
        let screen = bed.screen();
        let (_, rest) = screen.split_once(" found … ")?;
        rest.split_once(" %")?.0.parse::<u32>().ok()
    };
    let mut seen = vec![0];
    while let Some(effect) = effects.pop_front() {
        effects.extend(update(&mut bed.drill, load(effect)));
        seen.extend(told(&bed));
    }
    assert!(
        seen.is_sorted() && seen.iter().any(|percent| (1..100).contains(percent)),
        "{seen:?}"
    );
    assert!(!bed.screen().contains(" %"), "{}", bed.screen());
}

#[test]
fn both_filters_hold_at_once_with_context() {
    let mut bed = Bed::new(120, 40);
    bed.keys("&rpc⏎");
    assert_eq!(rows(&bed).len(), 4);
    bed.keys("~exists⏎");
    assert_eq!(rows(&bed).len(), 3);
    assert!(bed.screen().contains("&rpc ±0 · ~exists"), "{}", bed.screen());
    bed.keys("+");
    let with_context = rows(&bed);
    assert!(with_context.len() > 3);
    assert!(
        !with_context.iter().any(|line| line.contains("exists already")),
        "{with_context:?}"
    );
    // The last that was set goes first.
    bed.keys("-⎋");
    assert_eq!(rows(&bed).len(), 4);
    bed.keys("⎋");
    assert!(rows(&bed).len() > 20);
}

#[test]
fn a_filter_that_is_not_meant_leaves_all_as_it_was() {
    let mut bed = Bed::new(120, 40);
    let before = (here(&bed), rows(&bed));
    bed.keys("&got rpc");
    assert_eq!(rows(&bed).len(), 2);
    bed.keys("⎋");
    assert_eq!((here(&bed), rows(&bed)), before);
    bed.keys("&rpc⏎&");
    assert!(
        bed.screen().contains("&rpc▏"),
        "what is set can be changed: {}",
        bed.screen()
    );
    bed.keys("⎋");
    assert_eq!(rows(&bed).len(), 4);
}

#[test]
fn folded_lines_are_counted_searched_and_opened() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg/internal|cmdline\"⏎");
    assert_eq!(
        here(&bed)
            .split_whitespace()
            .skip(2)
            .collect::<Vec<_>>()
            .join(" "),
        "client ⋯ 2 internal calls"
    );
    assert!(
        bed.screen().contains("⋯ 2 internal calls · 1 found"),
        "{}",
        bed.screen()
    );
    bed.keys("⏎");
    assert!(here(&bed).contains("[ih] openat"), "{}", here(&bed));
    assert!(!bed.screen().contains("internal folded"), "{}", bed.screen());
    bed.keys("⏎");
    assert!(here(&bed).contains("⋯ 2 internal calls"), "{}", here(&bed));
    bed.keys("i");
    assert!(rows(&bed).iter().any(|line| line.contains("[ik] read")));
}

#[test]
fn noise_is_folded_and_costs_next_to_nothing() {
    let bed = long(8_000);
    let (lines, bytes) = bed.drill.memory();
    assert!(lines > 8_000);
    // Twelve bytes a line, and for each ten lines two runs and a fold.
    assert!(bytes < lines * 24, "{bytes} bytes for {lines} lines");
    assert_eq!(bed.drill.timeline.reading.rows.folded(), 7_202);
}

#[test]
fn what_is_arranged_elsewhere_is_the_same() {
    let mut bed = long(5_000);
    let before = bed.drill.rows();
    bed.keys("i");
    assert_eq!(bed.drill.rows(), before - 501 + 4_502);
    bed.keys("&line 4999|line 3000⏎");
    assert_eq!(rows(&bed).len(), 2);
    bed.keys("⎋i");
    assert_eq!(bed.drill.rows(), before);
}

#[test]
fn marks_are_set_gone_through_and_shown() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg  ");
    assert!(bed.screen().contains(" *I steps "), "{}", bed.screen());
    assert!(bed.screen().contains("2 marked"), "{}", bed.screen());
    bed.keys("G\"");
    assert!(here(&bed).contains("daemon 0"), "{}", here(&bed));
    bed.keys("\"");
    assert!(here(&bed).contains("fixture"), "{}", here(&bed));
    bed.keys("\"");
    assert!(bed.screen().contains("no earlier mark"), "{}", bed.screen());
    bed.keys(" '");
    assert!(
        bed.screen().contains("1 marked") || bed.screen().contains("no further mark"),
        "{}",
        bed.screen()
    );
}

#[test]
fn a_step_s_life_is_opened_and_left_at_the_same_place() {
    let mut bed = Bed::new(120, 24);
    bed.keys("gg}}}");
    let (before, place) = (bed.screen(), here(&bed));
    bed.keys("⏎");
    assert_ne!(bed.screen(), before);
    assert_eq!(here(&bed), place);
    bed.keys("⎋");
    assert_eq!(bed.screen(), before);
    // Who has moved meanwhile stays where he is.
    bed.keys("⏎jj");
    let place = here(&bed);
    bed.keys("⎋");
    assert_eq!(here(&bed), place);
}

#[test]
fn the_output_is_searched_and_filtered_too() {
    let mut bed = Bed::new(60, 12);
    bed.keys("4/left:⏎");
    assert!(here(&bed).contains("left: (-1, 17)"), "{}", here(&bed));
    bed.keys("&:⏎");
    assert_eq!(rows(&bed).len(), 3, "{:?}", rows(&bed));
    assert!(
        bed.screen().contains("stderr") && !bed.screen().contains("── stdout"),
        "{}",
        bed.screen()
    );
    bed.keys("⎋⎋");
    assert_eq!(rows(&bed).len(), 7);
}

#[test]
fn chosen_lines_are_text() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg");
    bed.tell(Msg::Choose);
    bed.keys("jj");
    let text = here(&bed);
    assert_eq!(text.lines().count(), 3);
    assert!(
        text.contains("fixture setup of Daemon") && text.contains("I daemon   4111 [I][main] parse_input()")
    );
    let Some(Row::Line(_)) = bed.drill.timeline.reading.here() else {
        panic!("a line is under the cursor");
    };
    bed.keys("⎋");
    assert_eq!(here(&bed).lines().count(), 1);
}
