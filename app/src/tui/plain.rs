//! What a pane holds, as text: all of it, and not only what there is room for.

use super::drill::Extract;

/// Text with a title.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    /// What it is.
    pub(crate) title: String,
    /// The lines.
    pub(crate) text: Text,
}

/// The lines, at hand or to be read.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    /// These.
    Lines(Vec<String>),
    /// Those of logs.
    Extract(Extract),
}

impl Plain {
    /// Returns the lines, one after the other; those that are not at hand are read as one goes.
    pub(crate) fn lines(&self) -> Box<dyn Iterator<Item = String> + '_> {
        match &self.text {
            Text::Lines(lines) => Box::new(lines.iter().cloned()),
            Text::Extract(lines) => Box::new(lines.lines()),
        }
    }
}
