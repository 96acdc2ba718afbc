//! Who tells that something happened in a directory: the kernel, or whoever looks now and then.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use gkfs_runner::Moment;
use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind, RenameMode};
use notify::{ErrorKind, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::UnboundedSender;

/// How often directories are looked at where the kernel does not watch them.
const POLL: Duration = Duration::from_secs(2);

/// Something happened to files.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// When it was told.
    pub(super) at: Moment,
    /// The files, or directories.
    pub(super) paths: Vec<PathBuf>,
    /// Whether they are new, or have a new name.
    pub(super) made: bool,
    /// Whether more happened than was told.
    pub(super) lost: bool,
}

/// Watches directories, each without those below it.
pub(super) struct Teller {
    watcher: Box<dyn Watcher + Send>,
    polls: bool,
    dirs: BTreeSet<PathBuf>,
    tell: UnboundedSender<Told>,
    /// How many directories may be watched before the kernel is taken to have refused; for tests.
    pub(super) room: usize,
}

impl Teller {
    pub(super) fn new(poll: bool, tell: UnboundedSender<Told>) -> notify::Result<Teller> {
        Ok(Teller {
            watcher: if poll { polling(&tell)? } else { watching(&tell)? },
            polls: poll,
            dirs: BTreeSet::new(),
            tell,
            room: usize::MAX,
        })
    }

    /// The directories that are watched.
    pub(super) fn dirs(&self) -> &BTreeSet<PathBuf> {
        &self.dirs
    }

    /// Watches these directories and no others. Says why, when from now on it only looks at them now and then.
    pub(super) fn follow(&mut self, dirs: &BTreeSet<PathBuf>) -> notify::Result<Option<String>> {
        let gone: Vec<PathBuf> = self.dirs.difference(dirs).cloned().collect();
        for dir in gone {
            // The kernel has dropped it already if the directory is gone.
            let _ = self.watcher.unwatch(&dir);
            self.dirs.remove(&dir);
        }
        let new: Vec<PathBuf> = dirs.difference(&self.dirs).cloned().collect();
        for dir in new {
            match self.add(dir) {
                Ok(()) => {}
                Err(error) if self.polls => return Err(error),
                Err(error) => {
                    self.watcher = polling(&self.tell)?;
                    (self.polls, self.room) = (true, usize::MAX);
                    self.dirs.clear();
                    self.follow(dirs)?;
                    return Ok(Some(self.why(&error)));
                }
            }
        }
        Ok(None)
    }

    fn why(&self, error: &notify::Error) -> String {
        format!(
            "{} directories are looked at every {} s: the kernel cannot watch them ({error}); raise \
             fs.inotify.max_user_watches and max_user_instances",
            self.dirs.len(),
            POLL.as_secs()
        )
    }

    fn add(&mut self, dir: PathBuf) -> notify::Result<()> {
        let result = if self.dirs.len() >= self.room {
            Err(notify::Error::new(ErrorKind::MaxFilesWatch))
        } else {
            self.watcher.watch(&dir, RecursiveMode::NonRecursive)
        };
        match result {
            Err(error) if is_limit(&error) => return Err(error),
            // It is gone, or not ours to look at.
            Err(_) => {}
            Ok(()) => drop(self.dirs.insert(dir)),
        }
        Ok(())
    }
}

fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => {
            use rustix::io::Errno;
            let known = [Errno::NOSPC, Errno::MFILE, Errno::NFILE, Errno::NOMEM];
            known
                .iter()
                .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
        }
        _ => false,
    }
}

fn watching(tell: &UnboundedSender<Told>) -> notify::Result<Box<dyn Watcher + Send>> {
    let watcher = RecommendedWatcher::new(teller(tell, is_written), notify::Config::default());
    match watcher {
        Ok(watcher) => Ok(Box::new(watcher)),
        // Not one more instance; nothing was watched yet, so nobody is told of a change that was not seen.
        Err(error) if is_limit(&error) => polling(tell),
        Err(error) => Err(error),
    }
}

fn polling(tell: &UnboundedSender<Told>) -> notify::Result<Box<dyn Watcher + Send>> {
    // It keeps times in whole seconds: by them alone a second save within one would never be seen.
    let config = notify::Config::default()
        .with_poll_interval(POLL)
        .with_compare_contents(true);
    Ok(Box::new(PollWatcher::new(
        teller(tell, |kind| is_written(kind) || differs(kind)),
        config,
    )?))
}

/// Of all that the kernel tells only what changes content is passed on: it tells of every file that is read, too.
fn teller(
    tell: &UnboundedSender<Told>,
    counts: impl Fn(EventKind) -> bool + Send + 'static,
) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    let tell = tell.clone();
    move |event| {
        let Ok(event) = event else { return };
        let lost = event.need_rescan();
        if lost || counts(event.kind) {
            let made = matches!(
                event.kind,
                EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both))
            );
            // Nobody listens once the session is over.
            let _ = tell.send(Told {
                at: super::now(),
                paths: event.paths,
                made,
                lost,
            });
        }
    }
}

/// Somebody has finished writing, or made, moved or removed a file.
fn is_written(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Create(_)
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_) | ModifyKind::Metadata(MetadataKind::WriteTime))
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
    )
}

/// The content is another one. The kernel says so of each write, in the middle of a file too; who polls, once.
fn differs(kind: EventKind) -> bool {
    matches!(kind, EventKind::Modify(ModifyKind::Data(_)))
}
