//! From the state to cells: the tabs above, one of them below, and a line that says what is shown of it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::extent::BETWEEN;
use super::{Drill, Prefix, Tab};
use crate::tui::theme::{Role, Theme};
use paint::Paint;

mod card;
mod changes;
mod diff;
mod history;
mod json;
mod mount;
mod output;
mod paint;
mod preview;
mod results;
mod spaces;
mod table;
mod timeline;
mod workspace;

pub(super) use diff::rows_below;

/// Draws the drill-down.
pub(super) fn draw(drill: &Drill, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let paint = &mut Paint { buffer, theme };
    let [head, past, body, foot] = parts(area, drill.present.is_some());
    tabs(drill, paint, head);
    banner(drill, paint, past);
    if drill.attempt.is_none() {
        let text = if drill.id.is_empty() {
            "nothing is selected"
        } else {
            "not run yet"
        };
        paint.text(body, 0, text, Role::Dim);
        return;
    }
    match drill.beside() {
        None => contents(drill, drill.tab, paint, body),
        Some(beside) => double(drill, beside, paint, body),
    }
    status(drill, paint, foot);
}

/// Two tabs side by side, in the order of their numbers.
fn double(drill: &Drill, beside: Tab, paint: &mut Paint<'_>, body: Rect) {
    let [left, between, right] = halves(body);
    let tabs = pair(drill, beside);
    for (tab, area) in tabs.into_iter().zip([left, right]) {
        contents(drill, tab, paint, area);
    }
    // The arrow points to the one that takes the keys.
    let is_left = tabs[0] == drill.tab;
    for row in 0..usize::from(between.height) {
        paint.text(between, row, " │ ", Role::Border);
    }
    paint.text(between, 0, if is_left { "◂│ " } else { " │▸" }, Role::Focus);
}

/// The two tabs that are shown, from the left.
fn pair(drill: &Drill, beside: Tab) -> [Tab; 2] {
    let mut tabs = [drill.tab, beside];
    tabs.sort();
    tabs
}

/// Where they are, and what stands between them.
fn halves(body: Rect) -> [Rect; 3] {
    let columns = [
        Constraint::Fill(1),
        Constraint::Length(BETWEEN),
        Constraint::Fill(1),
    ];
    Layout::horizontal(columns).areas(body)
}

fn contents(drill: &Drill, tab: Tab, paint: &mut Paint<'_>, area: Rect) {
    match tab {
        Tab::Timeline => timeline::draw(drill, paint, area),
        Tab::Results => results::draw(drill, paint, area),
        Tab::Workspace => match &drill.mount {
            Some(mount) => mount::draw(drill, mount, paint, area),
            None => workspace::draw(drill, paint, area),
        },
        Tab::Output => output::draw(drill, paint, area),
        Tab::History => history::draw(drill, paint, area),
        Tab::Changes => changes::draw(drill, paint, area),
    }
}

/// Divides the area; what has no room is left out, the contents last.
fn parts(area: Rect, is_past: bool) -> [Rect; 4] {
    Layout::vertical([
        Constraint::Length(u16::from(area.height > 1)),
        Constraint::Length(u16::from(is_past && area.height > 4)),
        Constraint::Min(0),
        Constraint::Length(u16::from(area.height > 3)),
    ])
    .areas(area)
}

/// Says that it is a past attempt that is shown, and the way back.
fn banner(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let label = drill.attempt.as_deref().map(|dir| drill.history.label(dir));
    let parts = [
        (" ◀ esc: back to the present ".to_owned(), Role::Key),
        (format!(" {}", label.unwrap_or_default()), Role::LevelWarn),
    ];
    paint.parts(area, 0, &parts);
}

fn tabs(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    let parts = labels(drill, area.width).map(|(tab, text)| {
        let role = match tab {
            tab if tab == drill.tab => Role::TabActive,
            tab if Some(tab) == drill.beside() => Role::Strong,
            _ => Role::Tab,
        };
        (text, role)
    });
    paint.parts(area, 0, &parts.collect::<Vec<_>>());
}

/// Returns what stands for each tab; where there is no room, only one has its whole name.
fn labels(drill: &Drill, width: u16) -> impl Iterator<Item = (Tab, String)> {
    let shown = drill.tab;
    // Most tests have no view, and need no room for what it changed.
    let has_changes = drill.changes.has_view || shown == Tab::Changes;
    let is_there = move |tab: &Tab| *tab != Tab::Changes || has_changes;
    let all: usize = Tab::ALL
        .iter()
        .filter(|tab| is_there(tab))
        .map(|tab| tab.name().len() + 4)
        .sum();
    let short = usize::from(width) < all;
    let tabs = Tab::ALL.into_iter().filter(is_there).enumerate();
    tabs.map(move |(index, tab)| {
        let name = if short && tab != shown {
            &tab.name()[..1]
        } else {
            tab.name()
        };
        (tab, format!(" {} {name} ", index + 1))
    })
}

/// Returns the tab that stands in a column.
pub(super) fn tab_at(drill: &Drill, column: u16) -> Option<Tab> {
    let mut right = 0;
    labels(drill, drill.area.0).find_map(|(tab, text)| {
        right += text.len();
        (usize::from(column) < right).then_some(tab)
    })
}

/// Returns where a tab's contents are, if it is shown.
fn area_of(drill: &Drill, tab: Tab) -> Option<Rect> {
    let (columns, rows) = drill.area;
    let [_, _, body, _] = parts(Rect::new(0, 0, columns, rows), drill.present.is_some());
    let Some(beside) = drill.beside() else {
        return (tab == drill.tab).then_some(body);
    };
    let [left, _, right] = halves(body);
    let shown = pair(drill, beside).into_iter().zip([left, right]);
    shown
        .into_iter()
        .find_map(|(shown, area)| (shown == tab).then_some(area))
}

/// Returns the tab whose contents a cell belongs to.
pub(super) fn tab_in(drill: &Drill, column: u16, row: u16) -> Option<Tab> {
    let at = Position::new(column, row);
    let is_in = |tab: &Tab| area_of(drill, *tab).is_some_and(|area| area.contains(at));
    Tab::ALL.into_iter().find(is_in)
}

/// Returns how many rows of the file under the cursor are shown.
pub(super) fn preview_rows(drill: &Drill) -> usize {
    area_of(drill, Tab::Workspace).map_or(1, |area| workspace::preview_rows(drill, area).max(1))
}

/// Returns the row of a tab's list that stands on a cell.
pub(super) fn row_at(drill: &Drill, tab: Tab, column: u16, row: u16) -> Option<usize> {
    let body = area_of(drill, tab)?;
    match tab {
        Tab::Timeline => timeline::row_at(drill, body, row),
        Tab::Results => results::row_at(drill, body, row),
        Tab::Output => output::row_at(drill, body, row),
        Tab::Workspace => workspace::row_at(drill, body, Position::new(column, row)),
        Tab::History => history::row_at(drill, body, row),
        Tab::Changes => changes::row_at(drill, body, column, row),
    }
}

/// Says what is being typed, or what is shown.
fn status(drill: &Drill, paint: &mut Paint<'_>, area: Rect) {
    if let Some(prompt) = &drill.prompt {
        let hits = drill.finder.of(prompt.purpose);
        let found = match hits.query {
            Some(_) => format!("{} found{}", hits.count(), timeline::so_far(drill, hits)),
            None => "↑ what was looked for before".to_owned(),
        };
        let typed = format!("{}{}▏", prompt.sign(), prompt.text);
        paint.parts(
            area,
            0,
            &[(typed, Role::Prompt), (format!("  {found}"), Role::Dim)],
        );
        return;
    }
    if let Some(notice) = &drill.notice {
        paint.text(area, 0, notice, Role::Prompt);
        return;
    }
    if let Some(prefix) = drill.prefix {
        let text = match prefix {
            Prefix::Source => "switch which source? 1-9",
            Prefix::Only => "only which source? 1-9",
        };
        paint.text(area, 0, text, Role::Prompt);
        return;
    }
    let (text, keys) = match (drill.tab, &drill.mount) {
        (Tab::Timeline, _) => (timeline::status(drill), ""),
        (Tab::Results, _) => (results::status(drill), results::KEYS),
        (Tab::Workspace, Some(mount)) => (mount::status(mount), mount::KEYS),
        (Tab::Workspace, None) => (workspace::status(drill), workspace::keys(drill)),
        (Tab::Output, _) => (output::status(drill), ""),
        (Tab::Changes, _) => (changes::status(drill), changes::KEYS),
        (Tab::History, _) => (history::status(drill), history::keys(drill)),
    };
    // Where the keys are for others, they do something else.
    let keys = if drill.has_keys { keys } else { "" };
    paint.text(area, 0, &format!("{text}{keys}"), Role::Dim);
}
