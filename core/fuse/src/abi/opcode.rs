//! What a request asks for, what a notification tells, and sets of the former.

use std::fmt;
use std::ops::BitOr;

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum $name { $($(#[$doc])* $variant = $number,)* }

        impl $name {
            /// All of them, by number.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the kernel's header, without `FUSE_`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Finds it by its number.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }

            /// Finds it by its name, with or without `FUSE_`, in any case.
            pub fn from_name(name: &str) -> Option<Self> {
                let upper = name.to_ascii_uppercase();
                let bare = upper.strip_prefix("FUSE_").unwrap_or(&upper);
                Self::ALL.iter().copied().find(|code| code.name() == bare)
            }

            /// Its number in the protocol.
            pub const fn number(self) -> u32 {
                self as u32
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

codes! {
    /// What a request asks for.
    Opcode {
        /// Find a name in a directory.
        Lookup = 1, "LOOKUP";
        /// Drop references to a node; not answered.
        Forget = 2, "FORGET";
        /// Tell a node's attributes.
        Getattr = 3, "GETATTR";
        /// Change a node's attributes.
        Setattr = 4, "SETATTR";
        /// Read a symbolic link.
        Readlink = 5, "READLINK";
        /// Make a symbolic link.
        Symlink = 6, "SYMLINK";
        /// Make a file, a fifo, a socket or a device.
        Mknod = 8, "MKNOD";
        /// Make a directory.
        Mkdir = 9, "MKDIR";
        /// Remove a file.
        Unlink = 10, "UNLINK";
        /// Remove a directory.
        Rmdir = 11, "RMDIR";
        /// Rename, without flags.
        Rename = 12, "RENAME";
        /// Make a hard link.
        Link = 13, "LINK";
        /// Open a file.
        Open = 14, "OPEN";
        /// Read from a file.
        Read = 15, "READ";
        /// Write to a file.
        Write = 16, "WRITE";
        /// Tell the file system's sizes.
        Statfs = 17, "STATFS";
        /// An open file has no descriptor any more.
        Release = 18, "RELEASE";
        /// Make a file durable.
        Fsync = 20, "FSYNC";
        /// Set an extended attribute.
        Setxattr = 21, "SETXATTR";
        /// Read an extended attribute.
        Getxattr = 22, "GETXATTR";
        /// List extended attributes.
        Listxattr = 23, "LISTXATTR";
        /// Remove an extended attribute.
        Removexattr = 24, "REMOVEXATTR";
        /// A descriptor is closed.
        Flush = 25, "FLUSH";
        /// Begin a connection.
        Init = 26, "INIT";
        /// Open a directory.
        Opendir = 27, "OPENDIR";
        /// List a directory.
        Readdir = 28, "READDIR";
        /// An open directory has no descriptor any more.
        Releasedir = 29, "RELEASEDIR";
        /// Make a directory durable.
        Fsyncdir = 30, "FSYNCDIR";
        /// Ask for a lock that is in the way.
        Getlk = 31, "GETLK";
        /// Take or drop a lock.
        Setlk = 32, "SETLK";
        /// Take a lock, waiting for it.
        Setlkw = 33, "SETLKW";
        /// Check permissions.
        Access = 34, "ACCESS";
        /// Make a file and open it.
        Create = 35, "CREATE";
        /// The caller of a request got a signal.
        Interrupt = 36, "INTERRUPT";
        /// Map a block of a file to one of the device.
        Bmap = 37, "BMAP";
        /// End a connection.
        Destroy = 38, "DESTROY";
        /// Do an ioctl.
        Ioctl = 39, "IOCTL";
        /// Ask whether a file is ready.
        Poll = 40, "POLL";
        /// What a notification asked to have back; not answered.
        NotifyReply = 41, "NOTIFY_REPLY";
        /// Drop references to several nodes; not answered.
        BatchForget = 42, "BATCH_FORGET";
        /// Allocate or punch out space.
        Fallocate = 43, "FALLOCATE";
        /// List a directory with attributes.
        Readdirplus = 44, "READDIRPLUS";
        /// Rename, with flags.
        Rename2 = 45, "RENAME2";
        /// Find data or a hole.
        Lseek = 46, "LSEEK";
        /// Copy between files.
        CopyFileRange = 47, "COPY_FILE_RANGE";
        /// Map a part of a file into the shared window.
        Setupmapping = 48, "SETUPMAPPING";
        /// Unmap parts of the shared window.
        Removemapping = 49, "REMOVEMAPPING";
        /// Make the whole file system durable.
        Syncfs = 50, "SYNCFS";
        /// Make a file without a name.
        Tmpfile = 51, "TMPFILE";
        /// Tell a node's extended attributes, as statx does.
        Statx = 52, "STATX";
        /// Copy between files, with a 64-bit answer.
        CopyFileRange64 = 53, "COPY_FILE_RANGE_64";
    }
}

codes! {
    /// What a notification tells the kernel.
    NotifyCode {
        /// A file that was polled is ready.
        Poll = 1, "NOTIFY_POLL";
        /// Forget attributes and contents of a node.
        InvalInode = 2, "NOTIFY_INVAL_INODE";
        /// Forget a name.
        InvalEntry = 3, "NOTIFY_INVAL_ENTRY";
        /// Put data into the page cache.
        Store = 4, "NOTIFY_STORE";
        /// Ask for data of the page cache.
        Retrieve = 5, "NOTIFY_RETRIEVE";
        /// A name was removed.
        Delete = 6, "NOTIFY_DELETE";
        /// Send all unanswered requests again.
        Resend = 7, "NOTIFY_RESEND";
        /// Forget all names at once.
        IncEpoch = 8, "NOTIFY_INC_EPOCH";
        /// Drop nodes that nobody uses.
        Prune = 9, "NOTIFY_PRUNE";
    }
}

impl Opcode {
    /// Whether anybody waits for an answer: an interruption may have one, and goes well without.
    pub const fn needs_answer(self) -> bool {
        self.is_answered() && !matches!(self, Self::Interrupt)
    }

    /// Whether the kernel takes an answer.
    pub const fn is_answered(self) -> bool {
        !matches!(self, Self::Forget | Self::BatchForget | Self::NotifyReply)
    }
}

/// A set of opcodes: what may stand for one call, depending on the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Opcodes(u64);

impl Opcodes {
    /// Attributes: `GETATTR` or, since Linux 6.6, `STATX`.
    pub const STAT: Self = Self::of(&[Opcode::Getattr, Opcode::Statx]);
    /// Renaming: `RENAME` or, with flags, `RENAME2`.
    pub const RENAME: Self = Self::of(&[Opcode::Rename, Opcode::Rename2]);
    /// Listing: `READDIR` or, where that was agreed on, `READDIRPLUS`.
    pub const LIST: Self = Self::of(&[Opcode::Readdir, Opcode::Readdirplus]);
    /// Dropped references, one or many.
    pub const FORGET: Self = Self::of(&[Opcode::Forget, Opcode::BatchForget]);
    /// Copying between files, with a 32-bit or a 64-bit answer.
    pub const COPY: Self = Self::of(&[Opcode::CopyFileRange, Opcode::CopyFileRange64]);
    /// What comes of closing a file or directory.
    pub const CLOSE: Self = Self::of(&[Opcode::Flush, Opcode::Release, Opcode::Releasedir]);
    /// No opcode.
    pub const NONE: Self = Self(0);
    /// Every opcode.
    pub const ALL: Self = Self::of(Opcode::ALL);

    /// The set of these.
    pub const fn of(opcodes: &[Opcode]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < opcodes.len() {
            bits |= 1 << opcodes[at].number();
            at += 1;
        }
        Self(bits)
    }

    /// Whether `opcode` is one of them.
    pub const fn contains(self, opcode: Opcode) -> bool {
        self.0 & (1 << opcode.number()) != 0
    }

    /// These, but for those.
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Returns them by number.
    pub fn iter(self) -> impl Iterator<Item = Opcode> {
        Opcode::ALL
            .iter()
            .copied()
            .filter(move |opcode| self.contains(*opcode))
    }
}

impl From<Opcode> for Opcodes {
    fn from(opcode: Opcode) -> Self {
        Self::of(&[opcode])
    }
}

impl<const N: usize> From<[Opcode; N]> for Opcodes {
    fn from(opcodes: [Opcode; N]) -> Self {
        Self::of(&opcodes)
    }
}

impl BitOr for Opcodes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Opcodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Opcode::name).collect();
        f.write_str(&names.join("|"))
    }
}

impl fmt::Debug for Opcodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_the_header_has() {
        assert_eq!(Opcode::ALL.len(), 51);
        assert_eq!(NotifyCode::ALL.len(), 9);
        assert_eq!(Opcodes::ALL.iter().count(), 51);
    }

    #[test]
    fn names_and_numbers_lead_back() {
        for opcode in Opcode::ALL {
            assert_eq!(Opcode::from_number(opcode.number()), Some(*opcode));
            assert_eq!(
                Opcode::from_name(&format!("fuse_{opcode}").to_lowercase()),
                Some(*opcode)
            );
        }
        assert_eq!(Opcode::from_number(7), None);
        assert_eq!(Opcode::from_name("nothing"), None);
    }

    #[test]
    fn sets_hold_what_they_were_made_of() {
        assert_eq!(Opcodes::STAT.to_string(), "GETATTR|STATX");
        assert!(
            !Opcodes::STAT
                .without(Opcode::Statx.into())
                .contains(Opcode::Statx)
        );
        assert_eq!((Opcodes::STAT | Opcode::Open.into()).iter().count(), 3);
    }
}
