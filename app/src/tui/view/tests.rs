//! The pane of groups and tests: only the rows that can be seen are looked at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::super::glyph;
use super::super::state::suite::{Node, Phase, Test};
use super::super::state::tree::Row;
use super::super::state::{Activity, Pane, State};
use super::super::theme::Role;
use super::{block, header, line_of, over, put, span};

/// Draws it.
pub(super) fn draw(state: &State, pane: Rect, buf: &mut Buffer) {
    let block = block(state, title(state), Pane::Tests);
    let inner = block.inner(pane);
    block.render(pane, buf);
    let tree = &state.tree;
    let rows = tree.rows.iter().enumerate().skip(tree.offset);
    for (at, row) in rows.take(inner.height.into()) {
        let place = line_of(inner, at - tree.offset);
        match row.node {
            Node::Group(group) => draw_group(state, group, place, buf),
            Node::Test(test) => draw_test(state, &state.suite.tests[test], row, place, buf),
        }
        if at == tree.cursor {
            let focused = state.focus == Pane::Tests;
            let role = if focused {
                Role::Selection
            } else {
                Role::SelectionInactive
            };
            over(buf, place, state.theme.style(role));
        }
    }
    if tree.rows.is_empty() {
        for (row, text) in why_empty(state).iter().enumerate() {
            put(buf, line_of(inner, row), &span(state, Role::Dim, *text).into());
        }
    }
}

fn title<'a>(state: &State) -> Line<'a> {
    let tree = &state.tree;
    let mut parts = vec![Span::raw(" tests ")];
    if !tree.filter.is_empty() {
        let shown = tree
            .rows
            .iter()
            .filter(|row| matches!(row.node, Node::Test(_)))
            .count();
        let all = state.suite.tests.len();
        parts.push(span(state, Role::Match, format!("/{}", tree.filter)));
        parts.push(Span::raw(format!(" {shown}/{all} ")));
    }
    if tree.only_failed {
        parts.push(span(state, Role::StatusFailed, "only failed "));
    }
    if tree.failures_first {
        parts.push(Span::raw("failures first "));
    }
    if !tree.marks.is_empty() {
        parts.push(span(state, Role::Mark, format!("{} marked ", tree.marks.len())));
    }
    Line::from(parts)
}

/// What stands where there are no rows, with a way to have some.
fn why_empty(state: &State) -> &'static [&'static str] {
    match (state.tree.is_filtered(), &state.activity) {
        (true, _) => &[" nothing matches; esc shows all"],
        (false, Activity::Finding(_)) => &[" looking for tests…"],
        (false, _) => &[
            " no tests here",
            "",
            " gkfs-bench init  begins a suite",
            " gkfs-bench demo  shows a run",
        ],
    }
}

fn draw_group(state: &State, at: usize, place: Rect, buf: &mut Buffer) {
    let group = &state.suite.groups[at];
    let sign = if state.tree.is_folded(&group.name) {
        "▸ "
    } else {
        "▾ "
    };
    let mut right = header::counts(state, &state.suite.counts(at));
    right.push(span(state, Role::Dim, format!("{} ", group.tests.len())));
    let mut left = vec![
        span(state, Role::Dim, sign),
        span(state, Role::Strong, group.name.clone()),
    ];
    if group.error.is_some() {
        left.push(span(state, Role::StatusFailed, " broken"));
    }
    both(Line::from(left), &Line::from(right), place, buf);
}

fn draw_test(state: &State, test: &Test, row: &Row, place: Rect, buf: &mut Buffer) {
    let (glyph, role) = glyph::test(test);
    let mark = if state.tree.marks.contains(&test.id) {
        "●"
    } else {
        " "
    };
    let pin = if state.suite.pins.contains(&test.id) {
        "◆"
    } else {
        " "
    };
    let mut left = vec![
        span(state, Role::Mark, mark),
        span(state, Role::Mark, pin),
        span(state, role, glyph),
        Span::raw(" "),
    ];
    let base = match test {
        Test { stale: true, .. }
        | Test {
            ignored: true,
            status: None,
            ..
        } => Role::Dim,
        _ => Role::Text,
    };
    left.extend(name(state, test, row, base));
    both(Line::from(left), &Line::from(times(state, test)), place, buf);
}

/// The name, with what the filter found in it; what it found in the group's part is not shown here.
fn name<'a>(state: &State, test: &Test, row: &Row, base: Role) -> Vec<Span<'a>> {
    if row.found.is_empty() {
        return vec![span(state, base, printable(&test.name))];
    }
    let before = test.id.chars().count().saturating_sub(test.name.chars().count());
    let letters = test.name.chars().enumerate();
    letters
        .map(|(at, letter)| {
            let found = u32::try_from(before + at).is_ok_and(|at| row.found.binary_search(&at).is_ok());
            let role = if found { Role::Match } else { base };
            span(state, role, printable(letter.encode_utf8(&mut [0; 4])))
        })
        .collect()
}

fn times<'a>(state: &State, test: &Test) -> Vec<Span<'a>> {
    let mut parts = Vec::new();
    if test.slow {
        parts.push(span(state, Role::Slow, "slow "));
    }
    if test.stopped {
        let word = match test.phase {
            Phase::Idle => "stopped ",
            _ => "stopping ",
        };
        parts.push(span(state, Role::LevelWarn, word));
    }
    if test.stale {
        parts.push(span(state, Role::Dim, "stale "));
    }
    if test.attempts > 1 {
        parts.push(span(state, Role::StatusFlaky, format!("×{} ", test.attempts)));
    }
    match test.phase {
        Phase::Running => {
            let seconds = state.now.saturating_sub(test.started_mono) / 1_000_000;
            parts.push(span(state, Role::StatusRunning, format!("{seconds}s ")));
        }
        Phase::Held => parts.push(span(state, Role::LevelWarn, "HELD ")),
        Phase::Idle if test.status.is_some() => {
            parts.push(span(
                state,
                Role::Dim,
                format!("{} ", glyph::seconds(test.duration_us)),
            ));
        }
        Phase::Idle if test.ignored => parts.push(span(state, Role::Dim, "off by default ")),
        Phase::Idle | Phase::Waiting => {}
    }
    parts
}

/// Writes one thing at the left and one at the right; where there is no room for both the left one is cut.
fn both(left: Line<'_>, right: &Line<'_>, place: Rect, buf: &mut Buffer) {
    if place.is_empty() {
        return;
    }
    let wide = u16::try_from(right.width())
        .unwrap_or(u16::MAX)
        .min(place.width / 2);
    put(
        buf,
        Rect {
            width: place.width.saturating_sub(wide + 1),
            ..place
        },
        &left,
    );
    put(
        buf,
        Rect {
            x: place.right() - wide,
            width: wide,
            ..place
        },
        right,
    );
}

/// Names come from sources and file names; what would move the cursor is shown, not done.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { '·' } else { letter })
        .collect()
}
