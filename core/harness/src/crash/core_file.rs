//! Where the kernel puts a core, and how it is fetched from there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::{Resource, getrlimit};

use super::coredumpctl::Store;
use crate::process::{Limit, Spawner};

/// What the kernel does with cores.
const PATTERN: &str = "/proc/sys/kernel/core_pattern";
/// File times are coarser than the clock.
const COARSE: Duration = Duration::from_secs(1);

/// Whose core is looked for.
pub(super) struct Wanted<'a> {
    /// Its number, where that is known.
    pub(super) pid: Option<u32>,
    /// Where it ran.
    pub(super) cwd: &'a Path,
    /// Its core is no older.
    pub(super) since: SystemTime,
}

/// A part of a pattern's file name.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The number of the process.
    Pid,
    /// Something that is not known here, such as a time.
    Any,
}

/// Why a process that should have left a core left none.
pub(super) fn why_none() -> String {
    match getrlimit(Resource::Core).maximum {
        Some(0) => {
            "the hard limit of its size is 0 (`ulimit -Hc`); raise it where the shell is started".to_owned()
        }
        _ => format!(
            "the kernel wrote none ({PATTERN} is `{}`): is there room, and may the daemon write in its directory?",
            pattern().unwrap_or_default()
        ),
    }
}

fn pattern() -> Option<String> {
    Some(fs::read_to_string(PATTERN).ok()?.trim_end().to_owned())
}

/// Moves a core to `to`, or says why that cannot be.
pub(super) fn keep(wanted: &Wanted<'_>, to: &Path, spawner: &Spawner, limit: Limit) -> Result<(), String> {
    let pattern = pattern().ok_or_else(|| format!("{PATTERN} cannot be read"))?;
    if let Some(program) = pattern.strip_prefix('|') {
        return piped(program, wanted, to, spawner, limit);
    }
    let adds_pid =
        fs::read_to_string("/proc/sys/kernel/core_uses_pid").is_ok_and(|text| text.trim_end() != "0");
    let found = find(&pattern, adds_pid, wanted)
        .ok_or_else(|| format!("there is no file `{pattern}` of it ({PATTERN})"))?;
    // Another file system is where a core may well be.
    fs::rename(&found, to)
        .or_else(|_| fs::copy(&found, to).and_then(|_| fs::remove_file(&found)))
        .map_err(|error| format!("{} cannot be moved to {}: {error}", found.display(), to.display()))
}

/// Finds the newest file that the pattern can have made for the process.
fn find(pattern: &str, adds_pid: bool, wanted: &Wanted<'_>) -> Option<PathBuf> {
    // A relative one is relative to where the process ran.
    let whole = wanted.cwd.join(pattern);
    let (dir, name) = (whole.parent()?, whole.file_name()?.to_str()?);
    let mut pieces = pieces(name);
    if adds_pid && !pieces.contains(&Piece::Pid) {
        pieces.extend([Piece::Text(".".into()), Piece::Pid]);
    }
    let pid = wanted.pid.map(|pid| pid.to_string());
    let entries = fs::read_dir(dir).ok()?.flatten();
    let fits = entries.filter_map(|entry| {
        let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let modified = meta.modified().ok().filter(|at| *at + COARSE >= wanted.since)?;
        matches(&pieces, entry.file_name().to_str()?, pid.as_deref()).then(|| (modified, entry.path()))
    });
    fits.max().map(|(_, path)| path)
}

/// Takes a file name of `core_pattern` apart; see core(5).
fn pieces(name: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        let piece = match letter {
            '%' => match letters.next() {
                Some('%') => {
                    text.push('%');
                    continue;
                }
                Some('p') => Piece::Pid,
                Some(_) => Piece::Any,
                None => continue,
            },
            letter => {
                text.push(letter);
                continue;
            }
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(piece);
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

fn matches(pieces: &[Piece], name: &str, pid: Option<&str>) -> bool {
    match pieces.split_first() {
        None => name.is_empty(),
        Some((Piece::Text(text), rest)) => name
            .strip_prefix(text.as_str())
            .is_some_and(|name| matches(rest, name, pid)),
        Some((Piece::Pid, rest)) => {
            let digits = name.len()
                - name
                    .trim_start_matches(|letter: char| letter.is_ascii_digit())
                    .len();
            let its = pid.map_or(digits, |pid| if name.starts_with(pid) { pid.len() } else { 0 });
            its > 0 && matches(rest, &name[its..], pid)
        }
        Some((Piece::Any, rest)) => {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.into_iter().any(|at| matches(rest, &name[at..], pid))
        }
    }
}

/// Fetches a core from who gets them all on this machine, if that is one that gives them out.
fn piped(
    program: &str,
    wanted: &Wanted<'_>,
    to: &Path,
    spawner: &Spawner,
    limit: Limit,
) -> Result<(), String> {
    let way_out = "to have cores here: echo core.%p > /proc/sys/kernel/core_pattern";
    let name = program.split_whitespace().next().unwrap_or_default();
    if !name.ends_with("systemd-coredump") {
        return Err(format!("{PATTERN} pipes it to `{name}`; {way_out}"));
    }
    Store::of_systemd()
        .fetch(wanted, to, spawner, limit)
        .map_err(|problem| format!("{problem}; {way_out}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, name: &str) -> bool {
        matches(&pieces(pattern), name, Some("4242"))
    }

    #[test]
    fn of_one_whose_number_is_not_known_any_may_be_it() {
        let any = |pattern: &str, name: &str| matches(&pieces(pattern), name, None);
        assert!(any("core.%p", "core.17") && any("core.%p.%e", "core.17.cp"));
        assert!(!any("core.%p", "core.") && !any("core.%p", "core.x"));
    }

    #[test]
    fn patterns_are_read_as_the_kernel_does() {
        assert!(fits("core", "core") && !fits("core", "core.4242"));
        assert!(fits("core.%p", "core.4242") && !fits("core.%p", "core.4243"));
        assert!(fits(
            "core.%e.%p.%h.%t",
            "core.gkfs_daemon.4242.my.host.1795000000"
        ));
        assert!(fits("%%x-%p%", "%x-4242"));
        assert!(!fits("core.%e.%p.%t", "core.gkfs_daemon.17.1"));
    }

    #[test]
    fn the_newest_that_fits_is_found_and_no_older_one() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["core.1.4242", "core.2.4242", "core.3.17", "other"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let old = SystemTime::now() - Duration::from_secs(3600);
        let file = fs::File::options()
            .write(true)
            .open(dir.path().join("core.1.4242"))
            .unwrap();
        file.set_modified(old).unwrap();
        let mut wanted = Wanted {
            pid: Some(4242),
            cwd: dir.path(),
            since: old - Duration::from_secs(60),
        };
        let found = |wanted: &Wanted<'_>, pattern: &str, adds| find(pattern, adds, wanted);
        assert_eq!(
            found(&wanted, "core.%t.%p", false),
            Some(dir.path().join("core.2.4242"))
        );
        assert_eq!(
            found(&wanted, "core.%t", true),
            Some(dir.path().join("core.2.4242"))
        );
        let absolute = format!("{}/core.%t.%p", dir.path().display());
        wanted.cwd = Path::new("/");
        assert!(found(&wanted, &absolute, false).is_some());
        wanted.since = SystemTime::now() + Duration::from_secs(60);
        assert_eq!(found(&wanted, &absolute, false), None);
    }

    #[test]
    fn one_that_is_piped_elsewhere_is_said_with_the_way_out() {
        let wanted = Wanted {
            pid: Some(1),
            cwd: Path::new("/"),
            since: SystemTime::now(),
        };
        let spawner = Spawner::new().unwrap();
        let limit = Limit::kill_after(Duration::from_secs(20));
        let told = piped(
            "/usr/share/apport/apport -p%p",
            &wanted,
            Path::new("/nowhere"),
            &spawner,
            limit,
        );
        let told = told.unwrap_err();
        assert!(
            told.contains("pipes it to `/usr/share/apport/apport`; to have cores here: echo core.%p"),
            "{told}"
        );
    }
}
