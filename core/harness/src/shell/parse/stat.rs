//! `stat --terse`.

use super::{Parse, number};

/// The output of `stat --terse FILE`, of coreutils.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The file's name as it was given.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Blocks of 512 bytes.
    pub blocks: u64,
    /// Type and permissions, `st_mode`.
    pub mode: u32,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Number of hard links.
    pub links: u64,
    /// Last access, seconds since the epoch.
    pub accessed: i64,
    /// Last modification, seconds since the epoch.
    pub modified: i64,
    /// Last status change, seconds since the epoch.
    pub changed: i64,
    /// Preferred size of I/O.
    pub io_block: u64,
}

/// The fields after the name: size blocks mode uid gid device inode links major minor atime mtime ctime birth block.
const FIELDS: usize = 15;

impl Parse for Stat {
    const COMMANDS: &'static [&'static str] = &["stat"];

    fn parse(stdout: &str) -> Result<Self, &'static str> {
        let line = stdout
            .lines()
            .next()
            .ok_or("a line is expected: was it `stat --terse`?")?;
        // The name may have blanks, the other fields not. SELinux adds a context after them.
        let words: Vec<&str> = line.rsplitn(FIELDS + 1, ' ').collect();
        let [rest @ .., name] = words.as_slice() else {
            return Err("fields are expected");
        };
        if rest.len() != FIELDS {
            return Err("a name and 15 fields are expected: was it `stat --terse`?");
        }
        let mut words = rest.iter().rev().copied();
        let hexadecimal = |word: Option<&str>, problem| {
            word.and_then(|word| u64::from_str_radix(word, 16).ok())
                .ok_or(problem)
        };
        Ok(Self {
            name: (*name).to_owned(),
            size: number(&mut words)?,
            blocks: number(&mut words)?,
            mode: u32::try_from(hexadecimal(words.next(), "a mode is expected")?)
                .map_err(|_| "a mode is expected")?,
            uid: number(&mut words)?,
            gid: number(&mut words)?,
            device: hexadecimal(words.next(), "a device is expected")?,
            inode: number(&mut words)?,
            links: number(&mut words)?,
            // Major and minor number of a device file stand between.
            accessed: number(&mut words.by_ref().skip(2))?,
            modified: number(&mut words)?,
            changed: number(&mut words)?,
            io_block: number(&mut words.skip(1))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terse_line_is_read_from_its_end() {
        let line = "/mnt/a file 7 16 81a4 0 0 fd00 12345 1 0 0 1795318560 1795318563 1795318564 0 524288\n";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(
            (stat.name.as_str(), stat.size, stat.blocks),
            ("/mnt/a file", 7, 16)
        );
        assert_eq!(
            (stat.mode, stat.device, stat.inode, stat.links),
            (0o100_644, 0xfd00, 12345, 1)
        );
        assert_eq!(
            (stat.accessed, stat.modified, stat.changed),
            (1_795_318_560, 1_795_318_563, 1_795_318_564)
        );
        assert_eq!(stat.io_block, 524_288);
    }

    #[test]
    fn other_forms_are_refused() {
        assert!(Stat::parse("").is_err());
        assert!(Stat::parse("  File: /mnt/f\n  Size: 7\n").is_err());
    }
}
