//! What is copied, and what waits for a number.

use super::*;
use crate::tui::copy;
use crate::tui::drill::hit::wheel;
use crate::tui::drill::{Copied, Tab, click, view};

fn lines(bed: &Bed) -> Vec<String> {
    match bed.drill.copied() {
        Some(Copied::Lines(lines)) => lines.lines().collect(),
        other => panic!("no lines: {other:?}"),
    }
}

fn text(bed: &Bed) -> String {
    match bed.drill.copied() {
        Some(Copied::Text(_, text)) => text,
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn a_line_is_copied_as_it_is_shown_and_chosen_ones_together() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg");
    let first = lines(&bed);
    assert_eq!(first.len(), 1);
    // Signs may be others on the screen, where a terminal has no better ones.
    for part in first[0].split('◆') {
        assert!(bed.screen().contains(part.trim()), "{part:?} of {first:?}");
    }
    bed.keys("vjj");
    assert!(bed.drill.is_choosing());
    let three = lines(&bed);
    assert_eq!((three.len(), &three[0]), (3, &first[0]));
    // From the other end, too.
    bed.keys("⎋Gvk");
    assert_eq!(lines(&bed).len(), 2);
    bed.keys("⎋");
    assert!(!bed.drill.is_choosing());
}

#[test]
fn every_tab_has_something_to_copy() {
    let mut bed = Bed::new(120, 40);
    bed.keys("4");
    assert_eq!(lines(&bed).len(), 1);
    bed.keys("2");
    let step: serde_json::Value = serde_json::from_str(&text(&bed)).expect("JSON");
    assert!(step.get("kind").is_some(), "{step}");
    bed.keys("3");
    assert!(Path::new(&text(&bed)).exists(), "{}", text(&bed));
    bed.keys("5");
    assert_eq!(text(&bed), "20261122T031547Z-1a2b");
}

#[test]
fn more_than_terminals_take_goes_to_a_file() {
    let mut bed = Bed::empty();
    let line = format!("{}\n", "x".repeat(99));
    let many = line.repeat(copy::MOST / line.len() + 1);
    fs::write(bed.attempt().join("stdout.log"), many).expect("write");
    bed.tell(Msg::Show {
        attempt_dir: Some(bed.attempt()),
        id: "io::fails".to_owned(),
        live: false,
    });
    bed.keys("4gg");
    let rows = bed.drill.rows();
    let file = bed.dir.path().join("state/copied.txt");
    let some = copy::collect(&bed.drill.extract(0..100), Some(&file)).expect("few enough");
    assert_eq!((some.0, some.1.lines().count()), (100, 100));
    assert!(!file.exists());
    // What no terminal takes is in a file, all of it.
    let told = copy::collect(&bed.drill.extract(0..rows), Some(&file)).expect_err("too many");
    assert!(
        told.contains("are more than") && told.ends_with("copied.txt"),
        "{told}"
    );
    let written = fs::read_to_string(&file).expect("it was written");
    assert_eq!(written.lines().count(), rows);
    let told = copy::collect(&bed.drill.extract(0..rows), None).expect_err("too many");
    assert!(told.starts_with("too much to copy: "), "{told}");
    let nowhere = file.join("below/a/file");
    let told = copy::collect(&bed.drill.extract(0..rows), Some(&nowhere)).expect_err("too many");
    assert!(told.contains("cannot be written"), "{told}");
}

#[test]
fn a_number_that_is_waited_for_has_names() {
    let mut bed = Bed::new(120, 40);
    assert!(bed.drill.numbers().is_empty());
    bed.keys("s");
    let names: Vec<String> = bed
        .drill
        .numbers()
        .iter()
        .map(|(_, name, _)| (*name).to_owned())
        .collect();
    assert!(
        names.contains(&"daemon".to_owned()) && names[0] == "steps",
        "{names:?}"
    );
    bed.keys("1s");
    assert_eq!(bed.drill.numbers()[0], (1, "steps", false));
}

#[test]
fn a_click_goes_to_the_row_that_is_shown_there() {
    let mut bed = Bed::new(120, 40);
    for tab in ["1", "2", "3", "4"] {
        bed.keys(tab);
        bed.keys("gg");
        let before = bed.screen();
        // The third row from the top of the list is what two steps down lead to.
        bed.keys("jj");
        let (wanted, told) = (bed.screen(), format!("{:?}", bed.drill.copied()));
        bed.keys("gg");
        assert_eq!(bed.screen(), before);
        let row = (1..40).find(|row| {
            let mut other = bed.drill.clone();
            let clicked = click(&other, 3, *row);
            !clicked.is_empty() && {
                for msg in clicked {
                    update(&mut other, msg);
                }
                format!("{:?}", other.copied()) == told
            }
        });
        let row = row.unwrap_or_else(|| panic!("no row of tab {tab} is the third:\n{wanted}"));
        let line = before
            .lines()
            .nth(usize::from(row))
            .expect("a line")
            .trim()
            .to_owned();
        for msg in click(&bed.drill, 3, row) {
            bed.tell(msg);
        }
        assert_eq!(bed.screen(), wanted);
        assert!(!line.is_empty());
    }
    // Neither a heading nor what lies below the list is a row.
    bed.keys("1");
    assert!(click(&bed.drill, 3, 39).is_empty());
}

#[test]
fn a_click_into_the_tab_beside_acts_on_that() {
    let mut bed = Bed::new(160, 40);
    // The timeline stands left, the results right; the keys are with the results.
    bed.keys("12gg");
    let cursors = |bed: &Bed| {
        (
            bed.drill.timeline.reading.list.cursor,
            bed.drill.results.list.cursor,
        )
    };
    let before = cursors(&bed);
    assert_eq!(before.1, 0);
    let row = (1..40)
        .find(|row| view::row_at(&bed.drill, Tab::Timeline, 3, *row) == Some(2))
        .expect("a row");
    for msg in click(&bed.drill, 3, row) {
        bed.tell(msg);
    }
    assert_eq!((bed.drill.tab, cursors(&bed)), (Tab::Timeline, (2, 0)));
    let row = (1..40)
        .find(|row| view::row_at(&bed.drill, Tab::Results, 120, *row) == Some(1))
        .expect("a row");
    for msg in click(&bed.drill, 120, row) {
        bed.tell(msg);
    }
    assert_eq!((bed.drill.tab, cursors(&bed)), (Tab::Results, (2, 1)));
    // Both still stand where they stood; what stands between them is nobody's.
    assert_eq!(bed.drill.beside(), Some(Tab::Timeline));
    assert!(click(&bed.drill, 79, row).is_empty());
    // The wheel moves what lies under it, and the keys stay.
    let wheeled = wheel(&bed.drill, 3, 10, true);
    bed.tell(wheeled);
    assert_eq!((bed.drill.tab, cursors(&bed)), (Tab::Results, (3, 1)));
}
