//! The look itself: through a client of the stack.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gkfs_harness::stack::{EMBEDDED, Kind};
use gkfs_harness::{Bench, Cluster, Daemon, Operations, Session, Stack, Workspace, op};
use gkfs_runner::record::{Record, StackInfo};

use super::{Look, Seen, join, store};

/// More than this many files are not looked at: each costs the client a round trip.
const MOST: usize = 20_000;
/// A larger root directory is not copied, in bytes.
const LARGEST: u64 = 2 << 30;
/// A client that does not answer within this never does.
const PATIENCE: Duration = Duration::from_secs(10);

/// A daemon, or several, on a copy.
enum Daemons {
    One(Box<Daemon>),
    Several(Cluster),
}

/// Looks at an attempt's file system: through its own daemon while that runs, else through one on a copy.
pub(super) fn look(attempt: &Path, scratch: &Path, live: bool) -> Result<Look, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    // runs/<id>/tests/<group>/<test>/attempt-N
    let run = attempt
        .ancestors()
        .nth(4)
        .ok_or("this is no attempt of a recorded run")?;
    let record = Record::open(run).map_err(|error| said(&error))?;
    let stack = stack(&record.file.stack)?;
    let theirs = attempt.join("workspace");
    let hosts = theirs.join(gkfs_harness::HOSTS_FILE);
    let ours = Workspace::at(scratch).map_err(|error| said(&error))?;
    let bench = Bench::at(ours.clone(), stack).map_err(|error| said(&error))?;
    let session = Session::new(&bench).timeout(PATIENCE);
    if live {
        // A daemon takes the hosts file with it when it ends.
        if !hosts.is_file() {
            return Err("no daemon of the test runs at the moment".to_owned());
        }
        let session = session.env("LIBGKFS_HOSTS_FILE", hosts);
        let (seen, more) = walk(&session, &theirs.join("mnt"))?;
        let stored = store::chunks(&store::roots(&theirs));
        return Ok(Look {
            rows: join::join(seen, stored),
            more,
            copy: false,
        });
    }
    let roots = store::roots(&theirs);
    if !roots.iter().any(|root| root.is_dir()) {
        return Err("what the daemon stored was not kept, as the test passed: `retention = { passed-roots = true }` in \
                    gkfs-bench.toml keeps it"
            .to_owned());
    }
    let mut most = LARGEST;
    for root in &roots {
        let name = root.file_name().unwrap_or_default();
        store::copy(root, &scratch.join(name), &mut most)?;
    }
    // What was there before a daemon starts again and tidies up.
    let stored = store::chunks(&roots);
    let is_single = roots == [theirs.join("root")];
    let daemons = if is_single {
        Daemon::start(&bench).map(|daemon| Daemons::One(Box::new(daemon)))
    } else {
        Cluster::start(&bench, roots.len()).map(Daemons::Several)
    };
    let daemons = daemons.map_err(|error| said(&error))?;
    let walked = walk(&session, &ours.mountdir());
    // They end with this process in any case, and what they have in memory nobody wants; that they end badly says
    // nothing about what was seen.
    drop(session.finish());
    drop(match daemons {
        Daemons::One(daemon) => daemon.kill(),
        Daemons::Several(cluster) => cluster.daemons().try_for_each(Daemon::kill),
    });
    let (seen, more) = walked?;
    Ok(Look {
        rows: join::join(seen, stored),
        more,
        copy: true,
    })
}

/// Returns the stack of a run.
fn stack(info: &StackInfo) -> Result<Stack, String> {
    if info.kind != Kind::Gekkofs.as_str() {
        return Err(format!(
            "the stack `{}` keeps no chunks and has no client of its own: what `mnt` shows is all there is",
            info.name
        ));
    }
    let dirs =
        |dirs: &[gkfs_runner::ByteString]| -> Vec<PathBuf> { dirs.iter().map(|dir| dir.to_path()).collect() };
    let mut stack = Stack {
        bin_dirs: dirs(&info.bin_dirs),
        lib_dirs: dirs(&info.lib_dirs),
        interface: info.interface.clone(),
        strict: info.strict,
        exe: std::env::current_exe().ok(),
        ..Stack::new(info.name.clone(), Kind::Gekkofs)
    };
    if info.name == EMBEDDED && stack.daemon().is_err() {
        // The one of the run is gone, as after an update; what it left is read by this one too.
        let dir = crate::stack::cached().map_err(|error| error.to_string())?;
        (stack.bin_dirs, stack.lib_dirs) = (vec![dir.clone()], vec![dir]);
    }
    Ok(stack)
}

/// Goes through all directories below the mount point. Returns what was seen by path, and whether there is more.
fn walk(session: &Session, mount: &Path) -> Result<(BTreeMap<String, Seen>, bool), String> {
    let mut seen = BTreeMap::new();
    let mut queue = VecDeque::from([mount.to_owned()]);
    while let Some(dir) = queue.pop_front() {
        let reply = session
            .try_call(op::Readdir::new(&dir))
            .map_err(|error| error.to_string())?;
        if reply.errno != 0 {
            if dir == mount {
                return Err(format!(
                    "the client cannot list {}: errno {}",
                    dir.display(),
                    reply.errno
                ));
            }
            seen.insert(name(mount, &dir), refused(reply.errno));
            continue;
        }
        for entry in reply.dirents {
            let entry: &Path = entry.d_name.as_ref();
            if entry == Path::new(".") || entry == Path::new("..") {
                continue;
            }
            if seen.len() >= MOST {
                return Ok((seen, true));
            }
            let path = dir.join(entry);
            let reply = session
                .try_call(op::Lstat::new(&path))
                .map_err(|error| error.to_string())?;
            let what = if reply.retval == 0 {
                Seen {
                    mode: reply.statbuf.st_mode,
                    size: u64::try_from(reply.statbuf.st_size).unwrap_or(0),
                    node: reply.statbuf.st_ino,
                    errno: 0,
                }
            } else {
                refused(reply.errno)
            };
            if what.mode & 0o170_000 == 0o040_000 {
                queue.push_back(path.clone());
            }
            seen.insert(name(mount, &path), what);
        }
    }
    Ok((seen, false))
}

fn refused(errno: i32) -> Seen {
    Seen {
        mode: 0,
        size: 0,
        node: 0,
        errno,
    }
}

/// Returns a path as it is within the file system.
fn name(mount: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(mount).unwrap_or(path);
    format!("/{}", relative.to_string_lossy())
}
