//! What is written later: replies that were held or delayed, deadlines, notifications.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Device, Shared};
use crate::abi::NotifyCode;
use crate::backend::Refuses;
use crate::codec::Request;
use crate::engine::Outgoing;
use crate::event::What;
use crate::mount::Keeper;
use crate::problem::Problem;

/// How long a server waits for itself to have nothing to do.
const SETTLE: Duration = Duration::from_secs(30);

/// Something for the courier to do; each tells who asked when it is done.
pub(crate) enum Job {
    /// Write the answer to a request that was held.
    Answer(Outgoing, SyncSender<()>),
    /// Answer a request that was held as if it had not been.
    Release(Arc<Request>, SyncSender<()>),
    /// Tell the kernel something.
    Notify(Option<NotifyCode>, Vec<u8>, SyncSender<i32>),
    /// Wait until no request is waiting or worked on.
    Settle(SyncSender<bool>),
    /// Close the device, as a server that crashes does.
    Abort(&'static str, SyncSender<()>),
    /// End.
    Stop,
}

enum Work {
    Due(Vec<Outgoing>),
    Job(Job),
}

/// Where the courier writes, and how the workers are ended.
pub(super) struct Line {
    pub(super) device: Option<Arc<dyn Device>>,
    /// Ends the workers and waits for them.
    pub(super) end_workers: Option<Box<dyn FnOnce() + Send>>,
    pub(super) heralds: Vec<JoinHandle<()>>,
    /// Who watches over the mount, if it has a place.
    pub(super) keeper: Option<Keeper>,
    /// Whether it was told that the mount is not at its place.
    pub(super) is_taken_away: bool,
}

impl Shared {
    pub(crate) fn post(&self, job: Job) {
        self.lock().jobs.push_back(job);
        self.mail.notify_one();
    }

    fn next_work(&self) -> Work {
        let mut inner = self.lock();
        loop {
            let due = inner.state.take_due(Instant::now());
            if !due.is_empty() {
                return Work::Due(due);
            }
            if let Some(job) = inner.jobs.pop_front() {
                return Work::Job(job);
            }
            inner = match inner.state.next_due() {
                None => self.mail.wait(inner).unwrap_or_else(PoisonError::into_inner),
                Some(due) => {
                    let left = due.saturating_duration_since(Instant::now());
                    let waited = self.mail.wait_timeout(inner, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

impl Line {
    /// Works until the server is stopped.
    pub(super) fn run(mut self, shared: &Arc<Shared>) {
        loop {
            match shared.next_work() {
                Work::Due(all) => self.write_all(shared, &all),
                Work::Job(Job::Answer(outgoing, done)) => {
                    self.write_all(shared, &[outgoing]);
                    let _: Result<(), _> = done.send(());
                }
                Work::Job(Job::Release(request, done)) => self.release(shared, request, done),
                Work::Job(Job::Notify(code, bytes, done)) => self.notify(shared, code, bytes, done),
                Work::Job(Job::Settle(done)) => {
                    let _: Result<(), _> = done.send(self.settle(shared));
                }
                Work::Job(Job::Abort(why, done)) => {
                    self.close(shared, why);
                    let _: Result<(), _> = done.send(());
                }
                Work::Job(Job::Stop) => break,
            }
        }
        // Whoever is still held must not wait for a server that is gone.
        let held = shared.lock().state.release_all(libc::EINTR);
        self.write_all(shared, &held);
        self.close(shared, "stopped");
        // Files that it still has open, because the kernel never said that they are closed, are open in this thread's table.
        drop(std::mem::replace(&mut *shared.backend(), Box::new(Refuses)));
        // A job that came meanwhile has nobody to do it: dropping it tells who asked.
        shared.lock().jobs.clear();
        if let Some(keeper) = self.keeper {
            keeper.finish();
        }
    }

    fn write_all(&self, shared: &Arc<Shared>, all: &[Outgoing]) {
        for outgoing in all {
            if let Some(device) = &self.device {
                shared.write(&**device, outgoing);
            }
        }
        shared.changed();
    }

    /// In a thread of its own: the kernel may take its time, waiting for a page that a held request has locked.
    fn notify(
        &mut self,
        shared: &Arc<Shared>,
        code: Option<NotifyCode>,
        bytes: Vec<u8>,
        done: SyncSender<i32>,
    ) {
        let Some(device) = self.device.clone() else {
            let _: Result<(), _> = done.send(libc::ENODEV);
            return;
        };
        let (shared, told) = (shared.clone(), done.clone());
        let spawned = self.beside(move || {
            let errno = device.write(&bytes).err().map_or(0, |errno| errno.raw_os_error());
            // The device must not outlive the answer: who closes it waits for this thread.
            drop(device);
            let bytes = bytes.into();
            shared.lock().state.note(What::Notify { code, bytes, errno });
            let _: Result<(), _> = told.send(errno);
        });
        if let Err(error) = spawned {
            let _: Result<(), _> = done.send(error.raw_os_error().unwrap_or(libc::EAGAIN));
        }
    }

    /// In a thread of its own, too: what answers may be a function of the test that takes its time.
    fn release(&mut self, shared: &Arc<Shared>, request: Arc<Request>, done: SyncSender<()>) {
        // Without a device the kernel has answered it.
        let Some(device) = self.device.clone() else { return };
        let shared = shared.clone();
        // Without a thread nobody answers, and who asked is told so.
        let _: std::io::Result<()> = self.beside(move || {
            shared.at_work(|| shared.go_on(&request, &*device));
            drop(device);
            let _: Result<(), _> = done.send(());
        });
    }

    fn beside(&mut self, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        self.heralds.retain(|herald| !herald.is_finished());
        let named = thread::Builder::new().name("fuse-herald".into());
        self.heralds.push(named.spawn(work)?);
        Ok(())
    }

    /// Waits until nothing is waiting in the device and no worker is at something.
    fn settle(&mut self, shared: &Arc<Shared>) -> bool {
        let end = Instant::now() + SETTLE;
        // Asked in this order: what was read before the first question is seen by the second.
        while self.device.as_ref().is_some_and(|device| device.has_request()) || !shared.is_idle() {
            if Instant::now() > end {
                return false;
            }
            thread::sleep(Duration::from_micros(20));
        }
        self.look_after(shared);
        true
    }

    /// Somebody else may have unmounted it, and what was done there since went elsewhere: told once.
    fn look_after(&mut self, shared: &Arc<Shared>) {
        if let Some(keeper) = self.keeper.as_ref().filter(|keeper| !keeper.is_there())
            && !std::mem::replace(&mut self.is_taken_away, true)
        {
            let place = keeper.path().to_owned();
            shared.lock().state.problems.push(Problem::TakenAway(place));
        }
    }

    fn close(&mut self, shared: &Arc<Shared>, why: &str) {
        {
            let mut inner = shared.lock();
            if inner.state.closed.is_none() {
                inner.state.close(why);
            }
        }
        if let Some(end) = self.end_workers.take() {
            end();
        }
        self.device = None;
        for herald in self.heralds.drain(..) {
            // It noted what it had to say, panics included: there is no code of a test in it.
            let _: thread::Result<()> = herald.join();
        }
        shared.changed();
    }
}
