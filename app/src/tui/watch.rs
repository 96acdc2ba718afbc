//! Changes of files that tests are made of: noticed, gathered, and turned into the tests that they touch.
//!
//! Directories are watched one by one, without what `.gitignore` names and without what we write ourselves. Of all
//! that the kernel tells only what changes content counts: it tells of every file that is read, too. Where it
//! cannot watch so many directories they are looked at every two seconds instead, and the user is told.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gkfs_runner::discover::Discovery;
use ignore::WalkBuilder;
use ignore::gitignore::Gitignore;
use ignore::overrides::{Override, OverrideBuilder};
use notify::event::{AccessKind, AccessMode, CreateKind, MetadataKind, ModifyKind};
use notify::{EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout};

use crate::suite::{Suite, WatchConfig};
use map::Map;
pub(crate) use map::Touched;

mod map;

/// An editor writes a file in several steps; they are one change when they come so close to each other.
const QUIET: Duration = Duration::from_millis(50);
/// But a change is told after so long even if others go on.
const LONGEST: Duration = Duration::from_secs(1);
/// How often directories are looked at where the kernel does not watch them.
const POLL: Duration = Duration::from_secs(2);

/// Where tests are, as far as that is known: shared between whoever finds them and whoever watches.
#[derive(Clone, Default)]
pub(crate) struct Sources {
    map: Arc<Mutex<Map>>,
}

impl Sources {
    /// Takes note of what was found.
    pub(crate) fn found(&self, discovery: &Discovery) {
        self.map
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .found(discovery);
    }

    fn touched(&self, paths: &BTreeSet<PathBuf>) -> Touched {
        self.map
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .touched(paths)
    }
}

/// One change, however many files it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The files.
    pub(crate) paths: BTreeSet<PathBuf>,
    /// What they touch.
    pub(crate) touched: Touched,
}

/// The changes of a suite, as they come.
pub(crate) struct Changes {
    /// Dropped, it watches no more.
    watcher: Box<dyn Watcher + Send>,
    told: UnboundedReceiver<notify::Result<notify::Event>>,
    wanted: Wanted,
    sources: Sources,
    /// Why directories are looked at now and then instead of being watched.
    pub(crate) slow: Option<String>,
}

/// What came so close together that it is one change.
#[derive(Default)]
struct Batch {
    paths: BTreeSet<PathBuf>,
    /// Those of them that were not there before.
    made: BTreeSet<PathBuf>,
}

impl Batch {
    /// Returns the files without those that came and went: an editor writes beside a file, and then renames.
    fn lasting(self) -> BTreeSet<PathBuf> {
        let Batch { mut paths, made } = self;
        paths.retain(|path| !made.contains(path) || path.exists());
        paths
    }
}

/// Which files count.
struct Wanted {
    ignored: Gitignore,
    globs: Override,
    /// What we write ourselves.
    own: PathBuf,
}

impl Changes {
    /// Begins to watch a suite and the directories of its stack.
    ///
    /// # Errors
    /// When a glob of the suite file is none, or nothing can be watched at all.
    pub(crate) fn new(suite: &Suite, stack_dirs: &[PathBuf], own: &Path) -> Result<Changes, String> {
        let sources = Sources::default();
        let files = suite.file.iter().cloned();
        sources
            .map
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .everything = files.chain(stack_dirs.iter().cloned()).collect();
        let wanted = Wanted {
            ignored: Gitignore::new(suite.root.join(".gitignore")).0,
            globs: globs(&suite.root, suite.config.watch.as_ref())?,
            own: own.to_owned(),
        };
        let mut dirs = directories(&suite.root, &wanted);
        dirs.extend(stack_dirs.iter().cloned());
        let (tell, told) = unbounded_channel();
        let (watcher, slow) = match watched(&dirs, &tell) {
            Ok(watcher) => (watcher, None),
            Err(error) => {
                let why = format!(
                    "cannot watch {} directories ({error}); looking every {} s instead: raise \
                     fs.inotify.max_user_watches",
                    dirs.len(),
                    POLL.as_secs()
                );
                (
                    polled(&dirs, &tell).map_err(|error| error.to_string())?,
                    Some(why),
                )
            }
        };
        Ok(Changes {
            watcher,
            told,
            wanted,
            sources,
            slow,
        })
    }

    /// Returns the handle for whoever finds tests.
    pub(crate) fn sources(&self) -> Sources {
        self.sources.clone()
    }

    /// Waits for the next change that touches a test.
    pub(crate) async fn next(&mut self) -> Option<Change> {
        loop {
            let first = self.told.recv().await?;
            let began = Instant::now();
            let (mut batch, mut lost) = (Batch::default(), false);
            lost |= self.take(first, &mut batch);
            while !batch.paths.is_empty() && began.elapsed() < LONGEST {
                match timeout(QUIET, self.told.recv()).await {
                    Ok(Some(event)) => lost |= self.take(event, &mut batch),
                    Ok(None) | Err(_) => break,
                }
            }
            let paths = batch.lasting();
            // What nobody told of may be anything.
            let touched = if lost {
                Touched::All
            } else {
                self.sources.touched(&paths)
            };
            if touched != Touched::Nothing {
                return Some(Change { paths, touched });
            }
        }
    }

    /// Takes what the kernel tells. Whether it has lost something.
    fn take(&mut self, event: notify::Result<notify::Event>, batch: &mut Batch) -> bool {
        let Ok(event) = event else {
            return false;
        };
        if event.kind == EventKind::Create(CreateKind::Folder) {
            event
                .paths
                .iter()
                .for_each(|dir| self.enter(dir, &mut batch.paths));
        }
        if changes_content(event.kind) {
            let wanted = event.paths.iter().filter(|path| self.wanted.file(path));
            if event.kind.is_create() {
                batch.made.extend(wanted.clone().cloned());
            }
            batch.paths.extend(wanted.cloned());
        }
        event.need_rescan()
    }

    /// A new directory is watched too; what is in it already was not told of.
    fn enter(&mut self, dir: &Path, paths: &mut BTreeSet<PathBuf>) {
        if !self.wanted.dir(dir) {
            return;
        }
        for dir in directories(dir, &self.wanted) {
            // It may be gone again.
            let _ = self.watcher.watch(&dir, RecursiveMode::NonRecursive);
            let files = std::fs::read_dir(&dir).into_iter().flatten().flatten();
            let files = files.map(|entry| entry.path()).filter(|path| path.is_file());
            paths.extend(files.filter(|path| self.wanted.file(path)));
        }
    }
}

fn watched(
    dirs: &[PathBuf],
    tell: &UnboundedSender<notify::Result<notify::Event>>,
) -> notify::Result<Box<dyn Watcher + Send>> {
    let tell = tell.clone();
    // Nobody listens once the session is over.
    let mut watcher =
        RecommendedWatcher::new(move |event| drop(tell.send(event)), notify::Config::default())?;
    for dir in dirs {
        watcher.watch(dir, RecursiveMode::NonRecursive)?;
    }
    Ok(Box::new(watcher))
}

fn polled(
    dirs: &[PathBuf],
    tell: &UnboundedSender<notify::Result<notify::Event>>,
) -> notify::Result<Box<dyn Watcher + Send>> {
    let tell = tell.clone();
    let config = notify::Config::default().with_poll_interval(POLL);
    let mut watcher = PollWatcher::new(move |event| drop(tell.send(event)), config)?;
    for dir in dirs {
        watcher.watch(dir, RecursiveMode::NonRecursive)?;
    }
    Ok(Box::new(watcher))
}

fn changes_content(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Create(_)
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_) | ModifyKind::Metadata(MetadataKind::WriteTime))
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
    )
}

/// The directories in and below `root` whose files count.
fn directories(root: &Path, wanted: &Wanted) -> Vec<PathBuf> {
    let walk = WalkBuilder::new(root).hidden(true).require_git(false).build();
    walk.flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()))
        .map(ignore::DirEntry::into_path)
        .filter(|dir| wanted.dir(dir))
        .collect()
}

fn globs(root: &Path, config: Option<&WatchConfig>) -> Result<Override, String> {
    let mut builder = OverrideBuilder::new(root);
    let (include, exclude) = config.map_or((&[][..], &[][..]), |it| (&it.include, &it.exclude));
    let excluded = exclude.iter().map(|glob| format!("!{glob}"));
    for glob in include.iter().cloned().chain(excluded) {
        let wrong = |error| format!("suite file: [watch]: {error}");
        builder.add(&glob).map_err(wrong)?;
    }
    builder
        .build()
        .map_err(|error| format!("suite file: [watch]: {error}"))
}

impl Wanted {
    fn dir(&self, dir: &Path) -> bool {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let builds = name == "target" && dir.join("CACHEDIR.TAG").exists();
        !(builds || dir.starts_with(&self.own) || (name.starts_with('.') && name.len() > 1))
    }

    /// Whether a file counts: none that an editor or a build leaves beside the real one.
    fn file(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let passing = name.starts_with('.')
            || name.ends_with('~')
            || name == "4913"
            || [".swp", ".swx", ".tmp"].iter().any(|end| name.ends_with(end));
        !passing
            && !path.starts_with(&self.own)
            && !self.ignored.matched_path_or_any_parents_safe(path)
            && !self.globs.matched(path, false).is_ignore()
    }
}

/// The same as the crate's own, which panics on a path outside of the root.
trait SafeMatch {
    fn matched_path_or_any_parents_safe(&self, path: &Path) -> bool;
}

impl SafeMatch for Gitignore {
    fn matched_path_or_any_parents_safe(&self, path: &Path) -> bool {
        path.starts_with(self.path()) && self.matched_path_or_any_parents(path, false).is_ignore()
    }
}
