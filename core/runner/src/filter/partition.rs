//! A share of the tests, for one of several machines.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use thiserror::Error;

/// Part K of N, from 1: every selected test is in exactly one of the N.
///
/// The tests are dealt out like cards, in the order of discovery, so that the neighbours of a slow test do not all end
/// up with it.
///
/// ```
/// use gkfs_runner::filter::Partition;
///
/// let second: Partition = "2/3".parse()?;
/// let mut tests = vec!["a", "b", "c", "d", "e"];
/// second.keep_share(&mut tests, 0);
/// assert_eq!(tests, ["b", "e"]);
/// assert!("4/3".parse::<Partition>().is_err());
/// # Ok::<(), gkfs_runner::filter::PartitionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    part: NonZeroUsize,
    of: NonZeroUsize,
}

/// Text that is no partition.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is no partition: K/N is wanted, with 1 <= K <= N, such as 1/4")]
pub struct PartitionError {
    text: String,
}

impl Partition {
    /// Keeps this part of `all`, of which the first is dealt out as number `from`.
    pub fn keep_share<T>(self, all: &mut Vec<T>, from: usize) {
        let mut number = from;
        all.retain(|_| {
            let ours = number % self.of == self.part.get() - 1;
            number += 1;
            ours
        });
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, PartitionError> {
        let parts = text.split_once('/');
        let parsed = parts.and_then(|(part, of)| {
            Some(Self {
                part: part.trim().parse().ok()?,
                of: of.trim().parse().ok()?,
            })
        });
        parsed
            .filter(|partition| partition.part <= partition.of)
            .ok_or_else(|| PartitionError { text: text.into() })
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_test_is_in_exactly_one_part(count in 0_usize..200, from in 0_usize..5, of in 1_usize..9) {
            let mut seen: Vec<usize> = (1..=of)
                .flat_map(|part| {
                    let partition: Partition = format!("{part}/{of}").parse().unwrap();
                    let mut share: Vec<usize> = (0..count).collect();
                    partition.keep_share(&mut share, from);
                    share
                })
                .collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_is_no_partition_is_refused_by_name() {
        for text in ["", "1", "0/3", "3/0", "4/3", "a/b", "1/2/3", "-1/2"] {
            let error = text.parse::<Partition>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}`")), "{error}");
        }
        assert_eq!("2/3".parse::<Partition>().unwrap().to_string(), "2/3");
    }
}
