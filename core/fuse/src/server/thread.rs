//! The thread that mounts, and the workers it starts.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::courier::Line;
use super::{Device, Memory, Shared};
use crate::event::What;
use crate::mount::{self, Keeper, Mount, MountOptions, Place, StartError};
use crate::problem::Problem;
use crate::sys;

/// Where the server's own descriptors begin, as far as they may: a number that a test's code remembers from its own table
/// then names nothing here, and never the device.
const FIRST: i32 = 700;
/// Room for the largest request: what may be written at once, and what stands before it.
const BUFFER: usize = (1 << 20) + (1 << 16);

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
            if let Some(keeper) = mount.keeper {
                keeper.finish();
            }
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
    keeper: Option<Keeper>,
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
    let end_workers = workers(shared, &device, plan.workers).map_err(spawn("a worker"))?;
    let line = Line {
        device: Some(device),
        end_workers: Some(end_workers),
        heralds: Vec::new(),
    };
    let hold = Hold {
        descriptor,
        keeper,
        place,
    };
    Ok((line, hold, Started { path, by_helper }))
}

fn errno_of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// Moves a descriptor to a high number, as far as the limit lets.
fn aside(descriptor: OwnedFd) -> OwnedFd {
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

/// Starts the workers. Returns what ends them.
fn workers(
    shared: &Arc<Shared>,
    device: &Arc<OwnedFd>,
    count: usize,
) -> io::Result<Box<dyn FnOnce() + Send>> {
    let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC)?);
    let mut threads = Vec::new();
    for index in 0..count.max(1) {
        let own = if index == 0 {
            device.clone()
        } else {
            Arc::new(second(device)?)
        };
        let (shared, stop) = (shared.clone(), stop.clone());
        let worker = thread::Builder::new().name("fuse-worker".into());
        threads.push(worker.spawn(move || work(&shared, &own, &stop))?);
    }
    Ok(Box::new(move || {
        // A counter that takes eight bytes, as long as anybody waits for it.
        let _: Result<usize, _> = rustix::io::write(&*stop, &1_u64.to_ne_bytes());
        for worker in threads {
            // What a test's code panicked with was caught and noted.
            let _: thread::Result<()> = worker.join();
        }
    }))
}

/// A second device of the same connection.
fn second(device: &OwnedFd) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let new = rustix::fs::open(mount::DEVICE, flags, Mode::empty())?;
    sys::clone_device(new.as_fd(), device.as_fd())?;
    Ok(aside(new))
}

/// Reads requests and serves them, until it is told to stop or there are no more.
fn work(shared: &Arc<Shared>, device: &Arc<OwnedFd>, stop: &OwnedFd) {
    let mut buffer = vec![0; BUFFER];
    loop {
        let mut wanted = [
            PollFd::new(&**device, PollFlags::IN),
            PollFd::new(stop, PollFlags::IN),
        ];
        match poll(&mut wanted, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return closed(shared, &format!("poll said {errno}")),
        }
        if !wanted[1].revents().is_empty() {
            return;
        }
        let read = shared.at_work(|| {
            let read = rustix::io::read(&**device, &mut buffer);
            if let Ok(length) = read {
                shared.serve(&buffer[..length], &**device as &dyn Device);
            }
            read
        });
        match read {
            // A request that was given up between the question and the answer is no longer there.
            Ok(_) | Err(Errno::AGAIN | Errno::INTR | Errno::NOENT) => {}
            Err(Errno::NODEV) => return closed(shared, "unmounted"),
            Err(errno) => return closed(shared, &format!("the kernel ended the connection ({errno})")),
        }
    }
}

fn closed(shared: &Arc<Shared>, why: &str) {
    let mut inner = shared.lock();
    let state = &mut inner.state;
    if state.closed.is_none() {
        state.closed = Some(why.to_owned());
        // A server behind sees the end of its device, too.
        state.forward = None;
        state.note(What::Closed(why.to_owned()));
        if why != "unmounted" {
            state.problems.push(Problem::Closed(why.to_owned()));
        }
    }
    drop(inner);
    shared.changed();
}
