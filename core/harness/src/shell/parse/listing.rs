//! `ls -l`.

use super::{Parse, number};

/// The output of `ls -l`, and of it with `-a`, `-A`, `-n` or `--time-style`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The entries in their order; the line `total` is left out.
    pub entries: Vec<Entry>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Type and permissions, as `-rw-r--r--`.
    pub mode: String,
    /// Number of hard links.
    pub links: u64,
    /// Its owner's name or number.
    pub owner: String,
    /// Its group's name or number.
    pub group: String,
    /// Size in bytes.
    pub size: u64,
    /// Its name.
    pub name: String,
    /// Where a symbolic link leads.
    pub target: Option<String>,
}

impl Listing {
    /// The names in their order.
    pub fn names(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    /// The entry called `name`.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

impl Parse for Listing {
    const COMMANDS: &'static [&'static str] = &["ls"];

    fn parse(stdout: &str) -> Result<Self, &'static str> {
        let lines = stdout
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("total "));
        Ok(Self {
            entries: lines.map(entry).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads `-rw-r--r-- 1 root root 7 Nov 22 03:05 name`: the name begins after the eighth field.
fn entry(line: &str) -> Result<Entry, &'static str> {
    let mut rest = line;
    let mut word = || {
        rest = rest.trim_start_matches(' ');
        let end = rest.find(' ').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        word
    };
    let mode = word().to_owned();
    if mode.len() < 10 {
        return Err("permissions are expected: was it `ls -l`?");
    }
    let links = number(&mut std::iter::once(word()))?;
    let (owner, group) = (word().to_owned(), word().to_owned());
    let size = number(&mut std::iter::once(word()))?;
    // `Nov 22 03:05`, `2026-11-22 03:05` of the ISO style, or `2026-11-22 03:05:47.25 +0000` of the full one.
    let first = word();
    let dates = if first.starts_with(|c: char| c.is_ascii_digit()) {
        1
    } else {
        2
    };
    let last = (0..dates).map(|_| word()).last().unwrap_or_default();
    if last.matches(':').count() == 2 {
        word();
    }
    let name = rest.strip_prefix(' ').ok_or("a name is expected")?;
    let (name, target) = match name.split_once(" -> ") {
        Some((name, target)) if mode.starts_with('l') => (name, Some(target.to_owned())),
        _ => (name, None),
    };
    Ok(Entry {
        mode,
        links,
        owner,
        group,
        size,
        name: name.into(),
        target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_date_style_are_read() {
        let text = "total 8\n\
            -rw-r--r--  1 root root   7 Nov 22 03:05 plain\n\
            drwxr-xr-x+ 2 root users 64 Nov 22  2025 a directory\n\
            lrwxrwxrwx  1 0 0 3 2026-11-22 03:05 link -> /mnt/f\n\
            -rw-r--r--  1 0 0 3 2026-11-22 03:05:47.251384000 +0000 full\n";
        let listing = Listing::parse(text).unwrap();
        assert_eq!(listing.names(), ["plain", "a directory", "link", "full"]);
        assert_eq!(listing.get("plain").unwrap().size, 7);
        assert_eq!(listing.get("link").unwrap().target.as_deref(), Some("/mnt/f"));
        assert_eq!(listing.entries[1].group, "users");
    }

    #[test]
    fn a_short_listing_is_refused() {
        assert!(Listing::parse("a  b\n").unwrap_err().contains("ls -l"));
        assert_eq!(Listing::parse("total 0\n").unwrap().entries, []);
    }
}
