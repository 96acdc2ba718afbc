//! Text of the client log: times, levels, names of errors.

use core::fmt;

/// Levels of `LIBGKFS_LOG`, as switches.
pub mod levels {
    /// System calls with their results.
    pub const SYSCALLS: u32 = 1;
    /// System calls before they are carried out.
    pub const SYSCALLS_AT_ENTRY: u32 = 2;
    /// What the client does at its start and end.
    pub const INFO: u32 = 4;
    /// What keeps the client from working.
    pub const CRITICAL: u32 = 8;
    /// What failed for a reason of the client's own.
    pub const ERRORS: u32 = 16;
    /// What may be wrong.
    pub const WARNINGS: u32 = 32;
    /// Details.
    pub const DEBUG: u32 = 64;
    /// What is on without `LIBGKFS_LOG`.
    pub const DEFAULT: u32 = INFO | CRITICAL | ERRORS;
    /// Everything that the words `most` and `all` stand for.
    pub const ALL: u32 = 127;

    /// Reads a list of levels; `+` and `,` separate, unknown words count for nothing.
    pub fn parse(text: &[u8]) -> u32 {
        text.split(|byte| matches!(byte, b',' | b'+' | b' '))
            .map(|word| match word {
                b"syscalls" => SYSCALLS,
                b"syscalls_at_entry" => SYSCALLS | SYSCALLS_AT_ENTRY,
                b"info" => INFO,
                b"critical" => CRITICAL,
                b"errors" => ERRORS,
                b"warnings" => WARNINGS,
                b"debug" => DEBUG,
                b"most" => ALL & !SYSCALLS_AT_ENTRY,
                b"all" => ALL,
                _ => 0,
            })
            .fold(0, |all, level| all | level)
    }
}

/// A moment in UTC, shown as `YYYY-MM-DD HH:MM:SS.uuuuuu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    year: i64,
    month: u32,
    day: u32,
    second_of_day: u32,
    micros: u32,
}

impl DateTime {
    /// The moment `seconds` and `micros` after the epoch.
    pub fn new(seconds: i64, micros: u32) -> DateTime {
        // Days are counted in eras of 400 years that start on 1 March, so that leap days come last.
        let days = seconds.div_euclid(86400) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        DateTime {
            year: year + era * 400 + i64::from(month >= 10),
            month: (if month < 10 { month + 3 } else { month - 9 }) as u32,
            day: (day - (153 * month + 2) / 5 + 1) as u32,
            second_of_day: seconds.rem_euclid(86400) as u32,
            micros,
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = (
            self.second_of_day / 3600,
            self.second_of_day / 60 % 60,
            self.second_of_day % 60,
        );
        write!(
            f,
            "{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}.{:06}",
            self.year, self.month, self.day, self.micros
        )
    }
}

/// An errno as the client log shows it: `ENOENT (No such file or directory)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorName(pub u32);

macro_rules! errors {
    ($($number:literal $name:literal $text:literal,)*) => {
        impl fmt::Display for ErrorName {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    $($number => f.write_str(concat!($name, " (", $text, ")")),)*
                    number => write!(f, "errno {number}"),
                }
            }
        }
    };
}

errors! {
    1 "EPERM" "Operation not permitted",
    2 "ENOENT" "No such file or directory",
    3 "ESRCH" "No such process",
    4 "EINTR" "Interrupted system call",
    5 "EIO" "Input/output error",
    6 "ENXIO" "No such device or address",
    7 "E2BIG" "Argument list too long",
    8 "ENOEXEC" "Exec format error",
    9 "EBADF" "Bad file descriptor",
    10 "ECHILD" "No child processes",
    11 "EAGAIN" "Resource temporarily unavailable",
    12 "ENOMEM" "Cannot allocate memory",
    13 "EACCES" "Permission denied",
    14 "EFAULT" "Bad address",
    16 "EBUSY" "Device or resource busy",
    17 "EEXIST" "File exists",
    18 "EXDEV" "Invalid cross-device link",
    19 "ENODEV" "No such device",
    20 "ENOTDIR" "Not a directory",
    21 "EISDIR" "Is a directory",
    22 "EINVAL" "Invalid argument",
    23 "ENFILE" "Too many open files in system",
    24 "EMFILE" "Too many open files",
    25 "ENOTTY" "Inappropriate ioctl for device",
    26 "ETXTBSY" "Text file busy",
    27 "EFBIG" "File too large",
    28 "ENOSPC" "No space left on device",
    29 "ESPIPE" "Illegal seek",
    30 "EROFS" "Read-only file system",
    31 "EMLINK" "Too many links",
    32 "EPIPE" "Broken pipe",
    34 "ERANGE" "Numerical result out of range",
    36 "ENAMETOOLONG" "File name too long",
    38 "ENOSYS" "Function not implemented",
    39 "ENOTEMPTY" "Directory not empty",
    40 "ELOOP" "Too many levels of symbolic links",
    61 "ENODATA" "No data available",
    75 "EOVERFLOW" "Value too large for defined data type",
    95 "ENOTSUP" "Operation not supported",
    111 "ECONNREFUSED" "Connection refused",
    116 "ESTALE" "Stale file handle",
    122 "EDQUOT" "Disk quota exceeded",
}

/// Bytes of a path, with what is not UTF-8 and what would break the line replaced.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for chunk in self.0.utf8_chunks() {
            for part in chunk
                .valid()
                .split_inclusive(|c: char| c.is_control() || c == '"' || c == '\\')
            {
                let special = part
                    .chars()
                    .next_back()
                    .filter(|c| c.is_control() || *c == '"' || *c == '\\');
                match special {
                    Some(c) => {
                        f.write_str(&part[..part.len() - c.len_utf8()])?;
                        write!(f, "{}", c.escape_default())?;
                    }
                    None => f.write_str(part)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_str("\"")
    }
}

/// `O_*` flags of an open call on x86-64: `O_RDONLY|O_CLOEXEC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFlags(pub u32);

impl OpenFlags {
    /// Flags of more bits come before those they contain.
    const NAMES: [(u32, &str); 16] = [
        (0o20_200_000, "O_TMPFILE"),
        (0o4_010_000, "O_SYNC"),
        (0o100, "O_CREAT"),
        (0o200, "O_EXCL"),
        (0o400, "O_NOCTTY"),
        (0o1000, "O_TRUNC"),
        (0o2000, "O_APPEND"),
        (0o4000, "O_NONBLOCK"),
        (0o10_000, "O_DSYNC"),
        (0o40_000, "O_DIRECT"),
        (0o100_000, "O_LARGEFILE"),
        (0o200_000, "O_DIRECTORY"),
        (0o400_000, "O_NOFOLLOW"),
        (0o1_000_000, "O_NOATIME"),
        (0o2_000_000, "O_CLOEXEC"),
        (0o10_000_000, "O_PATH"),
    ];
}

impl fmt::Display for OpenFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"][(self.0 & 3) as usize])?;
        let mut left = self.0 & !3;
        for (bits, name) in Self::NAMES {
            if left & bits == bits {
                write!(f, "|{name}")?;
                left &= !bits;
            }
        }
        if left != 0 {
            write!(f, "|{left:#x}")?;
        }
        Ok(())
    }
}

/// Text of limited length, in no more memory than itself: what does not fit is cut, and `write!` says so.
#[derive(Debug, Clone, Copy)]
pub struct Line<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Line<N> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Line {
            bytes: [0; N],
            len: 0,
        }
    }

    /// What was written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Ends it with a newline, for which its last byte makes room if need be.
    pub fn end_line(&mut self) {
        self.len = self.len.min(N - 1);
        self.bytes[self.len] = b'\n';
        self.len += 1;
    }
}

impl<const N: usize> Default for Line<N> {
    fn default() -> Self {
        Line::new()
    }
}

impl<const N: usize> fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.len..];
        let len = room.len().min(text.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        if len < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn a_moment_of_the_real_client() {
        assert_eq!(
            format!("{}", DateTime::new(1_795_316_748, 442_475)),
            "2026-11-22 03:05:48.442475"
        );
        assert_eq!(
            format!("{}", DateTime::new(951_782_400, 0)),
            "2000-02-29 00:00:00.000000"
        );
        assert_eq!(format!("{}", DateTime::new(-1, 0)), "1969-12-31 23:59:59.000000");
    }

    #[test]
    fn levels_add_up() {
        assert_eq!(levels::parse(b"info,errors"), levels::INFO | levels::ERRORS);
        assert_eq!(levels::parse(b"none"), 0);
        assert_eq!(levels::parse(b"all"), levels::ALL);
        assert_eq!(levels::parse(b"hermes"), 0);
    }

    #[test]
    fn errors_have_names() {
        assert_eq!(format!("{}", ErrorName(2)), "ENOENT (No such file or directory)");
        assert_eq!(format!("{}", ErrorName(4000)), "errno 4000");
    }

    #[test]
    fn open_flags_have_names() {
        assert_eq!(
            format!("{}", OpenFlags(0o2_200_000)),
            "O_RDONLY|O_DIRECTORY|O_CLOEXEC"
        );
        assert_eq!(format!("{}", OpenFlags(0o1102)), "O_RDWR|O_CREAT|O_TRUNC");
        assert_eq!(format!("{}", OpenFlags(0o20_200_001)), "O_WRONLY|O_TMPFILE");
        assert_eq!(format!("{}", OpenFlags(0x8000_0000)), "O_RDONLY|0x80000000");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(format!("{}", Quoted(b"a\n\"b\xff")), r#""a\n\"b\xff""#);
    }
}
