//! The kernel, the limits and the disk.

use std::fs;
use std::path::Path;

use rustix::fs::statvfs;

use super::Finding;

/// Below this a run may end for want of space.
const LITTLE: u64 = 1 << 30;
/// A session watches each directory of a suite and of what it depends on.
const FEW_WATCHES: u64 = 8192;

pub(super) fn platform() -> Finding {
    let uname = rustix::system::uname();
    let text = format!(
        "{} {} on {}",
        uname.sysname().to_string_lossy(),
        uname.release().to_string_lossy(),
        uname.machine().to_string_lossy()
    );
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        Finding::good("platform", text)
    } else {
        Finding::lacking(
            "platform",
            format!("{text}: the embedded stack's client library works on Linux x86-64 only"),
            "use --stack plain here, or a GekkoFS build of your own",
        )
    }
}

/// System-call user dispatch, without which the embedded client library cannot work.
pub(super) fn interception() -> Finding {
    let name = "interception";
    let uname = rustix::system::uname();
    let release = uname.release().to_string_lossy().into_owned();
    let mut numbers = release
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= (5, 11) {
        Finding::good(name, "the kernel has system-call user dispatch")
    } else {
        // Whether the stack that is meant needs it, its own check tells.
        Finding::lacking(
            name,
            format!("Linux {release} has no system-call user dispatch"),
            "a kernel from 5.11 on has it; --stack plain and a GekkoFS build of your own need none",
        )
    }
}

/// Daemons listen there.
pub(super) fn ports() -> Finding {
    match std::net::TcpListener::bind(("127.0.0.1", 0)) {
        Ok(_) => Finding::good("network", "daemons can listen on 127.0.0.1"),
        Err(error) => Finding::bad(
            "network",
            format!("nothing can listen on 127.0.0.1: {error}"),
            "bring the loopback interface up, or name another one with --interface",
        ),
    }
}

pub(super) fn disk(root: &Path) -> Finding {
    let places = [root, Path::new("/tmp")];
    let mut least: Option<(u64, &Path)> = None;
    for place in places {
        let Ok(stat) = statvfs(place) else { continue };
        let free = stat.f_bavail * stat.f_frsize;
        if least.is_none_or(|(known, _)| free < known) {
            least = Some((free, place));
        }
    }
    let Some((free, place)) = least else {
        return Finding::lacking("disk", "the free space cannot be found out", "look with `df`");
    };
    let text = format!("{} free in {}", bytesize::ByteSize(free), place.display());
    if free < LITTLE {
        Finding::lacking("disk", text, "`gkfs-bench clean` removes old runs")
    } else {
        Finding::good("disk", text)
    }
}

/// How many directories a session may watch.
pub(super) fn watches() -> Finding {
    let limit = number("/proc/sys/fs/inotify/max_user_watches");
    match limit {
        Some(limit) if limit >= FEW_WATCHES => {
            Finding::good("file watches", format!("{limit} directories can be watched"))
        }
        Some(limit) => Finding::lacking(
            "file watches",
            format!("only {limit} directories can be watched: what lies beyond is polled"),
            "sysctl fs.inotify.max_user_watches=524288",
        ),
        None => Finding::lacking(
            "file watches",
            "there is no inotify: changes are polled",
            "none is needed for `gkfs-bench run`",
        ),
    }
}

/// Where the core of a daemon that crashes goes.
pub(super) fn core_dumps() -> Finding {
    let name = "core dumps";
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let pattern = pattern.trim();
    if let Some(program) = pattern.strip_prefix('|') {
        let program = program.split_whitespace().next().unwrap_or("a program");
        return Finding::lacking(
            name,
            format!("{program} gets them, not the test's workspace"),
            "sysctl kernel.core_pattern=core",
        );
    }
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core).current;
    match limit {
        Some(0) => Finding::lacking(name, "none is written", "ulimit -c unlimited"),
        _ => Finding::good(name, format!("they are written as `{pattern}`")),
    }
}

fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
