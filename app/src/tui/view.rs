//! From the state to cells. Views read; what they need that is not in the state does not exist.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::glyph;
use super::layout;
use super::state::suite::{Node, Phase};
use super::state::{Layer, Pane, State};
use super::theme::Role;

mod banner;
mod build;
mod footer;
mod group;
mod header;
mod own_log;
mod palette;
mod picker;
mod plain;
mod tests;

pub(crate) use plain::plain;

/// Draws the whole screen.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    render(state, area, frame.buffer_mut());
    let position = match &state.palette {
        Some(palette) => palette::cursor(palette, area),
        None => footer::cursor(state, layout::areas(state).footer),
    };
    // The terminal may have become smaller, of which we have not been told.
    if let Some(position) = position.filter(|position| area.contains(*position)) {
        frame.set_cursor_position(position);
    }
}

/// Draws the whole screen into a buffer, of which `area` is the part to use.
pub fn render(state: &State, area: Rect, buf: &mut Buffer) {
    paint(state, area, buf);
    state.settings.glyphs.limit(buf);
}

fn paint(state: &State, area: Rect, buf: &mut Buffer) {
    let screen = Rect::new(0, 0, state.size.0, state.size.1);
    // The terminal may have another size already, of which we have not been told.
    if area.is_empty() || area.intersection(screen) != screen {
        return;
    }
    buf.set_style(area, state.theme.style(Role::Text));
    if layout::is_too_small(state) {
        let text = format!("{}x{} is too small", screen.width, screen.height);
        put(buf, screen, &Line::raw(text));
        return;
    }
    let areas = layout::areas(state);
    header::draw(state, areas.header, buf);
    if let Some(pane) = areas.tests {
        tests::draw(state, pane, buf);
    }
    if let Some(pane) = areas.drill {
        selected(state, pane, buf);
    }
    banner::draw(state, areas.banner, buf);
    footer::draw(state, areas.footer, buf);
    footer::toasts(state, buf);
    if let Some(log) = &state.own_log {
        own_log::draw(state, log, screen, buf);
    }
    if let Some(picker) = &state.picker {
        picker::draw(state, picker, screen, buf);
    }
    if let Some(palette) = &state.palette {
        palette::draw(state, palette, screen, buf);
    }
    if state.confirm_quit {
        let lines = question(state);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        confirm(state, &lines, screen, buf);
    } else if let Some(builder) = state.watched.builder.as_ref().filter(|_| state.watched.asks()) {
        let command = format!("  {}", builder.command);
        let lines = [
            "The stack's sources changed. May this build it now, and after each",
            "further change, for as long as this session lasts?  y / n",
            &command,
        ];
        confirm(state, &lines, screen, buf);
    }
}

/// The right half: the drill-down of a test, or what there is to say about a group.
fn selected(state: &State, pane: Rect, buf: &mut Buffer) {
    if state.shows_build() {
        return build::draw(state, pane, buf);
    }
    match state.tree.selected() {
        Some(Node::Test(at)) => {
            let test = &state.suite.tests[at];
            let (sign, role) = glyph::test(test);
            let id = tests::printable(&test.id);
            let title = vec![
                span(state, role, format!(" {sign} ")),
                Span::raw(format!("{id} ")),
            ];
            let block = block(state, title, Pane::Drill);
            let inner = block.inner(pane);
            block.render(pane, buf);
            super::drill::view(&state.drill, &state.theme, inner, buf);
        }
        Some(Node::Group(at)) => group::draw(state, at, pane, buf),
        None => block(state, "", Pane::Drill).render(pane, buf),
    }
}

/// The border of a pane; it tells which one takes the keys.
fn block<'a>(state: &State, title: impl Into<Line<'a>>, pane: Pane) -> Block<'a> {
    let focused =
        state.focus == pane && matches!(state.layer(), Layer::Pane(_) | Layer::Prompt | Layer::Typing);
    let role = if focused { Role::Focus } else { Role::Border };
    Block::bordered()
        .border_style(state.theme.style(role))
        .title(title)
}

/// Writes a line, cut where the area ends.
fn put(buf: &mut Buffer, area: Rect, line: &Line<'_>) {
    if !area.is_empty() {
        buf.set_line(area.x, area.y, line, area.width);
    }
}

/// Returns the `row`-th line of an area; an empty one below its end.
fn line_of(area: Rect, row: usize) -> Rect {
    match u16::try_from(row) {
        Ok(row) if row < area.height => Rect::new(area.x, area.y + row, area.width, 1),
        _ => Rect::ZERO,
    }
}

/// Asks whether to quit, and says what would be lost.
fn question(state: &State) -> Vec<String> {
    const MOST: usize = 4;
    let tests = state.suite.tests.iter();
    let running = tests.filter(|test| test.phase == Phase::Running);
    let names: Vec<String> = running
        .map(|test| format!("  {}", tests::printable(&test.id)))
        .collect();
    let mut lines = vec!["Tests are running.".to_owned()];
    lines.extend(names.iter().take(MOST).cloned());
    if names.len() > MOST {
        lines.push(format!("  and {} more", names.len() - MOST));
    }
    lines.push("Stop them and quit?  y / n".to_owned());
    lines
}

fn confirm(state: &State, lines: &[&str], screen: Rect, buf: &mut Buffer) {
    let wide = lines.iter().map(|line| line.len()).max().unwrap_or(0) + 4;
    let wide = u16::try_from(wide).unwrap_or(u16::MAX).max(32);
    let area = centered(screen, wide, u16::try_from(lines.len()).unwrap_or(1) + 2);
    Clear.render(area, buf);
    let style = state.theme.style(Role::LevelWarn);
    let block = Block::bordered().border_style(style);
    let inner = block.inner(area);
    block.render(area, buf);
    for (row, text) in lines.iter().enumerate() {
        put(buf, line_of(inner, row), &Line::raw(format!(" {text}")));
    }
}

fn centered(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect::new(
        (screen.width - width) / 2,
        (screen.height - height) / 2,
        width,
        height,
    )
}

/// A piece of text in the looks of a role.
fn span<'a>(state: &State, role: Role, text: impl Into<std::borrow::Cow<'a, str>>) -> Span<'a> {
    Span::styled(text, state.theme.style(role))
}

/// Lays one style over a line, as for the row under the cursor.
fn over(buf: &mut Buffer, area: Rect, style: Style) {
    buf.set_style(area, style);
}
