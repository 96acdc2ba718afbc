//! Listing directories.

use gkfs_proto::{
    MAX_IO,
    msg::{self, Entry, Listing},
    node::{Ino, ROOT_INO},
};
use rustix::io::Errno;

use super::{Fs, caller::Caller, fail::Fail, reply};
use crate::store::{
    Look,
    inode::{DIR, Inode},
};

/// Cookies of `.` and `..`; entries of the store count from 3.
const DOT: u64 = 1;
const DOTDOT: u64 = 2;

/// A reply under way.
struct Page {
    entries: Vec<u8>,
    count: u32,
    max: usize,
}

impl Page {
    /// Adds an entry, unless the page is full.
    fn add(&mut self, ino: Ino, cookie: u64, kind: u32, name: &[u8]) -> Result<bool, Fail> {
        let before = self.entries.len();
        // The type in `d_type` is that of `st_mode`, 12 bits down.
        let kind = (kind >> 12) as u8;
        reply::put(
            &mut self.entries,
            &Entry {
                ino,
                cookie,
                kind,
                name,
            },
        )?;
        if self.entries.len() > self.max {
            self.entries.truncate(before);
            return Ok(false);
        }
        self.count += 1;
        Ok(true)
    }
}

impl Fs {
    pub(super) async fn readdir(
        &self,
        caller: &Caller,
        m: msg::Readdir,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        if self.elsewhere(caller, m.ino, &m, out).await? {
            return Ok(());
        }
        let dir = self.load_here(m.ino)?;
        if !dir.is_dir() {
            return Err(Errno::NOTDIR.into());
        }
        let mut page = Page {
            entries: Vec::new(),
            count: 0,
            max: (m.max as usize).min(MAX_IO),
        };
        let end = self.fill(&mut page, &dir, m.cookie)?;
        if page.count == 0 && !end {
            return Err(Errno::INVAL.into());
        }
        let count = page.count;
        reply::put(out, &Listing { count, end })?;
        out.extend(page.entries);
        Ok(())
    }

    /// Fills the page with what follows `cookie`, and tells whether that was all.
    fn fill(&self, page: &mut Page, dir: &Inode, cookie: u64) -> Result<bool, Fail> {
        let ino = dir.attr.ino;
        let parent = dir.links.first().map_or(ROOT_INO, |link| link.dir);
        if cookie < DOT && !page.add(ino, DOT, DIR, b".")? {
            return Ok(false);
        }
        if cookie < DOTDOT && !page.add(parent, DOTDOT, DIR, b"..")? {
            return Ok(false);
        }
        let mut full = Ok(false);
        #[cfg(feature = "faults")]
        let mut position = 0;
        self.store
            .read()?
            .list(ino, cookie.max(DOTDOT) + 1, &mut |listed| {
                let entry = listed.entry;
                #[cfg(feature = "faults")]
                let kind = self.faults.listed_kind(entry.kind);
                #[cfg(not(feature = "faults"))]
                let kind = entry.kind;
                #[cfg(feature = "faults")]
                {
                    position += 1;
                    if self.faults.misses_entry(position) {
                        return true;
                    }
                }
                match page.add(entry.ino, entry.seq, kind, &listed.name) {
                    Ok(true) => true,
                    Ok(false) => {
                        full = Ok(true);
                        false
                    }
                    Err(fail) => {
                        full = Err(fail);
                        false
                    }
                }
            })?;
        Ok(!full?)
    }
}
