//! Changes of files that tests are made of: noticed, gathered, and turned into the tests that they touch.
//!
//! # Theory of operation
//!
//! `teller` has the kernel tell of each directory that counts; where it cannot watch so many, it looks at them every
//! two seconds instead, and says so. Which directories and files count is said in `place`: what `.gitignore` names,
//! what a build leaves and what we write ourselves does not.
//!
//! `Changes` gathers what comes close together into one `Change`: an editor writes a file in several steps, a
//! checkout of a branch thousands of files. What is the same as before is left out (`content`), and a program that its
//! linker still writes is waited for (`binary`). `map` holds the rest against what was found of the tests: the
//! [`Touched`] of a change is all that whoever reruns tests has to know.
//!
//! What is watched follows from what was found, so that it is derived anew after each search: `Sources` is the
//! handle for whoever searches.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gkfs_runner::Moment;
use gkfs_runner::discover::Discovery;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) use age::newer_source;
use content::Contents;
use gather::Batch;
use map::Map;
use place::Place;
pub(crate) use place::Scope;
use teller::{Teller, Told};
pub use touched::{Change, Touched};

mod age;
mod binary;
mod content;
mod gather;
mod map;
mod place;
mod teller;
#[cfg(test)]
mod tests;
mod touched;

/// What a watcher has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Files changed.
    Change(Change),
    /// Directories are looked at now and then instead of being watched; why, and what to do.
    Slow(String),
    /// So many files change that their end is waited for.
    Storm(usize),
    /// A program is still being written, and waited for.
    HalfWritten(PathBuf),
    /// What was waited for is over.
    Calm,
}

/// Where tests are, as far as that is known: shared between whoever finds them and whoever watches.
#[derive(Clone)]
pub(crate) struct Sources {
    map: Arc<Mutex<Map>>,
    anew: UnboundedSender<()>,
}

impl Sources {
    /// What is watched is another: the suite file, or the stack, says so.
    pub(crate) fn scope(&self, scope: Scope) {
        if self.map().set_scope(scope) {
            // Nobody listens once the session is over.
            let _ = self.anew.send(());
        }
    }

    /// A search begins; the number it will have found things under.
    pub(crate) fn begin(&self) -> u64 {
        self.map().epoch()
    }

    /// Takes note of what a search found that began at `epoch`.
    pub(crate) fn found(&self, discovery: &Arc<Discovery>, epoch: u64) {
        self.map().found(discovery, epoch);
        let _ = self.anew.send(());
    }

    /// The last discovery, if nothing that cargo builds has changed since it began.
    pub(crate) fn known(&self) -> Option<Arc<Discovery>> {
        self.map().known()
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The changes of a suite, as they come.
pub(crate) struct Changes {
    teller: Teller,
    told: UnboundedReceiver<Told>,
    place: Place,
    contents: Contents,
    sources: Sources,
    anew: UnboundedReceiver<()>,
    /// Why directories are looked at now and then, if nobody has been told yet.
    slow: Option<String>,
}

impl Changes {
    /// Begins to watch a suite. When this returns, no change is missed.
    ///
    /// # Errors
    /// When a glob of the suite file is none, or nothing can be watched at all.
    pub(crate) fn new(scope: Scope) -> Result<Changes, String> {
        let (tell, told) = unbounded_channel();
        let (anew_in, anew) = unbounded_channel();
        let place = Place::new(scope.clone())?;
        let mut teller = Teller::new(scope.poll, tell).map_err(|error| error.to_string())?;
        let dirs = place.dirs(&[]);
        let slow = teller.follow(&dirs).map_err(|error| error.to_string())?;
        let contents = Contents::learning(&dirs, &place);
        let mut map = Map::default();
        map.set_scope(scope);
        let sources = Sources {
            map: Arc::new(Mutex::new(map)),
            anew: anew_in,
        };
        Ok(Changes {
            teller,
            told,
            place,
            contents,
            sources,
            anew,
            slow,
        })
    }

    /// Returns the handle for whoever finds tests.
    pub(crate) fn sources(&self) -> Sources {
        self.sources.clone()
    }

    /// Tells all that happens, for as long as somebody wants to hear it.
    pub(crate) async fn follow(mut self, mut tell: impl FnMut(News) -> bool) {
        loop {
            if let Some(why) = self.slow.take()
                && !tell(News::Slow(why))
            {
                return;
            }
            tokio::select! {
                biased;
                Some(()) = self.anew.recv() => self.derive().await,
                Some(first) = self.told.recv() => {
                    let batch = self.gather(first, &mut tell).await;
                    if let Some(change) = self.change(batch, &mut tell).await
                        && !tell(News::Change(change))
                    {
                        return;
                    }
                }
                else => return,
            }
        }
    }

    /// What is watched follows from what was found.
    async fn derive(&mut self) {
        while self.anew.try_recv().is_ok() {}
        let (scope, outside) = self.sources.map().wants();
        // A glob that is wrong now was refused when the suite file was read.
        if let Ok(place) = Place::new(scope) {
            self.place = place;
        }
        let place = self.place.clone();
        let walk = tokio::task::spawn_blocking(move || place.dirs(&outside));
        if let Ok(dirs) = walk.await {
            self.watch(&dirs);
        }
    }

    fn watch(&mut self, dirs: &BTreeSet<PathBuf>) {
        match self.teller.follow(dirs) {
            Ok(slow) => self.slow = self.slow.take().or(slow),
            Err(error) => self.slow = Some(format!("nothing can be watched: {error}")),
        }
    }

    async fn gather(&mut self, first: Told, tell: &mut impl FnMut(News) -> bool) -> Batch {
        let mut batch = Batch::new(first.at);
        self.take(first, &mut batch);
        while let Some(quiet) = batch.quiet() {
            let Ok(Some(told)) = tokio::time::timeout(quiet, self.told.recv()).await else {
                break;
            };
            self.take(told, &mut batch);
            if batch.becomes_storm() {
                tell(News::Storm(batch.len()));
            }
        }
        if batch.is_storm() {
            tell(News::Calm);
        }
        batch
    }

    fn take(&mut self, told: Told, batch: &mut Batch) {
        for path in &told.paths {
            if path.file_name().is_some_and(|name| name == ".gitignore") {
                self.place.forget_ignored();
            }
            // A directory that is new, or has got another name, is watched too; of what is in it nobody told.
            if path.is_dir() {
                if told.made {
                    self.enter(path, batch);
                }
            } else if self.place.file(path) {
                batch.add(path.clone(), &told);
            }
        }
        batch.lost |= told.lost;
    }

    fn enter(&mut self, dir: &Path, batch: &mut Batch) {
        let dirs = self.place.below(dir);
        for dir in &dirs {
            let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
            let files = files.map(|entry| entry.path()).filter(|path| path.is_file());
            batch.paths.extend(files.filter(|path| self.place.file(path)));
        }
        let all = self.teller.dirs().union(&dirs).cloned().collect();
        self.watch(&all);
    }

    /// Turns what was gathered into a change, if it is one.
    async fn change(&mut self, batch: Batch, tell: &mut impl FnMut(News) -> bool) -> Option<Change> {
        let (at, lost, storm) = (batch.at, batch.lost, batch.is_storm());
        let mut paths = batch.lasting();
        let binaries: Vec<PathBuf> = paths
            .iter()
            .filter(|path| self.place.is_binary(path))
            .cloned()
            .collect();
        if !binaries.is_empty() && binary::settled(&binaries, |path| tell(News::HalfWritten(path))).await {
            tell(News::Calm);
        }
        // Whoever writes thousands of files means it; to read them all would take too long.
        paths.retain(|path| storm || binaries.contains(path) || self.contents.changed(path));
        if lost {
            // What nobody told of may be anything, and new directories are not watched yet.
            let _ = self.sources.anew.send(());
        }
        let mut map = self.sources.map();
        let touched = if lost {
            map.everything()
        } else {
            map.touched(&paths)
        };
        (!touched.is_nothing()).then_some(Change { at, paths, touched })
    }
}

/// When something happened, for those who measure.
fn now() -> Moment {
    Moment::now()
}
