//! Faults on purpose: one wrong behaviour, chosen when the daemon starts, to show that tests notice.
//!
//! `GKFS_FAULT=<name>` in the daemon's environment chooses one of [`Fault::ALL`]. The code is compiled only with
//! the feature `faults`: no daemon for use can do any of this.

use std::env;

use gkfs_proto::msg::Totals;
use rustix::io::Errno;

use crate::{
    fs::Fail,
    log::Log,
    store::inode::{DIR, FILE, Inode},
};

/// The variable that chooses a fault.
pub const VARIABLE: &str = "GKFS_FAULT";

macro_rules! faults {
    ($($variant:ident = $name:literal: $text:literal,)*) => {
        /// One wrong behaviour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault { $(#[doc = $text] $variant,)* }

        impl Fault {
            /// All there are.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant),*];

            /// What chooses it.
            pub fn name(self) -> &'static str {
                match self { $(Fault::$variant => $name,)* }
            }

            /// What goes wrong.
            pub fn description(self) -> &'static str {
                match self { $(Fault::$variant => $text,)* }
            }
        }
    };
}

faults! {
    MkdirErrno = "mkdir-errno": "making what exists fails with ENOENT instead of EEXIST",
    OpenErrno = "open-errno": "opening what is missing fails with ENOTDIR instead of ENOENT",
    LostChunk = "lost-chunk": "the second chunk of every file reads as zeros",
    StaleSize = "stale-size": "an appending write leaves the size as it was",
    RenameKeepsSource = "rename-keeps-source": "a renamed file keeps its old name too",
    TruncateKeepsTail = "truncate-keeps-tail": "what was cut off comes back when the file grows",
    ReaddirMisses = "readdir-misses": "a listing leaves out the second entry",
    UnlinkKeepsEntry = "unlink-keeps-entry": "a removed file stays",
    RmdirRemovesFull = "rmdir-removes-full": "a directory that is not empty can be removed",
    StatMode = "stat-mode": "stat reports other permissions",
    KeepsMtime = "keeps-mtime": "writing leaves the modification time as it was",
    ExclIgnored = "excl-ignored": "O_EXCL opens what exists",
    TruncIgnored = "trunc-ignored": "O_TRUNC keeps the content",
    ReadsPastEnd = "reads-past-end": "a read that reaches the end returns one byte too many",
    SizeOffByOne = "size-off-by-one": "a file seems one byte longer than it is",
    LinkTarget = "link-target": "symbolic links lead to another name",
    WriteOffset = "write-offset": "a write that does not start at 0 lands one byte too far",
    ModeIgnored = "mode-ignored": "opening does not ask for permissions",
    StatfsZero = "statfs-zero": "the file system seems to have no blocks",
    DirentType = "dirent-type": "directories are listed as files",
    WriteDrops = "write-drops": "the last byte of a write is lost",
    HostsLine = "hosts-line": "the hosts file gives a wrong port",
    NlinkStale = "nlink-stale": "a second name is not counted",
}

/// No fault has this name.
#[derive(Debug, thiserror::Error)]
#[error("{VARIABLE} names no fault: '{0}'; there are {known}", known = known())]
pub struct UnknownFault(String);

fn known() -> String {
    Fault::ALL
        .iter()
        .map(|fault| fault.name())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The fault of a daemon, if it has one. Each method is one place where things may go wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults(Option<Fault>);

impl Faults {
    /// Reads what the environment chooses, and logs it.
    pub(crate) fn from_env(log: &Log) -> Result<Faults, UnknownFault> {
        let Ok(name) = env::var(VARIABLE) else {
            return Ok(Faults(None));
        };
        let fault = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
        let fault = fault.ok_or(UnknownFault(name))?;
        log.error(
            "fault()",
            format_args!("seeded fault '{}': {}", fault.name(), fault.description()),
        );
        Ok(Faults(Some(fault)))
    }

    fn has(self, fault: Fault) -> bool {
        self.0 == Some(fault)
    }

    pub(crate) fn making_existing(self) -> Result<(), Fail> {
        if self.has(Fault::MkdirErrno) {
            Err(Errno::NOENT.into())
        } else {
            Ok(())
        }
    }

    pub(crate) fn opening_missing(self) -> Result<(), Fail> {
        if self.has(Fault::OpenErrno) {
            Err(Errno::NOTDIR.into())
        } else {
            Ok(())
        }
    }

    pub(crate) fn loses_chunk(self, chunk: u64) -> bool {
        self.has(Fault::LostChunk) && chunk == 1
    }

    pub(crate) fn written_end(self, end: u64, append: bool) -> u64 {
        if self.has(Fault::StaleSize) && append {
            0
        } else {
            end
        }
    }

    pub(crate) fn rename_keeps_source(self) -> bool {
        self.has(Fault::RenameKeepsSource)
    }

    pub(crate) fn truncate_keeps_tail(self) -> bool {
        self.has(Fault::TruncateKeepsTail)
    }

    pub(crate) fn misses_entry(self, position: u64) -> bool {
        self.has(Fault::ReaddirMisses) && position == 2
    }

    pub(crate) fn unlink_keeps_entry(self) -> bool {
        self.has(Fault::UnlinkKeepsEntry)
    }

    pub(crate) fn removes_full_dirs(self) -> bool {
        self.has(Fault::RmdirRemovesFull)
    }

    pub(crate) fn stat(self, mut inode: Inode) -> Inode {
        if self.has(Fault::StatMode) {
            inode.attr.mode ^= 0o070;
        }
        if self.has(Fault::SizeOffByOne) && inode.kind() == FILE {
            inode.attr.size += 1;
        }
        if self.has(Fault::NlinkStale) && inode.kind() == FILE {
            inode.attr.nlink = 1;
        }
        inode
    }

    pub(crate) fn keeps_mtime(self) -> bool {
        self.has(Fault::KeepsMtime)
    }

    pub(crate) fn ignores_excl(self) -> bool {
        self.has(Fault::ExclIgnored)
    }

    pub(crate) fn ignores_trunc(self) -> bool {
        self.has(Fault::TruncIgnored)
    }

    pub(crate) fn read(self, reply: &mut Vec<u8>, at_end: bool) {
        if self.has(Fault::ReadsPastEnd) && at_end {
            reply.push(0);
        }
    }

    pub(crate) fn symlink_target(self, target: &mut Vec<u8>) {
        if self.has(Fault::LinkTarget) {
            target.push(b'x');
        }
    }

    pub(crate) fn write_offset(self, offset: u64) -> u64 {
        offset + u64::from(self.has(Fault::WriteOffset) && offset != 0)
    }

    pub(crate) fn written(self, data: &[u8]) -> &[u8] {
        match data {
            [kept @ .., _] if self.has(Fault::WriteDrops) => kept,
            data => data,
        }
    }

    pub(crate) fn wanted(self, want: u32) -> u32 {
        if self.has(Fault::ModeIgnored) { 0 } else { want }
    }

    pub(crate) fn totals(self, totals: Totals) -> Totals {
        if !self.has(Fault::StatfsZero) {
            return totals;
        }
        Totals {
            blocks: 0,
            free: 0,
            available: 0,
            ..totals
        }
    }

    pub(crate) fn listed_kind(self, kind: u32) -> u32 {
        if self.has(Fault::DirentType) && kind == DIR {
            FILE
        } else {
            kind
        }
    }

    pub(crate) fn hosts_line(self, line: String) -> String {
        match line.rsplit_once(':') {
            // Port 1 is nobody's.
            Some((host, _)) if self.has(Fault::HostsLine) => format!("{host}:1"),
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_there_are_enough() {
        let mut names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Fault::ALL.len());
        assert!(names.len() >= 20);
    }
}
