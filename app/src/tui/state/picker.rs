//! The choice of a theme, each shown while the cursor is on it.

use super::super::theme::Theme;

/// The list while it is open.
#[derive(Debug, Clone)]
pub struct Picker {
    /// The theme under the cursor.
    pub cursor: usize,
    /// What there was before, to come back to.
    pub before: Theme,
}
