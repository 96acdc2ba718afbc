//! The thread that mounts, and is the courier then.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rustix::io::Errno;

use super::courier::Line;
use super::workers::{answer_waiting, workers};
use super::{Memory, Shared};
use crate::mount::{self, Mount, MountOptions, Place, StartError};
use crate::sys;

/// Where the server's own descriptors begin, as far as they may: a number that a test's code remembers from its own table
/// then names nothing here, and never the device.
const FIRST: i32 = 700;

/// What a server thread is told.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) place: Mount,
    pub(crate) options: MountOptions,
    pub(crate) workers: usize,
    pub(crate) memory: Option<Arc<Memory>>,
}

/// What it tells.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) path: PathBuf,
    pub(crate) by_helper: bool,
}

/// Starts the server, and waits until it is mounted.
pub(crate) fn start(shared: &Arc<Shared>, plan: Plan) -> Result<(JoinHandle<()>, Started), StartError> {
    let (tell, told) = sync_channel(1);
    let shared = shared.clone();
    let spawned = thread::Builder::new()
        .name("fake-fuse".into())
        .spawn(move || match plan.memory.clone() {
            Some(memory) => run_in_memory(&shared, memory, &tell),
            None => run(&shared, &plan, &tell),
        });
    let thread = spawned.map_err(|source| StartError::Spawn {
        what: "the server's thread",
        source,
    })?;
    match told.recv() {
        Ok(Ok(started)) => Ok((thread, started)),
        Ok(Err(error)) => {
            let _: thread::Result<()> = thread.join();
            Err(error)
        }
        Err(_) => Err(StartError::Handshake(
            "the server's thread ended before it began".into(),
        )),
    }
}

fn run_in_memory(shared: &Arc<Shared>, memory: Arc<Memory>, tell: &SyncSender<Result<Started, StartError>>) {
    let line = Line {
        device: Some(memory),
        end_workers: None,
        heralds: Vec::new(),
        keeper: None,
        is_taken_away: false,
    };
    let started = Started {
        path: PathBuf::new(),
        by_helper: false,
    };
    let _: Result<(), _> = tell.send(Ok(started));
    line.run(shared);
}

fn run(shared: &Arc<Shared>, plan: &Plan, tell: &SyncSender<Result<Started, StartError>>) {
    match prepare(shared, plan) {
        Ok((line, mount, started)) => {
            let _: Result<(), _> = tell.send(Ok(started));
            line.run(shared);
            drop(mount.descriptor);
            drop(mount.place);
        }
        Err(error) => {
            let _: Result<(), _> = tell.send(Err(error));
        }
    }
}

/// What is held until the end.
struct Hold {
    descriptor: OwnedFd,
    place: Option<Place>,
}

fn prepare(shared: &Arc<Shared>, plan: &Plan) -> Result<(Line, Hold, Started), StartError> {
    sys::leave_descriptor_table().map_err(|source| StartError::OldKernel {
        what: "close_range",
        errno: errno_of(&source),
    })?;
    let spawn = |what| move |source| StartError::Spawn { what, source };
    let mounted = mount::mount(&plan.options, &plan.place)?;
    let by_helper = mounted.by_helper;
    let (keeper, place) = (mounted.keeper, mounted.place);
    let (device, descriptor) = (aside(mounted.device), aside(mounted.mount));
    let path = match (&plan.place, &place) {
        (Mount::At(path), _) => path.clone(),
        (Mount::Detached, Some(place)) => place.path().to_owned(),
        (Mount::Detached, None) => path_of(&descriptor).map_err(spawn("a path to the mount"))?,
    };
    let device = Arc::new(device);
    // The kernel begins the handshake by itself: it need not wait until a worker has begun.
    answer_waiting(shared, &device);
    let end_workers = workers(shared, &device, plan.workers).map_err(spawn("a worker"))?;
    let line = Line {
        device: Some(device),
        end_workers: Some(end_workers),
        heralds: Vec::new(),
        keeper,
        is_taken_away: false,
    };
    let hold = Hold { descriptor, place };
    Ok((line, hold, Started { path, by_helper }))
}

fn errno_of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// Moves a descriptor to a high number, as far as the limit lets.
pub(super) fn aside(descriptor: OwnedFd) -> OwnedFd {
    rustix::io::fcntl_dupfd_cloexec(&descriptor, FIRST).unwrap_or(descriptor)
}

/// A path to a descriptor of this thread, good for every process that may look into this one.
fn path_of(mount: &OwnedFd) -> io::Result<PathBuf> {
    let thread = std::fs::read_link("/proc/thread-self")?;
    let number = mount.as_raw_fd();
    Ok(PathBuf::from("/proc")
        .join(thread)
        .join("fd")
        .join(number.to_string()))
}
