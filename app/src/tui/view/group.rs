//! The right half while a group is selected: how it stands, and why it is broken.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::super::state::{Pane, State};
use super::super::theme::Role;
use super::{block, header, span};

/// Draws it.
pub(super) fn draw(state: &State, at: usize, pane: Rect, buf: &mut Buffer) {
    let group = &state.suite.groups[at];
    let block = block(state, format!(" {} ", group.name), Pane::Drill);
    let inner = block.inner(pane);
    block.render(pane, buf);
    let tests = group.tests.len();
    let word = if tests == 1 { "test" } else { "tests" };
    let mut lines = vec![
        Line::from(vec![span(state, Role::Strong, format!("{tests} {word}"))]),
        Line::from(header::counts(state, &state.suite.counts(at))),
        Line::from(span(state, Role::Dim, group.path.display().to_string())),
        Line::default(),
    ];
    let longest = group.tests.iter().map(|at| &state.suite.tests[*at]);
    let bad = longest.filter(|test| test.is_bad());
    for test in bad {
        let why = test.reason.as_deref().and_then(|reason| reason.lines().next());
        lines.push(Line::from(vec![
            span(state, Role::StatusFailed, format!("{}  ", test.name)),
            span(state, Role::Dim, why.unwrap_or_default().to_owned()),
        ]));
    }
    // Only what fits is handed on: a compiler can say a great deal.
    let error = group.error.iter().flat_map(|error| error.lines());
    let room = usize::from(inner.height);
    lines.extend(error.take(room).map(|line| Line::raw(line.replace('\t', "    "))));
    lines.truncate(room);
    Paragraph::new(lines)
        .wrap(Wrap { trim: false })
        .render(inner, buf);
}
