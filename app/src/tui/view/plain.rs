//! A pane as plain text: what it would show if it were as high as its contents.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::action::Place;
use super::super::drill;
use super::super::plain::{Plain, Text};
use super::super::state::suite::{Node, Phase};
use super::super::state::{Pane, State};
use super::{glyph, group, tests};

/// Columns of what is drawn; lines that are read have as many as they have.
const WIDTH: u16 = 200;

/// Returns all that the pane with the focus shows.
pub(crate) fn plain(state: &State) -> Plain {
    match (state.focus, state.tree.selected()) {
        (Pane::Drill, Some(Node::Test(at))) => Plain {
            title: format!("{} · {}", state.suite.tests[at].id, state.drill.place().table()),
            text: details(state),
        },
        (Pane::Drill, Some(Node::Group(at))) => Plain {
            title: state.suite.groups[at].name.clone(),
            text: Text::Lines(drawn(1000, |area, buf| group::draw(state, at, area, buf))),
        },
        _ => Plain {
            title: state.title.clone(),
            text: Text::Lines(state.tree.rows.iter().map(|row| line(state, row.node)).collect()),
        },
    }
}

/// A group or test, as in a list of results.
fn line(state: &State, node: Node) -> String {
    match node {
        Node::Group(at) => state.suite.groups[at].name.clone(),
        Node::Test(at) => {
            let test = &state.suite.tests[at];
            let time = match (test.phase, test.status) {
                (Phase::Idle, Some(_)) => format!("  {}", glyph::seconds(test.duration_us)),
                _ => String::new(),
            };
            let (sign, _) = glyph::test(test);
            format!("  {sign} {}{time}", tests::printable(&test.name))
        }
    }
}

/// The lines as they are filtered, all of them; of what is no list of lines, what is drawn.
fn details(state: &State) -> Text {
    let drill = &state.drill;
    if matches!(drill.place(), Place::Timeline | Place::Output) {
        return Text::Extract(drill.extract(0..drill.rows()));
    }
    let rows = u16::try_from(drill.height_of_all()).unwrap_or(u16::MAX);
    Text::Lines(drawn(rows, |area, buf| {
        drill::view(drill, &state.theme, area, buf)
    }))
}

/// Returns what is drawn on so many rows, without the empty ones at the end.
fn drawn(rows: u16, draw: impl FnOnce(Rect, &mut Buffer)) -> Vec<String> {
    let area = Rect::new(0, 0, WIDTH, rows);
    let mut buf = Buffer::empty(area);
    draw(area, &mut buf);
    let mut lines: Vec<String> = buf
        .content
        .chunks(usize::from(WIDTH))
        .map(|cells| {
            let line: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned()
        })
        .collect();
    let last = lines.iter().rposition(|line| !line.is_empty());
    lines.truncate(last.map_or(0, |last| last + 1));
    lines
}
