//! The threads that read requests from the device.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::thread::aside;
use super::{Device, Shared};
use crate::mount;
use crate::problem::Problem;
use crate::sys;

/// Room for the largest request: what may be written at once, and what stands before it.
const BUFFER: usize = (1 << 20) + (1 << 16);
/// The least that the kernel lets anybody read with: `FUSE_MIN_READ_BUFFER`.
const SMALLEST_BUFFER: usize = 8192;
/// How long a worker looks for the next request before it sleeps: a processor that sleeps with it takes as long to wake as a
/// whole request does.
const AWAKE: Duration = Duration::from_micros(30);
/// Nothing of ours ends the connection while its workers read: the mount hangs on a descriptor until they are gone.
const TAKEN_AWAY: &str = "somebody else did it, by `umount`, or through /sys/fs/fuse/connections/N/abort";
const NOW: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Answers what waits in the device already.
pub(super) fn answer_waiting(shared: &Shared, device: &Arc<OwnedFd>) {
    let mut buffer = Vec::with_capacity(SMALLEST_BUFFER);
    if rustix::io::read(&**device, spare_capacity(&mut buffer)).is_ok() {
        shared.serve(&buffer, &**device as &dyn Device);
    }
}

/// Starts the workers. Returns what ends them.
pub(super) fn workers(
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
    // Not filled with zeros first: that alone would take as long as the mount.
    let mut buffer = Vec::with_capacity(BUFFER);
    loop {
        match wait(device, stop) {
            Ok(Ready::Request) => {}
            Ok(Ready::Stop) => return,
            Err(errno) => return closed(shared, &format!("poll said {errno}")),
        }
        let read = shared.at_work(|| {
            buffer.clear();
            let read = rustix::io::read(&**device, spare_capacity(&mut buffer));
            if read.is_ok() {
                shared.serve(&buffer, &**device as &dyn Device);
            }
            read
        });
        match read {
            // A request that was given up between the question and the answer is no longer there.
            Ok(_) | Err(Errno::AGAIN | Errno::INTR | Errno::NOENT) => {}
            Err(Errno::NODEV) => return closed(shared, TAKEN_AWAY),
            Err(errno) => return closed(shared, &format!("the kernel ended the connection ({errno})")),
        }
    }
}

/// What a worker waits for.
enum Ready {
    Request,
    Stop,
}

/// Waits for the next request, awake for a moment and then asleep.
fn wait(device: &OwnedFd, stop: &OwnedFd) -> Result<Ready, Errno> {
    let begun = Instant::now();
    loop {
        let at_once = (begun.elapsed() < AWAKE).then_some(&NOW);
        let mut wanted = [
            PollFd::new(device, PollFlags::IN),
            PollFd::new(stop, PollFlags::IN),
        ];
        match poll(&mut wanted, at_once) {
            // Whoever else wants this processor gets it: it may be who asks.
            Ok(0) => thread::yield_now(),
            Ok(_) if wanted[1].revents().is_empty() => return Ok(Ready::Request),
            Ok(_) => return Ok(Ready::Stop),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

fn closed(shared: &Arc<Shared>, why: &str) {
    let mut inner = shared.lock();
    let state = &mut inner.state;
    if state.closed.is_none() {
        state.close(why);
        state.problems.push(Problem::Closed(why.to_owned()));
    }
    drop(inner);
    shared.changed();
}
