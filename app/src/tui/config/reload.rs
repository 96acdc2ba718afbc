//! The user's files read again when they change, so that a theme can be tried while it is written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::Env;
use crate::tui::Msg;

/// An editor writes a file in several steps; they are one change when they come so close to each other.
const QUIET: Duration = Duration::from_millis(50);

/// Begins to watch them; ends when nobody takes the messages any more.
pub(crate) fn begin(env: &Env, out: UnboundedSender<Msg>) {
    let Some(dir) = super::dir(env) else { return };
    let env = env.clone();
    tokio::spawn(async move {
        if let Err(error) = follow(&dir, &env, &out).await {
            tracing::warn!(%error, dir = %dir.display(), "the user's files cannot be watched");
        }
    });
}

async fn follow(dir: &Path, env: &Env, out: &UnboundedSender<Msg>) -> notify::Result<()> {
    let (told, mut changes) = unbounded_channel();
    let ours = dir.to_owned();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| counts(&event, &ours)) {
            // Nobody listens once the session is over.
            let _ = told.send(());
        }
    })?;
    watch(&mut watcher, dir);
    loop {
        tokio::select! {
            () = out.closed() => return Ok(()),
            change = changes.recv() => if change.is_none() { return Ok(()) },
        }
        while timeout(QUIET, changes.recv())
            .await
            .is_ok_and(|more| more.is_some())
        {}
        // A directory may have come that was not there.
        watch(&mut watcher, dir);
        let env = env.clone();
        let config = tokio::task::spawn_blocking(move || super::load(&env)).await;
        let Ok(config) = config else { return Ok(()) };
        tracing::info!(problems = config.problems.len(), "read the user's files again");
        let _ = out.send(Msg::Configured(Box::new(config)));
    }
}

/// Watches the directory, that of the themes, and, for when they come, the nearest one around them that is there.
fn watch(watcher: &mut RecommendedWatcher, dir: &Path) {
    let around = dir.ancestors().skip(1).find(|around| around.is_dir());
    let places: [Option<PathBuf>; 3] = [
        around.map(Path::to_owned),
        Some(dir.to_owned()),
        Some(dir.join("themes")),
    ];
    for place in places.into_iter().flatten() {
        // One that is not there is watched when it comes.
        let _ = watcher.watch(&place, RecursiveMode::NonRecursive);
    }
}

/// Whether an event changes what our files say, or where they could be. The kernel tells of reading them, too.
fn counts(event: &Event, dir: &Path) -> bool {
    let changes = matches!(
        event.kind,
        EventKind::Create(_)
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
    );
    let is_ours = |path: &PathBuf| path.starts_with(dir) || dir.starts_with(path);
    changes && event.paths.iter().any(is_ours)
}
