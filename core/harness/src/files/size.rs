//! Sizes with the units of upstream's file factory, which are those of `dd`.

use std::str::FromStr;

use crate::error::{Error, Result};

/// A number of bytes.
///
/// As text: a number and a unit, `c` (1), `w` (2), `b` (512), `kB` (1000), `K` (1024), `MB` (1000²), `M` (1024²),
/// `GB` (1000³), `G` (1024³), or none for bytes.
///
/// ```
/// use gkfs_harness::files::Size;
///
/// assert_eq!("3kB".parse::<Size>()?.bytes(), 3000);
/// assert_eq!("2b".parse::<Size>()?.bytes(), 1024);
/// # Ok::<(), gkfs_harness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

impl Size {
    /// The number.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl From<u64> for Size {
    fn from(bytes: u64) -> Self {
        Self(bytes)
    }
}

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit: u64 = match unit {
            "" | "c" => 1,
            "w" => 2,
            "b" => 512,
            "kB" => 1000,
            "K" => 1 << 10,
            "MB" => 1_000_000,
            "M" => 1 << 20,
            "GB" => 1_000_000_000,
            "G" => 1 << 30,
            _ => return Err(Error::Size(text.into())),
        };
        let bytes = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(unit));
        bytes.map(Self).ok_or_else(|| Error::Size(text.into()))
    }
}

/// What can be a size: a number of bytes, a text, a [`Size`].
pub trait IntoSize {
    /// Converts.
    ///
    /// # Errors
    /// A text is no size.
    fn into_size(self) -> Result<Size>;
}

impl IntoSize for Size {
    fn into_size(self) -> Result<Size> {
        Ok(self)
    }
}

impl IntoSize for u64 {
    fn into_size(self) -> Result<Size> {
        Ok(Size(self))
    }
}

impl IntoSize for &str {
    fn into_size(self) -> Result<Size> {
        self.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_upstreams() {
        for (text, bytes) in [
            ("0", 0),
            ("7", 7),
            ("7c", 7),
            ("7w", 14),
            ("2b", 1024),
            ("1kB", 1000),
            ("1K", 1024),
            ("1MB", 1_000_000),
            ("1M", 1_048_576),
            ("2GB", 2_000_000_000),
            ("1G", 1_073_741_824),
        ] {
            assert_eq!(text.parse::<Size>().unwrap().bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "K", "1k", "1 K", "-1", "1.5M", "99999999999G"] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(error.contains("c w b kB K MB M GB G"), "{error}");
        }
    }
}
