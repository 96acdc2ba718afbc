//! The top line: what the session is about, how it stands, what goes on.

use gkfs_runner::status::Summary;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::glyph;
use super::super::state::{Activity, Mode, Run, State, Watch, build_of};
use super::super::theme::Role;
use super::{over, put, span};

/// Draws it.
pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    over(buf, area, state.theme.style(Role::Header));
    let mut left = vec![span(state, Role::Strong, format!(" {}", state.title))];
    left.extend(stack(state));
    left.push(Span::raw("  "));
    left.extend(counts(state, &state.suite.total().verdicts));
    let right = activity(state);
    let left = Line::from(left);
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    put(buf, area, &left);
    // What goes on matters more than the rest of the counts.
    let place = Rect::new(area.right() - wide, area.y, wide, 1);
    if usize::from(area.width) < left.width() + right.width() {
        ratatui::widgets::Widget::render(ratatui::widgets::Clear, place, buf);
    }
    put(buf, place, &right);
}

/// The stack, and the build of its daemon.
fn stack<'a>(state: &State) -> Vec<Span<'a>> {
    let mut parts = Vec::new();
    if !state.stack.name.is_empty() {
        parts.push(Span::raw(format!(" · {}", state.stack.name)));
    }
    let build = build_of(&state.stack);
    if !build.is_empty() && state.size.0 >= 100 {
        parts.push(span(state, Role::Dim, format!(" {build}")));
    }
    if state.watched.stale.is_some() {
        parts.push(span(state, Role::LevelWarn, " STALE"));
    }
    parts
}

/// Says on which build a run was made, where that is another one than there is now.
fn on_build(state: &State, run: &Run) -> String {
    let now = build_of(&state.stack);
    if run.build.is_empty() || now.is_empty() || run.build == now {
        return String::new();
    }
    format!(" on build {}", run.build)
}

/// The numbers that are not 0, each with its glyph.
pub(super) fn counts<'a>(state: &State, summary: &Summary) -> Vec<Span<'a>> {
    let some = summary.occurring().map(|(status, number)| {
        let text = format!("{}{number} ", glyph::of(status));
        span(state, glyph::role(status), text)
    });
    some.collect()
}

fn activity<'a>(state: &State) -> Line<'a> {
    let mut parts = Vec::new();
    let stale = state.suite.total().stale;
    if stale > 0 {
        let word = if state.outstanding().is_some() {
            "outstanding"
        } else {
            "stale"
        };
        parts.push(span(state, Role::LevelWarn, format!("{stale} {word}  ")));
    }
    match state.watch {
        Watch::Off => {}
        Watch::On if state.watched.slow.is_some() => parts.push(span(state, Role::LevelWarn, "polling  ")),
        Watch::On => parts.push(span(state, Role::Dim, "watching  ")),
        Watch::Paused => parts.push(span(state, Role::LevelWarn, "watch paused  ")),
    }
    let (role, text) = doing(state);
    parts.push(span(state, role, text));
    if let Some(request) = &state.queued {
        parts.push(span(
            state,
            Role::StatusWaiting,
            format!(" · then {}", request.told()),
        ));
    }
    parts.push(Span::raw(" "));
    Line::from(parts)
}

/// What of a run that has ended has no verdict.
fn left(run: &Run) -> String {
    match run.selected.saturating_sub(run.summary.total) {
        0 => String::new(),
        some => format!(" · {some} not run"),
    }
}

fn doing(state: &State) -> (Role, String) {
    let since = |began: u64| state.now.saturating_sub(began) / 1_000_000;
    match (&state.activity, &state.run) {
        (Activity::Finding(Some((what, began))), _) => {
            (Role::StatusRunning, format!("building {what} {}s", since(*began)))
        }
        (Activity::Finding(None), _) => (Role::StatusRunning, "looking for tests".to_owned()),
        (activity, Some(run)) if *activity == Activity::Running || run.elsewhere => {
            let running = state.suite.total().running;
            let time = run.span.map_or(0, |(began, _)| since(began));
            let word = if run.elsewhere {
                "elsewhere"
            } else if state.stops > 0 || run.cancelled.is_some() {
                "stopping"
            } else {
                "running"
            };
            let (done, all) = (run.summary.total, run.selected);
            (
                Role::StatusRunning,
                format!("{word} {done}/{all} · {running} now · {time}s"),
            )
        }
        (_, Some(run)) if run.killed => (Role::StatusError, format!("killed {}", run.id)),
        (_, Some(run)) if state.mode == Mode::Recorded => (Role::Dim, format!("run {}", run.id)),
        (_, Some(run)) if run.live => {
            let time = run.span.map_or(0, |(began, ended)| ended.saturating_sub(began));
            let word = match run.exit_code {
                Some(0) => "passed",
                Some(2) if run.cancelled.is_some() => "interrupted",
                Some(2) => "incomplete",
                Some(_) => "failed",
                None => "ended",
            };
            let role = if run.exit_code == Some(0) {
                Role::StatusPassed
            } else {
                Role::StatusFailed
            };
            (
                role,
                format!(
                    "{word} {} in {}{}{}",
                    run.summary.total,
                    glyph::seconds(time),
                    left(run),
                    on_build(state, run)
                ),
            )
        }
        (_, Some(run)) => (Role::Dim, format!("last run {}{}", run.id, on_build(state, run))),
        (_, None) => (Role::Dim, String::new()),
    }
}
