//! The outputs of usual commands, as values.
//!
//! A type of your own that implements [`Parse`] reads the output of any other command.

mod coreutils;
mod listing;
mod stat;

pub use coreutils::{Checksum, Checksums, Counts, DiskFree, DiskUsage};
pub use listing::{Entry, Listing};
pub use stat::Stat;

use crate::error::{Error, Result};

/// Reads a command's standard output.
///
/// ```
/// use gkfs_harness::shell::Parse;
///
/// /// The output of `nproc`.
/// struct Processors(usize);
///
/// impl Parse for Processors {
///     const COMMANDS: &'static [&'static str] = &["nproc"];
///
///     fn parse(stdout: &str) -> Result<Self, &'static str> {
///         stdout.trim().parse().map(Self).map_err(|_| "a number is expected")
///     }
/// }
/// ```
pub trait Parse: Sized {
    /// The commands whose output this reads.
    const COMMANDS: &'static [&'static str];

    /// Reads it.
    ///
    /// # Errors
    /// What is not as expected, in a few words.
    fn parse(stdout: &str) -> Result<Self, &'static str>;
}

/// So much of an unreadable output is shown.
const SHOWN: usize = 200;

pub(super) fn parse<T: Parse>(program: &str, stdout: &str) -> Result<T> {
    let command = program.rsplit('/').next().unwrap_or(program);
    if !T::COMMANDS.contains(&command) {
        let known = T::COMMANDS.join(", ");
        return Err(Error::NoParser(format!(
            "{command} as this type, which reads {known}"
        )));
    }
    T::parse(stdout).map_err(|problem| Error::Output {
        command: command.into(),
        problem,
        text: stdout.chars().take(SHOWN).collect(),
    })
}

/// The next of `words` as a number.
fn number<'a, T: std::str::FromStr>(words: &mut impl Iterator<Item = &'a str>) -> Result<T, &'static str> {
    words
        .next()
        .and_then(|word| word.parse().ok())
        .ok_or("a number is expected")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_parser_and_the_wrong_output_are_named() {
        let wrong = parse::<Stat>("/usr/bin/md5sum", "").unwrap_err().to_string();
        assert!(
            wrong.starts_with("no parser for md5sum as this type, which reads stat:"),
            "{wrong}"
        );
        let broken = parse::<Stat>("stat", "  File: x\n").unwrap_err().to_string();
        assert!(
            broken.contains("cannot read the output of stat") && broken.contains("File: x"),
            "{broken}"
        );
    }
}
