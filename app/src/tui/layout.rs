//! Where things are on the screen: a pure function of the state, shared by `update` and `view`.

use ratatui::layout::{Constraint, Layout, Margin, Rect};

use super::state::{Pane, State};

/// Narrower, or lower, and nothing useful can be shown.
const LEAST: (u16, u16) = (20, 5);
/// From so many columns on, the panes stand side by side.
const WIDE: u16 = 100;
/// From so many columns on, the tests need a smaller share of them.
const VERY_WIDE: u16 = 180;
/// From so many rows on, they stand one above the other where they cannot stand side by side.
const HIGH: u16 = 32;

/// The parts of the screen; a pane that is not shown has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas {
    /// The top line.
    pub header: Rect,
    /// Groups and tests.
    pub tests: Option<Rect>,
    /// The selected one.
    pub drill: Option<Rect>,
    /// Above the bottom line, what must not be overlooked; empty where there is nothing.
    pub banner: Rect,
    /// The bottom line.
    pub footer: Rect,
}

/// Whether the terminal is too small for anything but saying so.
#[must_use]
pub fn is_too_small(state: &State) -> bool {
    state.size.0 < LEAST.0 || state.size.1 < LEAST.1
}

/// Whether there is room for one pane only.
#[must_use]
pub fn is_single(state: &State) -> bool {
    let (columns, rows) = state.size;
    state.zoom || (columns < WIDE && rows < HIGH)
}

/// Divides the screen.
#[must_use]
pub fn areas(state: &State) -> Areas {
    let screen = Rect::new(0, 0, state.size.0, state.size.1);
    let warns = u16::from(state.banner().is_some() && screen.height > LEAST.1);
    let rows = [
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(warns),
        Constraint::Length(1),
    ];
    let [header, body, banner, footer] = Layout::vertical(rows).areas(screen);
    let (mut tests, mut drill) = (None, None);
    if is_single(state) {
        match state.focus {
            Pane::Tests => tests = Some(body),
            Pane::Drill => drill = Some(body),
        }
    } else {
        let shares = [Constraint::Percentage(share_of(state)), Constraint::Fill(1)];
        let [one, other] = if screen.width >= WIDE {
            Layout::horizontal(shares).areas(body)
        } else {
            Layout::vertical(shares).areas(body)
        };
        (tests, drill) = (Some(one), Some(other));
    }
    Areas {
        header,
        tests,
        drill,
        banner,
        footer,
    }
}

/// What lies within the border of a pane.
#[must_use]
pub fn inner(pane: Rect) -> Rect {
    pane.inner(Margin::new(1, 1))
}

/// The share of the tests' pane, in percent: what the user made of it, or what suits the screen.
fn share_of(state: &State) -> u16 {
    let usual = if state.size.0 >= VERY_WIDE { 30 } else { 40 };
    state.share.unwrap_or(usual)
}

/// Changes the share of the tests' pane by so many percent.
pub(super) fn share(state: &mut State, by: i16) {
    state.share = Some(share_of(state).saturating_add_signed(by).clamp(15, 80));
}

/// Rows within the border of a pane.
#[must_use]
pub fn inner_height(pane: Rect) -> usize {
    pane.height.saturating_sub(2).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::Mode;

    fn at(columns: u16, rows: u16) -> Areas {
        let mut state = State::new(Mode::Live, String::new());
        state.size = (columns, rows);
        areas(&state)
    }

    #[test]
    fn panes_stand_side_by_side_when_there_is_room() {
        let wide = at(120, 40);
        assert_eq!(wide.tests.map(|pane| (pane.width, pane.height)), Some((48, 38)));
        let high = at(80, 40);
        assert_eq!(high.tests.map(|pane| pane.width), Some(80));
        assert!(high.drill.is_some());
        assert_eq!(at(80, 24).drill, None);
    }

    #[test]
    fn no_part_leaves_the_screen() {
        for columns in 0..30 {
            for rows in 0..12 {
                let areas = at(columns, rows);
                let parts = [Some(areas.header), areas.tests, areas.drill, Some(areas.footer)];
                for part in parts.into_iter().flatten() {
                    assert!(
                        part.right() <= columns && part.bottom() <= rows,
                        "{columns}x{rows}"
                    );
                }
            }
        }
    }
}
