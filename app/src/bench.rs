//! What a stack costs: the moments that a test waits for, measured through the plain constructors that every
//! test author has.

use std::time::{Duration, Instant};

use gkfs_harness::{Bench, Client, Daemon, Operations, Session, Stack};

pub(crate) mod table;

/// Operations measured per sample where one alone is too short to be alone.
const OPERATIONS: u32 = 50;

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// What people call it.
    pub(crate) name: &'static str,
    /// What the embedded stack should need at most, as a median.
    pub(crate) goal: Option<Duration>,
}

/// Everything that is measured, in the order of [`Samples::times`].
pub(crate) const MOMENTS: [Moment; 5] = [
    Moment {
        name: "daemon: spawn to ready",
        goal: Some(Duration::from_millis(10)),
    },
    Moment {
        name: "operation as a process",
        goal: Some(Duration::from_millis(4)),
    },
    Moment {
        name: "operation in a session",
        goal: Some(Duration::from_micros(100)),
    },
    Moment {
        name: "daemon: SIGTERM to exit",
        goal: Some(Duration::from_millis(10)),
    },
    Moment {
        name: "one whole test",
        goal: None,
    },
];

/// The measurements of one stack.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// For each of [`MOMENTS`] every sample.
    pub(crate) times: [Vec<Duration>; MOMENTS.len()],
}

impl Samples {
    /// Measures `stack` `count` times; `tick` is called after each.
    ///
    /// # Errors
    /// What the harness says when the stack does not work.
    pub(crate) fn measure(
        stack: &Stack,
        count: u32,
        tick: &mut dyn FnMut(u32),
    ) -> gkfs_harness::Result<Samples> {
        let mut samples = Samples::default();
        for done in 0..count {
            let sample = sample(stack)?;
            samples
                .times
                .iter_mut()
                .zip(sample)
                .for_each(|(times, time)| times.push(time));
            tick(done + 1);
        }
        Ok(samples)
    }

    /// Returns the median of a moment.
    pub(crate) fn median(&self, moment: usize) -> Duration {
        let mut times = self.times[moment].clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

/// Measures every moment once.
fn sample(stack: &Stack) -> gkfs_harness::Result<[Duration; MOMENTS.len()]> {
    let bench = Bench::temporary(stack.clone())?;
    let start = Instant::now();
    let daemon = Daemon::start(&bench)?;
    let ready = start.elapsed();
    let mountdir = daemon.mountdir();

    let client = Client::new(&bench);
    let start = Instant::now();
    client.mkdir(mountdir.join("process"), 0o755);
    let process = start.elapsed();

    let session = Session::new(&bench);
    // The first operation starts the session's process.
    session.mkdir(mountdir.join("session"), 0o755);
    let start = Instant::now();
    for _ in 0..OPERATIONS {
        session.stat(mountdir.join("session"));
    }
    let operation = start.elapsed() / OPERATIONS;
    session.finish()?;

    let start = Instant::now();
    daemon.shutdown()?;
    let exit = start.elapsed();
    Ok([ready, process, operation, exit, whole_test(stack)?])
}

/// A test as people write it: a daemon, a directory, a file, its contents, the end.
fn whole_test(stack: &Stack) -> gkfs_harness::Result<Duration> {
    let start = Instant::now();
    let bench = Bench::temporary(stack.clone())?;
    let daemon = Daemon::start(&bench)?;
    let client = Client::new(&bench);
    let dir = daemon.mountdir().join("dir");
    client.mkdir(&dir, 0o755);
    client.stat(&dir);
    client.rmdir(&dir);
    daemon.shutdown()?;
    Ok(start.elapsed())
}
