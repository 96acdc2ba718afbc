//! How busy the machine was while an attempt ran: a test that flakes under load alone flakes for another reason.

use std::fs;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The machine during an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// The average number of processes that ran or wanted to, over the minute before the attempt's end.
    pub load1: f64,
    /// How much memory could be had, in bytes: the less of begin and end.
    pub mem_available: u64,
    /// Over which time this was watched, in microseconds: longer than the attempt's, where that was held or suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_us: Option<u64>,
    /// For how much of that time something had to wait for a processor, in microseconds. Only where the kernel counts
    /// pressure, as for the other two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_wait_us: Option<u64>,
    /// The same for a disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_wait_us: Option<u64>,
    /// The same for memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mem_wait_us: Option<u64>,
}

/// The machine at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    at: Instant,
    load1: f64,
    mem_available: u64,
    /// What the kernel has counted since it was started, for processor, disk and memory.
    waited: [Option<u64>; 3],
}

impl Sample {
    /// The machine now; `None` where the kernel does not say how busy it is.
    pub(crate) fn now() -> Option<Self> {
        let read = |name: &str| fs::read_to_string(format!("/proc/{name}")).ok();
        Some(Self {
            at: Instant::now(),
            load1: load1(&read("loadavg")?)?,
            mem_available: mem_available(&read("meminfo")?)?,
            waited: ["cpu", "io", "memory"].map(|what| waited(&read(&format!("pressure/{what}"))?)),
        })
    }

    /// What lies between this moment and a later one.
    pub(crate) fn until(self, later: Self) -> Load {
        let between = |at: usize| Some(later.waited[at]?.saturating_sub(self.waited[at]?));
        Load {
            load1: later.load1,
            mem_available: later.mem_available.min(self.mem_available),
            over_us: Some(later.at.duration_since(self.at).as_micros() as u64),
            cpu_wait_us: between(0),
            io_wait_us: between(1),
            mem_wait_us: between(2),
        }
    }
}

fn load1(text: &str) -> Option<f64> {
    text.split(' ').next()?.parse().ok()
}

fn mem_available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// What `some avg10=… total=N` says: microseconds in which at least one task waited.
fn waited(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("some "))?;
    line.rsplit_once("total=")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_the_kernel_says_is_read() {
        assert_eq!(load1("2.31 1.56 0.72 3/107 15210\n"), Some(2.31));
        let meminfo = "MemTotal:       24000000 kB\nMemAvailable:   22630916 kB\n";
        assert_eq!(mem_available(meminfo), Some(22_630_916 * 1024));
        let pressure =
            "some avg10=0.00 avg60=0.03 avg300=0.20 total=8043071\nfull avg10=0.00 total=3484695\n";
        assert_eq!(waited(pressure), Some(8_043_071));
        assert_eq!(waited(""), None);
    }

    #[test]
    fn what_lies_between_is_counted_and_the_least_memory_counts() {
        let begun = Instant::now();
        let sample = |load1, mem_available, cpu| Sample {
            at: begun + 2 * Duration::from_micros(cpu),
            load1,
            mem_available,
            waited: [Some(cpu), None, Some(5)],
        };
        let load = sample(1.0, 100, 1000).until(sample(2.0, 300, 1400));
        assert_eq!((load.load1, load.mem_available), (2.0, 100));
        assert_eq!(load.over_us, Some(800));
        assert_eq!(
            (load.cpu_wait_us, load.io_wait_us, load.mem_wait_us),
            (Some(400), None, Some(0))
        );
    }
}
