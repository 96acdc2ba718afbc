//! How much can be copied: what a terminal takes at once is far less than a log. What is longer is written to a file, of
//! which the user is told.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use super::drill::Extract;
use super::drill::size;

/// The most bytes that are copied. A terminal gets them as base64 in one sequence, and some take no more than 100,000
/// bytes of that, or drop it without a word.
pub(crate) const MOST: usize = 74_000;

/// Says that something is too long to be copied.
pub(crate) fn too_long(what: &str) -> String {
    let most = size(MOST as u64);
    format!("too much to copy: {what}, and terminals take {most}; print leaves it all on the normal screen")
}

/// Reads lines. Returns how many they are, and their text; those that are more than can be copied go to the file.
///
/// # Errors
/// There are more; where they are now, in words.
pub(crate) fn collect(lines: &Extract, file: Option<&Path>) -> Result<(usize, String), String> {
    let mut text = String::new();
    let mut all = lines.lines();
    while let Some(line) = all.next() {
        text.push_str(&line);
        text.push('\n');
        if text.len() > MOST {
            let rest = all.map(|line| line + "\n");
            return Err(save(file, std::iter::once(text).chain(rest)));
        }
    }
    Ok((lines.len(), text))
}

/// Writes what is too long to be copied, and says where it is.
pub(crate) fn save(file: Option<&Path>, parts: impl Iterator<Item = String>) -> String {
    let most = size(MOST as u64);
    let Some(file) = file else {
        return too_long("more than that");
    };
    match write(file, parts) {
        Ok(bytes) => format!(
            "{} are more than the {most} that terminals take: they are in {}",
            size(bytes),
            file.display()
        ),
        Err(error) => format!(
            "too much to copy, and it cannot be written to {}: {error}",
            file.display()
        ),
    }
}

/// Puts the new file in the place of the old at once. Returns how large it is.
fn write(file: &Path, parts: impl Iterator<Item = String>) -> io::Result<u64> {
    let dir = file.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(dir)?;
    let new = file.with_extension(format!("{}.new", std::process::id()));
    let mut out = BufWriter::new(File::create(&new)?);
    let mut bytes = 0;
    for part in parts {
        out.write_all(part.as_bytes())?;
        bytes += part.len() as u64;
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    fs::rename(&new, file)?;
    Ok(bytes)
}
