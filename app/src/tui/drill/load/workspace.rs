//! Directories and files of a workspace. Nothing here follows a link.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::tui::drill::effect::{Item, Preview};
use crate::tui::drill::sources::index;

/// How much of a file is previewed, in bytes.
const SHOWN: usize = 64 * 1024;

/// Lists a directory: directories first, then by name, numbers by their value.
pub(super) fn list(dir: &Path) -> io::Result<Vec<Item>> {
    let mut items: Vec<Item> = fs::read_dir(dir)?
        .flatten()
        // An entry that vanishes meanwhile is none.
        .filter_map(|entry| {
            let meta = entry.metadata().ok()?;
            let link = meta
                .is_symlink()
                .then(|| fs::read_link(entry.path()).ok())
                .flatten();
            Some(Item {
                name: entry.file_name(),
                is_dir: meta.is_dir(),
                link,
                mode: meta.mode(),
                size: meta.len(),
                modified: meta.mtime() * 1_000_000 + meta.mtime_nsec() / 1000,
            })
        })
        .collect();
    items.sort_by_cached_key(|item| {
        let number = item.name.to_str().and_then(|name| name.parse::<u64>().ok());
        (!item.is_dir, number, item.name.clone())
    });
    Ok(items)
}

/// Reads the beginning of a plain file; anything else is left alone, for a pipe would wait for ever.
pub(super) fn preview(path: &Path) -> io::Result<Preview> {
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let file = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    Ok(Preview {
        bytes: index::read(&file, 0, SHOWN)?,
        size: meta.len(),
    })
}
