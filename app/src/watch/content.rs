//! What files held when they were last looked at: a save that changes nothing reruns nothing.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::place::Place;

/// More files are not learned by heart; each of them counts as changed when it is saved for the first time.
const MOST: usize = 20_000;
/// Nor is what is larger, in bytes.
const LARGEST: u64 = 4 << 20;
/// A file that is about as old as the watch may have changed between the two.
const MARGIN: Duration = Duration::from_secs(2);

/// A hash for each file.
#[derive(Clone, Default)]
pub(super) struct Contents {
    known: Arc<Mutex<HashMap<PathBuf, u128>>>,
}

impl Contents {
    /// Begins to learn what is in these directories, beside whatever else goes on.
    pub(super) fn learning(dirs: &BTreeSet<PathBuf>, place: &Place) -> Contents {
        let contents = Contents::default();
        let (learner, dirs, place) = (contents.clone(), dirs.clone(), place.clone());
        let before = SystemTime::now() - MARGIN;
        std::thread::spawn(move || learner.learn(&dirs, &place, before));
        contents
    }

    fn learn(&self, dirs: &BTreeSet<PathBuf>, place: &Place, before: SystemTime) {
        let entries = dirs
            .iter()
            .filter_map(|dir| std::fs::read_dir(dir).ok())
            .flatten()
            .flatten();
        let files = entries.map(|entry| entry.path()).filter(|path| place.file(path));
        for path in files.take(MOST) {
            let old = path
                .metadata()
                .and_then(|meta| meta.modified())
                .is_ok_and(|time| time < before);
            if let Some(hash) = hash(&path).filter(|_| old) {
                // What was seen to change meanwhile is known better.
                self.known().entry(path).or_insert(hash);
            }
        }
    }

    /// Whether a file holds something else than before, as far as is known.
    pub(super) fn changed(&self, path: &Path) -> bool {
        let Some(hash) = hash(path) else {
            self.known().remove(path);
            return true;
        };
        self.known().insert(path.to_owned(), hash) != Some(hash)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<PathBuf, u128>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(path: &Path) -> Option<u128> {
    let meta = path.metadata().ok()?;
    if !meta.is_file() || meta.len() > LARGEST {
        return None;
    }
    Some(xxhash_rust::xxh3::xxh3_128(&std::fs::read(path).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_again_is_no_change() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a");
        let contents = Contents::default();
        let save = |text: &str| {
            std::fs::write(&path, text).expect("a file");
            contents.changed(&path)
        };
        assert_eq!(
            [save("one"), save("one"), save("two"), save("one")],
            [true, false, true, true]
        );
        std::fs::remove_file(&path).expect("a file");
        assert!(contents.changed(&path));
        assert!(save("one"));
    }
}
