//! Spoilt answers to a real kernel, while callers work: whatever it is told, every caller comes back.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gkfs_fuse::{Backend, FakeFuse, Fallback, Model, Protocol, Reply, Request};

use crate::support::started;

/// For how many seconds, instead of a fixed number of rounds.
const SECONDS: &str = "GKFS_FUSE_RUBBISH_SECONDS";
/// Each round has a server of its own: the kernel soon learns to expect nothing good of one.
const ROUNDS: u64 = 12;
/// What every thread does in a round.
const CALLS: u64 = 60;
const CALLERS: u64 = 4;
/// A caller that takes longer for one call is stuck: the server's own deadline is far shorter.
const STUCK: Duration = Duration::from_secs(60);

/// Answers as the model does, and spoils every other answer.
struct Spoils {
    model: Model,
    random: fastrand::Rng,
    spoilt: Arc<AtomicU64>,
}

impl Backend for Spoils {
    fn answer(&mut self, request: &Request, protocol: &Protocol) -> Reply {
        let right = self.model.answer(request, protocol);
        match right.encode(request, protocol) {
            Some(bytes) if self.random.bool() => {
                self.spoilt.fetch_add(1, Ordering::SeqCst);
                Reply::Raw(self.spoil(bytes))
            }
            _ => right,
        }
    }
}

impl Spoils {
    fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        const HEADER: usize = 16;
        const TELLING: [u64; 8] = [
            0,
            1,
            u64::MAX,
            i64::MAX as u64,
            i64::MIN as u64,
            1 << 32,
            0xffff_ffff,
            0x8000_0000,
        ];
        let random = &mut self.random;
        match random.u8(0..8) {
            // A number that means something, where a number stands.
            0 | 1 if bytes.len() >= HEADER + 8 => {
                let place = random.usize(HEADER / 8..bytes.len() / 8) * 8;
                let number = TELLING[random.usize(0..TELLING.len())];
                bytes[place..place + 8].copy_from_slice(&number.to_ne_bytes());
            }
            2 | 3 if bytes.len() > HEADER => {
                for _ in 0..random.usize(1..8) {
                    let place = random.usize(HEADER..bytes.len());
                    bytes[place] = random.u8(..);
                }
            }
            4 => bytes.truncate(random.usize(0..=bytes.len())),
            5 => bytes.resize(bytes.len() + random.usize(1..200), random.u8(..)),
            6 => bytes[4..8].copy_from_slice(&random.i32(-600..600).to_ne_bytes()),
            _ => {
                let place = random.usize(0..HEADER);
                bytes[place] ^= 1 << random.u8(0..8);
            }
        }
        // Half of the lengths are right, so that what stands behind them is looked at.
        if random.bool() && bytes.len() >= 4 {
            let length = bytes.len() as u32;
            bytes[..4].copy_from_slice(&length.to_ne_bytes());
        }
        bytes
    }
}

/// What a caller is at: how many calls it made.
#[derive(Default)]
struct Progress {
    calls: AtomicU64,
    done: AtomicBool,
}

/// One call, whatever comes of it. Nothing is followed, nothing is waited for: what the kernel is told may be a link to
/// anywhere, or a pipe that nobody writes to.
fn call(root: &Path, random: &mut fastrand::Rng) {
    const NAMES: [&str; 6] = ["file", "dir", "dir/file", "link", "new", "dir/new"];
    let any = |random: &mut fastrand::Rng| root.join(NAMES[random.usize(0..NAMES.len())]);
    let path = any(random);
    let mut options = OpenOptions::new();
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW);
    let ignore = |_: std::io::Result<()>| ();
    match random.u8(0..14) {
        0 => ignore(std::fs::symlink_metadata(&path).map(drop)),
        1 => ignore(options.read(true).open(&path).and_then(|file| {
            let mut some = Vec::new();
            file.take(100_000).read_to_end(&mut some).map(drop)
        })),
        2 => ignore(options.write(true).create(true).open(&path).and_then(|mut file| {
            file.write_all(&[7; 5000])?;
            file.sync_all()
        })),
        3 => ignore(std::fs::read_dir(&path).map(|entries| entries.take(50).for_each(drop))),
        4 => ignore(std::fs::create_dir(&path)),
        5 => ignore(std::fs::remove_file(&path)),
        6 => ignore(std::fs::remove_dir(&path)),
        7 => ignore(std::fs::rename(&path, any(random))),
        8 => ignore(std::os::unix::fs::symlink("file", &path)),
        9 => ignore(std::fs::read_link(&path).map(drop)),
        10 => ignore(std::fs::hard_link(&path, any(random))),
        11 => ignore(
            options
                .write(true)
                .open(&path)
                .and_then(|file| file.set_len(random.u64(0..9000))),
        ),
        12 => drop(rustix::fs::statfs(&path)),
        _ => drop(rustix::fs::lgetxattr(&path, "user.name", &mut [0_u8; 64])),
    }
}

fn call_on(root: &Path, seed: u64, progress: &Progress) {
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..CALLS {
        progress.calls.fetch_add(1, Ordering::SeqCst);
        call(root, &mut random);
    }
    progress.done.store(true, Ordering::SeqCst);
}

/// Watches until all callers are done, and fails when one does not come back.
fn watch(all: &[Arc<Progress>], seed: u64) {
    let mut seen: Vec<(u64, Instant)> = vec![(0, Instant::now()); all.len()];
    while !all.iter().all(|progress| progress.done.load(Ordering::SeqCst)) {
        for (progress, seen) in all.iter().zip(&mut seen) {
            let calls = progress.calls.load(Ordering::SeqCst);
            if calls != seen.0 || progress.done.load(Ordering::SeqCst) {
                *seen = (calls, Instant::now());
            }
            assert!(
                seen.1.elapsed() < STUCK,
                "round {seed}: a caller is stuck in its call {calls}"
            );
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// One server and its callers. Returns how many answers were spoilt, and how many of those the kernel refused.
fn round(seed: u64) -> Option<(u64, u64)> {
    let spoilt = Arc::new(AtomicU64::new(0));
    let spoils = Spoils {
        model: Model::new()
            .file("file", "contents")
            .file("dir/file", vec![1; 9000])
            .symlink("link", "dir/file"),
        random: fastrand::Rng::with_seed(seed),
        spoilt: spoilt.clone(),
    };
    let builder = FakeFuse::builder().workers(2).keep_log(false);
    let fake = started(builder.fallback(Fallback::With(Box::new(spoils))))?;
    let all: Vec<Arc<Progress>> = (0..CALLERS).map(|_| Arc::default()).collect();
    for (caller, progress) in (1..).zip(&all) {
        let (root, progress) = (fake.path().to_owned(), progress.clone());
        // A stuck one is left alone: the server's end frees it.
        thread::spawn(move || call_on(&root, seed * CALLERS + caller, &progress));
    }
    watch(&all, seed);
    let refused = fake.take_problems().len() as u64;
    fake.stop();
    Some((spoilt.load(Ordering::SeqCst), refused))
}

#[test]
fn whatever_the_kernel_is_told_every_caller_comes_back() {
    let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut rounds, mut spoilt, mut refused) = (0, 0, 0);
    while until.map_or(rounds < ROUNDS, |until| Instant::now() < until) {
        let Some(round) = round(rounds + 1) else { return };
        rounds += 1;
        spoilt += round.0;
        refused += round.1;
    }
    println!("{rounds} rounds, {spoilt} answers spoilt, {refused} of them refused or told of what is not");
    assert!(spoilt > 100 && refused > 0, "hardly anything was spoilt");
}
