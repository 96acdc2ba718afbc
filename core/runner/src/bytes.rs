//! Byte strings as the record writes them.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Longest byte string that is recorded whole, in bytes; of a longer one its head, length and hash are kept.
pub const WHOLE: usize = 4096;

/// Bytes that need not be UTF-8 (an argument, a path, a command line) in the record's notation: a JSON string if
/// they are UTF-8, else `{"b64": …}`; over [`WHOLE`] bytes `{"head": …, "len": …, "xxh3": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ByteString {
    /// Valid UTF-8, whole.
    Text(String),
    /// Other bytes, whole, in standard base64.
    Base64 {
        /// The encoded bytes.
        b64: String,
    },
    /// The beginning of something longer than [`WHOLE`] bytes.
    Cut {
        /// The first bytes, decoded lossily.
        head: String,
        /// Length of the original, in bytes.
        len: u64,
        /// XXH3 (64 bit) of the original, in hexadecimal.
        xxh3: String,
    },
}

impl ByteString {
    /// Takes bytes into the record's notation.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() > WHOLE {
            return Self::Cut {
                head: String::from_utf8_lossy(&bytes[..WHOLE]).into_owned(),
                len: bytes.len() as u64,
                xxh3: format!("{:016x}", xxh3_64(bytes)),
            };
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64 {
                b64: BASE64.encode(bytes),
            },
        }
    }

    /// The bytes again: exact unless they were cut or the base64 is damaged, then what is known of them.
    #[must_use]
    pub fn to_bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Text(text) | Self::Cut { head: text, .. } => Cow::Borrowed(text.as_bytes()),
            Self::Base64 { b64 } => BASE64
                .decode(b64)
                .map_or(Cow::Borrowed(b64.as_bytes()), Cow::Owned),
        }
    }

    /// The bytes as a path.
    #[must_use]
    pub fn to_path(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.to_bytes().into_owned()))
    }
}

impl From<&OsStr> for ByteString {
    fn from(text: &OsStr) -> Self {
        Self::new(text.as_bytes())
    }
}

impl From<&Path> for ByteString {
    fn from(path: &Path) -> Self {
        Self::from(path.as_os_str())
    }
}

impl From<&str> for ByteString {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

/// Decodes lossily; something cut ends in `…`.
impl fmt::Display for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))?;
        if matches!(self, Self::Cut { .. }) {
            f.write_str("…")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_fits_comes_back_exactly(bytes in prop::collection::vec(any::<u8>(), 0..WHOLE)) {
            let json = serde_json::to_string(&ByteString::new(&bytes)).unwrap();
            let back: ByteString = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back.to_bytes().into_owned(), bytes);
        }
    }

    #[test]
    fn a_long_one_keeps_head_length_and_hash() {
        let long = ByteString::new(&vec![b'x'; WHOLE + 1]);
        let ByteString::Cut { head, len, xxh3 } = &long else {
            panic!("{long:?} is not cut")
        };
        assert_eq!((head.len(), *len, xxh3.len()), (WHOLE, WHOLE as u64 + 1, 16));
    }
}
