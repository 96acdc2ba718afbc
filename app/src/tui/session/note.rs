//! What of all that comes in is written to our own log.

use gkfs_runner::event::Level;

use crate::tui::msg::Msg;

/// Writes down what is worth it: what went wrong, and what others asked for.
pub(super) fn note(msg: &Msg) {
    match msg {
        Msg::Note(Level::Error, text) => tracing::error!("{text}"),
        Msg::Note(Level::Warn, text) => tracing::warn!("{text}"),
        Msg::Note(Level::Info, text) => tracing::info!("{text}"),
        Msg::Terminate(why) => tracing::warn!("{why}"),
        Msg::Slept(time) => tracing::warn!(?time, "the machine slept"),
        Msg::Done(Some(why)) => tracing::warn!("{why}"),
        Msg::Watching(Err(why)) => tracing::error!("{why}"),
        Msg::Watched { news, .. } => tracing::info!(?news, "told by the watch"),
        Msg::Resize(columns, rows) => tracing::debug!(columns, rows, "the terminal's size"),
        Msg::Key(key) => tracing::trace!(?key),
        _ => {}
    }
}
