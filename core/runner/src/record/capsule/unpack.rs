//! Opening a capsule, of which nothing is believed.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use tar::{Archive, Entry, EntryType};

use super::{CapsuleError, MARK, Mark, On as _, VERSION};

/// What a capsule says about itself is short.
const LONGEST_MARK: u64 = 64 * 1024;

/// An opened capsule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// What it says about itself.
    pub mark: Mark,
    /// Links that led to what is not in it, and were not made.
    pub links_left_out: u64,
}

/// Unpacks the capsule `file` into `dir`, which must not be there and is made.
///
/// # Errors
/// It is no capsule, cut short, of a later version, or has an entry that could do harm; or the directory cannot be
/// written. Then there is no directory.
pub fn unpack(file: &Path, dir: &Path) -> Result<Unpacked, CapsuleError> {
    let parent = dir.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).on("write", parent)?;
    let unfinished = tempfile::tempdir_in(parent).on("write", parent)?;
    let opened = File::open(file).on("open", file)?;
    let decoder = zstd::Decoder::new(BufReader::new(opened)).on("open", file)?;
    let mut unpacking = Unpacking {
        file,
        dir: unfinished.path(),
        links: Vec::new(),
    };
    let mark = unpacking.archive(Archive::new(decoder))?;
    let links_left_out = unpacking.make_links();
    fs::rename(unfinished.path(), dir).on("write", dir)?;
    Ok(Unpacked { mark, links_left_out })
}

struct Unpacking<'a> {
    file: &'a Path,
    dir: &'a Path,
    /// Where they are and where they lead, both relative to the directory.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Unpacking<'_> {
    fn archive(&mut self, mut archive: Archive<impl Read>) -> Result<Mark, CapsuleError> {
        let mut entries = archive.entries().map_err(|error| self.damaged(error))?;
        let mark = match entries.next() {
            Some(Ok(mut first)) => self.mark(&mut first)?,
            Some(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.damaged(error));
            }
            Some(Err(error)) => return Err(self.foreign(error.to_string())),
            None => return Err(self.foreign("it is empty".into())),
        };
        for entry in entries {
            let mut entry = entry.map_err(|error| self.damaged(error))?;
            self.entry(&mut entry)?;
        }
        // What follows the archive's end belongs to its compressed form, whose end tells that it is whole.
        let mut rest = archive.into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(|error| self.damaged(error))?;
        Ok(mark)
    }

    fn mark(&self, entry: &mut Entry<'_, impl Read>) -> Result<Mark, CapsuleError> {
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        if entry.path_bytes() != MARK.as_bytes() {
            return Err(self.foreign(format!("it does not begin with {MARK}")));
        }
        let mut text = Vec::new();
        entry
            .take(LONGEST_MARK)
            .read_to_end(&mut text)
            .map_err(|error| self.damaged(error))?;
        let unreadable = |error: serde_json::Error| self.foreign(format!("{MARK}: {error}"));
        let version: Version = serde_json::from_slice(&text).map_err(unreadable)?;
        if version.v > u64::from(VERSION) {
            return Err(CapsuleError::Newer {
                path: self.file.to_owned(),
                found: version.v,
            });
        }
        let mark = serde_json::from_slice(&text).map_err(unreadable)?;
        let path = self.dir.join(MARK);
        fs::write(&path, &text).on("write", &path)?;
        Ok(mark)
    }

    fn entry(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<(), CapsuleError> {
        let name = entry.path().map_err(|error| self.damaged(error))?.into_owned();
        let harmful = |why| CapsuleError::Harmful {
            path: self.file.to_owned(),
            entry: name.display().to_string(),
            why,
        };
        let mut below = PathBuf::new();
        for component in name.components() {
            match component {
                Component::Normal(part) => below.push(part),
                Component::CurDir => {}
                Component::ParentDir => return Err(harmful("goes up by `..`")),
                Component::RootDir | Component::Prefix(_) => return Err(harmful("is absolute")),
            }
        }
        if below.as_os_str().is_empty() || below == Path::new(MARK) {
            return Err(harmful("is not one of a capsule's"));
        }
        let path = self.dir.join(&below);
        let parent = path.parent().unwrap_or(self.dir);
        // All directories here were made here: no link is among them before the end.
        fs::create_dir_all(parent).on("write", parent)?;
        match entry.header().entry_type() {
            EntryType::Directory => fs::create_dir_all(&path).on("write", &path),
            EntryType::Regular => self.file(entry, &path),
            EntryType::Symlink => {
                let target = entry.link_name().map_err(|error| self.damaged(error))?;
                self.links.push((below, target.unwrap_or_default().into_owned()));
                Ok(())
            }
            EntryType::Link => Err(harmful("is a hard link")),
            _ => Err(harmful("is neither file nor directory nor link")),
        }
    }

    fn file(&self, entry: &mut Entry<'_, impl Read>, path: &Path) -> Result<(), CapsuleError> {
        let modified = modified(entry);
        let mut file = File::create_new(path).on("write", path)?;
        let mut block = vec![0; 64 * 1024];
        let mut written = 0;
        loop {
            let read = entry.read(&mut block).map_err(|error| self.damaged(error))?;
            if read == 0 {
                break;
            }
            io::Write::write_all(&mut file, &block[..read]).on("write", path)?;
            written += read as u64;
        }
        if written < entry.size() {
            return Err(self.damaged(io::ErrorKind::UnexpectedEof.into()));
        }
        // A time that the file system does not take is no loss.
        let _: io::Result<()> = modified.map_or(Ok(()), |time| file.set_modified(time));
        Ok(())
    }

    /// Makes the links that lead to something here; how many were not made.
    fn make_links(&self) -> u64 {
        let mut left_out = 0;
        for (at, target) in &self.links {
            let inside = inside(at, target).is_some_and(|to| self.dir.join(to).symlink_metadata().is_ok());
            if !inside || symlink(target, self.dir.join(at)).is_err() {
                left_out += 1;
            }
        }
        left_out
    }

    fn damaged(&self, source: io::Error) -> CapsuleError {
        CapsuleError::CutShort {
            path: self.file.to_owned(),
            source,
        }
    }

    fn foreign(&self, why: String) -> CapsuleError {
        CapsuleError::Foreign {
            path: self.file.to_owned(),
            why,
        }
    }
}

/// When a file was changed last, as its entry says.
fn modified(entry: &mut Entry<'_, impl Read>) -> Option<SystemTime> {
    let extensions = entry.pax_extensions().ok()??;
    let mut found = extensions
        .flatten()
        .filter(|extension| extension.key() == Ok("mtime"));
    let text = found.next()?.value().ok()?.to_owned();
    let (seconds, nanos) = text.split_once('.')?;
    Some(UNIX_EPOCH + Duration::new(seconds.parse().ok()?, nanos.get(..9)?.parse().ok()?))
}

/// Where a link leads, as long as no step of the way leaves the directory. After a name nothing may go up again: the name
/// could be that of another link.
fn inside(at: &Path, target: &Path) -> Option<PathBuf> {
    let mut way: Vec<_> = at.parent()?.components().collect();
    let mut has_name = false;
    for component in target.components() {
        match component {
            Component::Normal(_) => {
                has_name = true;
                way.push(component);
            }
            Component::CurDir => {}
            Component::ParentDir if has_name => return None,
            Component::ParentDir => drop(way.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(way.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_not_leave() {
        let to = |at: &str, target: &str| inside(Path::new(at), Path::new(target));
        assert_eq!(to("a/b/l", "../c"), Some("a/c".into()));
        assert_eq!(to("a/l", "x/./y"), Some("a/x/y".into()));
        assert_eq!(to("a/l", "../../etc"), None);
        assert_eq!(to("a/l", "../../etc/../../back"), None);
        assert_eq!(to("a/l", "/etc/passwd"), None);
        assert_eq!(to("a/l", "x/../y"), None, "x may be a link");
    }
}
