//! What is to be seen.

use super::*;

pub(super) fn snapshot(name: &str, bed: &Bed) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.set_omit_expression(true);
    let root = bed.dir.path().display().to_string();
    settings.add_filter(&regex::escape(&root), "<suite>");
    settings.bind(|| insta::assert_snapshot!(name, bed.screen()));
}

#[test]
fn the_timeline() {
    for (columns, rows) in [(120, 40), (80, 24), (40, 10), (1, 1)] {
        snapshot(&format!("timeline_{columns}x{rows}"), &Bed::new(columns, rows));
    }
}

#[test]
fn the_life_of_a_step() {
    let mut bed = Bed::new(120, 24);
    bed.keys("{⏎i");
    snapshot("life_of_a_step", &bed);
}

#[test]
fn a_filter_with_context() {
    let mut bed = Bed::new(100, 20);
    bed.keys("&rpc⏎+t");
    snapshot("filter", &bed);
}

#[test]
fn the_output_in_its_colours() {
    let mut bed = Bed::new(60, 12);
    bed.keys("4");
    snapshot("output", &bed);
    let area = Rect::new(0, 0, 60, 12);
    let mut buffer = Buffer::empty(area);
    view(&bed.drill, &Theme::default(), area, &mut buffer);
    let line = lines(&buffer)
        .iter()
        .position(|line| line.starts_with("made top"))
        .expect("the line");
    assert_eq!(buffer[(5, line as u16)].fg, ratatui::style::Color::Green);
}

#[test]
fn a_test_that_was_not_run() {
    let mut bed = Bed::empty();
    bed.tell(Msg::Show {
        attempt_dir: None,
        id: "io::later".to_owned(),
        live: false,
    });
    assert!(bed.screen().contains("not run yet"));
}

#[test]
fn no_size_and_no_tab_breaks_it() {
    let mut bed = Bed::new(120, 40);
    for tab in ["1", "2⏎", "3⏎", "4", "5"] {
        bed.keys(tab);
        for (columns, rows) in [(0, 0), (1, 1), (2, 3), (20, 5), (41, 2), (300, 100)] {
            bed.tell(Msg::Area(columns, rows));
            bed.screen();
        }
    }
}
