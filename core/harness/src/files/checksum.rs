//! Three checksums in one pass: two that command-line tools print, and a fast one.

use md5::{Digest, Md5};
use sha2::Sha256;
use xxhash_rust::xxh3::Xxh3;

/// The checksums of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksums {
    /// MD5, in hexadecimal digits.
    pub md5: String,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// XXH3, 64 bits.
    pub xxh3: u64,
}

impl Checksums {
    /// Computes them.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }
}

#[derive(Default)]
pub(super) struct Hasher {
    md5: Md5,
    sha256: Sha256,
    xxh3: Xxh3,
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.xxh3.update(bytes);
    }

    pub(super) fn finish(self) -> Checksums {
        Checksums {
            md5: hexadecimal(&self.md5.finalize()),
            sha256: hexadecimal(&self.sha256.finalize()),
            xxh3: self.xxh3.digest(),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
