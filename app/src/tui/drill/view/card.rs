//! A step with all that it is: arguments, reply, duration.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::hex;
use crate::report::steps::Step;
use crate::tui::drill::short::{prefix, shortened};
use crate::tui::drill::text::micros;
use crate::tui::drill::{Drill, told};
use crate::tui::theme::Role;

/// What is said first; whatever else there is comes after.
const FIRST: [&str; 8] = [
    "message", "error", "reason", "args", "reply", "errno", "exit", "stderr",
];

/// Draws the card of a step.
pub(super) fn draw(drill: &Drill, step: &Step, paint: &mut Paint<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let took = match step.duration_us {
        Some(us) => micros(us),
        None if step.is_open() => "no end was recorded".to_owned(),
        None => "one moment".to_owned(),
    };
    let name = step.text("op").or_else(|| step.text("name")).unwrap_or_default();
    let name = if name.is_empty() { name } else { format!(" {name}") };
    let title = format!(
        "{}{name} · {took} · {}",
        step.kind,
        told::clock(step.ts, &drill.zone(), true)
    );
    paint.rule(area, &title);
    let inner = Rect::new(area.x, area.y + 1, area.width, area.height - 1);
    if let Some(top) = drill.timeline.bytes {
        return bytes(step, top, paint, inner);
    }
    let step = shortened(step, &prefix(drill));
    let rows = fields(&step).flat_map(|(name, text)| {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines
            .into_iter()
            .enumerate()
            .map(move |(line, text)| (if line == 0 { name.clone() } else { String::new() }, text))
            .collect::<Vec<_>>()
    });
    for (row, (name, text)) in rows.take(usize::from(inner.height)).enumerate() {
        let parts = [(format!(" {name:9} "), Role::JsonKey), (text, Role::Text)];
        paint.parts(inner, row, &parts);
    }
}

/// Draws the bytes that a step tells of, from a row on.
fn bytes(step: &Step, top: usize, paint: &mut Paint<'_>, area: Rect) {
    let Some((bytes, all)) = step.bytes() else {
        paint.text(area, 0, " it tells of no bytes", Role::Dim);
        return;
    };
    let rows = bytes.chunks(hex::WIDTH).enumerate();
    let height = usize::from(area.height);
    // What is there to be seen stays on the screen, however far one went on.
    let last = bytes.len().div_ceil(hex::WIDTH).saturating_sub(height);
    let mut row = 0;
    for (index, chunk) in rows.skip(top.min(last)).take(height) {
        let [place, digits, text] = hex::row((index * hex::WIDTH) as u64, chunk);
        let parts = [
            (format!(" {place}"), Role::Dim),
            (digits, Role::JsonNumber),
            (text, Role::Text),
        ];
        paint.parts(area, row, &parts);
        row += 1;
    }
    if row < height && bytes.len() < all {
        let left = format!(" … {} bytes more were not recorded", all - bytes.len());
        paint.text(area, row, &left, Role::Dim);
    }
}

/// Returns the fields of a step as text, those that tell most first.
fn fields(step: &Step) -> impl Iterator<Item = (String, String)> + '_ {
    let known = FIRST.iter().filter_map(|name| {
        let value = step.fields.get(*name)?;
        let text = step.text(name).unwrap_or_else(|| value.to_string());
        (!text.is_empty() && text != "null").then(|| ((*name).to_owned(), text))
    });
    let others = step
        .fields
        .iter()
        .filter(|(name, value)| !FIRST.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        });
    known.chain(others)
}
