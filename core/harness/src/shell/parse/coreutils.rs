//! Checksums, `wc`, `df` and `du`.

use std::ops::Deref;

use super::{Parse, number};

/// One line of `md5sum` and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// In hexadecimal digits.
    pub digest: String,
    /// The file's name.
    pub name: String,
}

/// The output of `md5sum`, `sha1sum`, `sha256sum` and so on: a list of [`Checksum`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksums(Vec<Checksum>);

impl Deref for Checksums {
    type Target = [Checksum];

    fn deref(&self) -> &[Checksum] {
        &self.0
    }
}

impl Parse for Checksums {
    const COMMANDS: &'static [&'static str] = &[
        "md5sum",
        "sha1sum",
        "sha224sum",
        "sha256sum",
        "sha384sum",
        "sha512sum",
        "b2sum",
    ];

    fn parse(stdout: &str) -> Result<Self, &'static str> {
        stdout.lines().map(checksum).collect::<Result<_, _>>().map(Self)
    }
}

fn checksum(line: &str) -> Result<Checksum, &'static str> {
    // A backslash announces a name with escaped characters.
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |line| (true, line));
    let (digest, name) = line.split_once(' ').ok_or("a digest and a name are expected")?;
    if digest.is_empty() || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a digest is expected");
    }
    // The second character is a blank, or an asterisk for binary mode.
    let name = name.get(1..).ok_or("a name is expected")?;
    let name = if escaped {
        name.replace("\\n", "\n").replace("\\\\", "\\")
    } else {
        name.to_owned()
    };
    Ok(Checksum {
        digest: digest.into(),
        name,
    })
}

/// The last line of `wc`, which is the only one or the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Newlines.
    pub lines: u64,
    /// Words.
    pub words: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Parse for Counts {
    const COMMANDS: &'static [&'static str] = &["wc"];

    fn parse(stdout: &str) -> Result<Self, &'static str> {
        let line = stdout.lines().next_back().ok_or("a line is expected")?;
        let mut words = line.split_ascii_whitespace();
        Ok(Self {
            lines: number(&mut words)?,
            words: number(&mut words)?,
            bytes: number(&mut words)?,
        })
    }
}

/// The first file system of `df`, in the units that it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskFree {
    /// What is mounted.
    pub filesystem: String,
    /// Its size.
    pub total: u64,
    /// What is used.
    pub used: u64,
    /// What is free for ordinary users.
    pub available: u64,
    /// Where it is mounted.
    pub mounted_on: String,
}

impl Parse for DiskFree {
    const COMMANDS: &'static [&'static str] = &["df"];

    fn parse(stdout: &str) -> Result<Self, &'static str> {
        // A long name stands on a line of its own, unless -P was given: then words simply go on.
        let body = stdout
            .split_once('\n')
            .ok_or("a heading and a line are expected")?
            .1;
        let mut words = body.split_ascii_whitespace();
        let filesystem = words.next().ok_or("a file system is expected")?.to_owned();
        let (total, used, available) = (number(&mut words)?, number(&mut words)?, number(&mut words)?);
        let mounted_on = words.nth(1).ok_or("a mount point is expected")?.to_owned();
        Ok(Self {
            filesystem,
            total,
            used,
            available,
            mounted_on,
        })
    }
}

/// The lines of `du`: sizes in the units that it was asked for, and paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskUsage(Vec<(u64, String)>);

impl Deref for DiskUsage {
    type Target = [(u64, String)];

    fn deref(&self) -> &[(u64, String)] {
        &self.0
    }
}

impl Parse for DiskUsage {
    const COMMANDS: &'static [&'static str] = &["du"];

    fn parse(stdout: &str) -> Result<Self, &'static str> {
        let line = |line: &str| {
            let (size, path) = line.split_once('\t').ok_or("a size and a path are expected")?;
            Ok((
                size.parse().map_err(|_| "a size is expected: was it `du -h`?")?,
                path.to_owned(),
            ))
        };
        stdout.lines().map(line).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_have_names_with_blanks_and_escapes() {
        let text =
            "d41d8cd98f00b204e9800998ecf8427e  /mnt/a file\n\\d41d8cd98f00b204e9800998ecf8427e *a\\nb\n";
        let sums = Checksums::parse(text).unwrap();
        assert_eq!(
            (sums[0].name.as_str(), sums[1].name.as_str()),
            ("/mnt/a file", "a\nb")
        );
        assert!(Checksums::parse("md5sum: no such file").is_err());
    }

    #[test]
    fn counts_are_those_of_the_last_line() {
        let text = "  1  2  3 a\n  4  5  6 b\n  5  7  9 total\n";
        assert_eq!(
            Counts::parse(text),
            Ok(Counts {
                lines: 5,
                words: 7,
                bytes: 9
            })
        );
        assert!(Counts::parse("7 a\n").is_err());
    }

    #[test]
    fn df_and_du_are_read() {
        let text = "Filesystem 1K-blocks Used Available Use% Mounted on\n\
                    a-very-long-name-of-a-device\n 100 60 40 60% /mnt\n";
        let free = DiskFree::parse(text).unwrap();
        assert_eq!(
            (free.total, free.used, free.available, free.mounted_on.as_str()),
            (100, 60, 40, "/mnt")
        );
        assert_eq!(
            &*DiskUsage::parse("8\t/mnt/a\n12\t/mnt\n").unwrap(),
            [(8, "/mnt/a".into()), (12, "/mnt".into())]
        );
        assert!(DiskUsage::parse("8K\t/mnt\n").is_err());
    }
}
