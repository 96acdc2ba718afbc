//! Directories and files of a workspace. Nothing here follows a link.

use std::fs::{self, FileType};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::modified;
use crate::mounts::Mounts;
use crate::tui::drill::workspace::seen::{Entry, Kind, Listing, Seen, Stat, Sum, TreeAsk};

/// More entries of one directory are counted, not shown.
const MOST: usize = 200_000;
/// A time may come twice within so many microseconds: file systems take it from a clock that ticks.
const TICK: i64 = 50_000;
/// How many entries are added up before something is told.
const SLICE: u64 = 5000;

/// What is said of a directory that is another file system.
const MOUNTED: &str = "a file system is mounted here: it is not looked into, for it would see that";

/// When that was changed last: it is told of once.
const NEVER: i64 = i64::MIN;

/// Looks at directories and entries.
pub(super) fn look(ask: TreeAsk) -> Seen {
    let mounts = Mounts::below(&ask.base);
    look_beside(ask, &mounts)
}

fn look_beside(ask: TreeAsk, mounts: &Mounts) -> Seen {
    let now = now();
    let news = ask.dirs.into_iter().filter_map(|(id, path, known)| {
        if mounts.hold(&path) {
            return (known != Some(NEVER)).then(|| (id, path, mounted()));
        }
        // A directory, or the workspace itself, which may be a link to where its test has put it.
        let is = fs::metadata(&path).ok().map(|meta| modified(&meta));
        if known.is_some() && known == is {
            return None;
        }
        let listing = list(&path, is.filter(|is| now - is > TICK));
        Some((id, path, listing))
    });
    let listings = news.collect();
    let stats = ask.entries.into_iter().filter_map(|entry| {
        let stat = if mounts.hold(&entry.path) {
            None
        } else {
            stat(&entry.path)
        };
        let is_news = !entry.looked || stat != entry.known;
        is_news.then_some((entry.id, entry.path, stat))
    });
    Seen {
        listings,
        stats: stats.collect(),
        now,
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn mounted() -> Listing {
    Listing {
        entries: Err(MOUNTED.to_owned()),
        more: 0,
        modified: Some(NEVER),
    }
}

/// Lists a directory: directories first, then by name, numbers by their value.
fn list(dir: &Path, modified: Option<i64>) -> Listing {
    let found = match fs::read_dir(dir) {
        Ok(found) => found,
        Err(error) => {
            return Listing {
                entries: Err(why(&error)),
                more: 0,
                modified: None,
            };
        }
    };
    let (mut entries, mut more) = (Vec::new(), 0);
    // An entry that vanishes meanwhile is none.
    for entry in found.flatten() {
        if entries.len() == MOST {
            more += 1;
        } else if let Ok(kind) = entry.file_type() {
            entries.push(Entry {
                name: entry.file_name(),
                kind: self::kind(kind),
            });
        }
    }
    entries.sort_by_cached_key(|entry| {
        (
            entry.kind != Kind::Dir,
            natural(entry.name.as_bytes()),
            entry.name.clone(),
        )
    });
    Listing {
        entries: Ok(entries),
        more,
        modified,
    }
}

/// Returns a name as text and numbers in turn, by which `n10` comes behind `n9`.
fn natural(name: &[u8]) -> Vec<(Vec<u8>, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let digits = rest[text..].iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.clone().fold(0_u64, |number, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        let end = text + digits.count();
        parts.push((rest[..text].to_vec(), number));
        rest = &rest[end..];
    }
    parts
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "the directory is gone".to_owned(),
        _ => format!("cannot be listed: {error}"),
    }
}

fn kind(kind: FileType) -> Kind {
    if kind.is_dir() {
        Kind::Dir
    } else if kind.is_symlink() {
        Kind::Link
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Special
    }
}

fn stat(path: &Path) -> Option<Stat> {
    let meta = fs::symlink_metadata(path).ok()?;
    let link = meta.is_symlink().then(|| fs::read_link(path).ok()).flatten();
    Some(Stat {
        mode: meta.mode(),
        size: meta.len(),
        modified: modified(&meta),
        link,
    })
}

/// Adds up what directories below `base` hold, for a while. Returns the sum of each, and the directories that are left.
pub(super) fn sums(base: &Path, queue: Vec<PathBuf>) -> (Vec<(PathBuf, Sum)>, Vec<PathBuf>) {
    sums_beside(base, queue, &Mounts::below(base))
}

fn sums_beside(base: &Path, mut queue: Vec<PathBuf>, mounts: &Mounts) -> (Vec<(PathBuf, Sum)>, Vec<PathBuf>) {
    let mut sums = Vec::new();
    let mut seen = 0;
    while seen < SLICE
        && let Some(dir) = queue.pop()
    {
        let mut sum = Sum::default();
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            seen += 1;
            if mounts.hold(&entry.path()) {
                continue;
            }
            let Ok(meta) = entry.metadata() else { continue };
            sum.newest = sum.newest.max(modified(&meta));
            if meta.is_dir() {
                queue.push(entry.path());
            } else {
                sum.files += 1;
                sum.bytes += meta.len();
            }
        }
        sums.push((dir.strip_prefix(base).unwrap_or(&dir).to_owned(), sum));
    }
    (sums, queue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::drill::workspace::seen::EntryAsk;

    #[test]
    fn what_is_no_file_is_listed_and_never_opened() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("dir")).expect("a directory");
        fs::write(path("10"), "x").expect("write");
        fs::write(path("9"), "x").expect("write");
        std::os::unix::fs::symlink(".", path("loop")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).expect("a socket");
        let listing = list(dir.path(), None);
        let entries = listing.entries.expect("a list");
        let shown: Vec<(&str, Kind)> = entries
            .iter()
            .map(|entry| (entry.name.to_str().expect("utf-8"), entry.kind))
            .collect();
        assert_eq!(
            shown,
            [
                ("dir", Kind::Dir),
                ("9", Kind::File),
                ("10", Kind::File),
                ("loop", Kind::Link),
                ("socket", Kind::Special)
            ]
        );
        assert_eq!(
            stat(&path("loop")).expect("a link").link,
            Some(PathBuf::from("."))
        );
        let (sums, left) = sums(dir.path(), vec![dir.path().to_owned()]);
        assert_eq!(left, Vec::<PathBuf>::new());
        let files: Vec<u64> = sums.iter().map(|(_, sum)| sum.files).collect();
        assert_eq!(files, [4, 0], "a link is not followed");
    }

    #[test]
    fn another_file_system_is_neither_listed_nor_described_nor_counted() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let mnt = dir.path().join("mnt");
        fs::create_dir(&mnt).expect("a directory");
        fs::write(mnt.join("x"), "in it").expect("write");
        let line = format!("40 36 0:30 / {} rw - fuse fs rw\n", mnt.display());
        let mounts = Mounts::parse(line.as_bytes(), dir.path(), dir.path());
        let entry = EntryAsk {
            id: 2,
            path: mnt.clone(),
            looked: false,
            known: None,
        };
        let ask = TreeAsk {
            base: dir.path().to_owned(),
            dirs: vec![(1, mnt, None)],
            entries: vec![entry],
        };
        let seen = look_beside(ask, &mounts);
        assert_eq!(seen.listings[0].2.entries, Err(MOUNTED.to_owned()));
        assert_eq!(seen.stats[0].2, None);
        let base = dir.path().to_owned();
        let (sums, _) = sums_beside(&base, vec![base.clone()], &mounts);
        assert_eq!(sums.iter().map(|(_, sum)| sum.files).sum::<u64>(), 0);
    }

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["n10", "n9", "a", "n", "10", "9", "n9b", "n9a"];
        names.sort_by_key(|name| natural(name.as_bytes()));
        assert_eq!(names, ["9", "10", "a", "n", "n9", "n9a", "n9b", "n10"]);
    }

    #[test]
    fn a_directory_that_did_not_change_is_not_listed_again() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let ask = |known| TreeAsk {
            base: dir.path().to_owned(),
            dirs: vec![(0, dir.path().to_owned(), known)],
            entries: Vec::new(),
        };
        let is = modified(&fs::metadata(dir.path()).expect("it is there"));
        assert_eq!(look(ask(Some(is))).listings.len(), 0);
        assert_eq!(look(ask(Some(is - 1))).listings.len(), 1);
        let path = dir.path().to_owned();
        drop(dir);
        let gone = TreeAsk {
            base: path.clone(),
            dirs: vec![(0, path, Some(is))],
            entries: Vec::new(),
        };
        let listing = look(gone).listings.pop().expect("it is not as it was").2;
        assert_eq!(listing.entries, Err("the directory is gone".to_owned()));
    }
}
