//! The line at the bottom of a terminal: how far the run is, what runs now.

use std::io;

use super::style;
use super::{Results, Screen};

/// Return to the first column and clear to the end of the line.
const CLEAR: &[u8] = b"\r\x1b[2K";
/// Redraw at most this often, in microseconds: a terminal over ssh is slow.
const INTERVAL: u64 = 100_000;

/// The progress line; draws nothing where there is no terminal.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    shown: bool,
    drawn_mono: u64,
}

impl Progress {
    /// Takes the line away, so that something else can be written.
    pub(crate) fn clear(&mut self, screen: &mut Screen<'_>) -> io::Result<()> {
        if self.shown {
            screen.out.flush()?;
            screen.err.write_all(CLEAR)?;
            screen.err.flush()?;
            self.shown = false;
        }
        Ok(())
    }

    /// Draws the line as of `mono` if it was not drawn just now.
    pub(crate) fn draw(&mut self, mono: u64, results: &Results, screen: &mut Screen<'_>) -> io::Result<()> {
        let Some(columns) = (screen.columns)() else {
            return Ok(());
        };
        // Where a test is held, what is typed stands here.
        if !results.held().is_empty() {
            return Ok(());
        }
        if self.shown && mono.saturating_sub(self.drawn_mono) < INTERVAL {
            return Ok(());
        }
        screen.out.flush()?;
        screen.err.write_all(CLEAR)?;
        write!(
            screen.err,
            "{}",
            fit(&line(mono, results), columns.saturating_sub(1))
        )?;
        screen.err.flush()?;
        (self.shown, self.drawn_mono) = (true, mono);
        Ok(())
    }
}

fn line(mono: u64, results: &Results) -> String {
    let elapsed = results.elapsed(mono) / 1_000_000;
    let mut text = format!("{}/{} · {elapsed}s", results.summary.total, results.selected);
    if results.summary.bad() > 0 {
        text.push_str(&format!(" · {} not passed", results.summary.bad()));
    }
    if results.cancelled.is_some() {
        text.push_str(" · stopping");
    }
    let running = results.running();
    if !running.is_empty() {
        let names = running.iter().map(|(test, attempt)| {
            let age = mono.saturating_sub(attempt.started_mono);
            let slow = if attempt.slow { " slow" } else { "" };
            if age < 1_000_000 {
                test.id.clone()
            } else {
                format!(
                    "{} ({}{slow})",
                    test.id,
                    style::seconds(age / 1_000_000 * 1_000_000)
                )
            }
        });
        text.push_str(&format!(
            " · {} running: {}",
            running.len(),
            names.collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

/// Cuts `text` to `columns`; ids and numbers take one column a character.
fn fit(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars()
        .take(columns.saturating_sub(1))
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(fit("12345", 5), "12345");
        assert_eq!(fit("123456", 5), "1234…");
        assert_eq!(fit("123456", 0), "…");
    }
}
