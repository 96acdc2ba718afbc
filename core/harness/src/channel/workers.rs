//! Threads that carry requests out, as many as there are at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

type Job = Box<dyn FnOnce() + Send>;

/// A pool that never makes a job wait for another: when nobody is idle there is a new thread.
pub(super) struct Workers {
    jobs: Sender<Job>,
    shared: Arc<Shared>,
}

struct Shared {
    waiting: Mutex<Receiver<Job>>,
    idle: AtomicUsize,
}

impl Workers {
    pub(super) fn new() -> Self {
        let (jobs, waiting) = mpsc::channel();
        Self {
            jobs,
            shared: Arc::new(Shared {
                waiting: Mutex::new(waiting),
                idle: AtomicUsize::new(0),
            }),
        }
    }

    /// Has a thread do the job; the job itself if the machine has no thread for it.
    pub(super) fn start(&self, job: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let claimed = self
            .shared
            .idle
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |idle| idle.checked_sub(1));
        if claimed.is_err() {
            let shared = self.shared.clone();
            let thread = std::thread::Builder::new().name("channel".into());
            thread.spawn(move || work(&shared))?;
        }
        self.jobs
            .send(Box::new(job))
            .map_err(|_| std::io::Error::other("nobody takes jobs"))
    }
}

fn work(shared: &Shared) {
    loop {
        let job = shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = job else { return };
        job();
        shared.idle.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_job_waits_for_another() {
        let workers = Workers::new();
        let (done, finished) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let first = done.clone();
        workers
            .start(move || {
                released.recv().unwrap();
                first.send("first").unwrap();
            })
            .unwrap();
        workers.start(move || done.send("second").unwrap()).unwrap();
        let patience = Duration::from_secs(120);
        assert_eq!(finished.recv_timeout(patience), Ok("second"));
        release.send(()).unwrap();
        assert_eq!(finished.recv_timeout(patience), Ok("first"));
    }
}
