//! What the tests share.

use std::path::Path;
use std::time::{Duration, Instant};

use gkfs_fuse::{Builder, FakeFuse};

/// Starts a server, or ends the test with the reason why none can be had here.
macro_rules! start {
    ($builder:expr) => {
        match $crate::support::started($builder) {
            Some(fake) => fake,
            None => return,
        }
    };
}
pub(crate) use start;

pub(crate) fn started(builder: Builder) -> Option<FakeFuse> {
    match builder.start() {
        Ok(fake) => Some(fake),
        Err(error) if error.is_missing() => {
            println!("SKIP: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Whether anything is mounted at or below `path`, as the kernel's own list says.
pub(crate) fn mounted(path: &Path) -> bool {
    let list = std::fs::read_to_string("/proc/self/mountinfo").expect("a list of mounts");
    list.lines()
        .filter_map(|line| line.split(' ').nth(4))
        .any(|place| Path::new(place).starts_with(path))
}

/// Waits until something holds, and fails if it never does.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < end, "not so in two minutes: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
