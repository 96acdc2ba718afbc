//! The one function that the real client library exports: a directory's entries on one daemon, which GekkoFS'
//! own parallel `find` calls.

use crate::{
    client::CLIENT,
    desk::{Desk, Fail},
    paths,
    signal::Blocked,
    sys::*,
    wire::{keeper, owner},
};
use core::ffi::{c_char, c_int, c_uint};
use gkfs_proto::{
    msg::{Entry, Listing, Readdir, Stat},
    node::Attr,
};
use linux_raw_sys::errno::{EFAULT, EINVAL};

/// Fixed part of `struct dirent_extended`: size, ctime, record length, type; the name follows.
const HEAD: usize = 19;

/// Packs the entries of `path`, which is relative to the mount, that daemon `server` owns into `entries`, and
/// returns how many bytes they took; -1 where there are none or on any error. `errno` is left alone: the library
/// knows nothing of the program's C library.
///
/// # Safety
/// `path` is a C string and `entries` a buffer of `count` bytes.
#[unsafe(no_mangle)]
#[expect(unreachable_pub, reason = "exported by its symbol and not by a path")]
pub unsafe extern "C" fn gkfs_getsingleserverdir(
    path: *const c_char,
    entries: *mut u8,
    count: c_uint,
    server: c_int,
) -> c_int {
    let _blocked = Blocked::new();
    // SAFETY: the caller's buffer.
    let buffer = unsafe { core::slice::from_raw_parts_mut(entries, count as usize) };
    let mut used = Err(Fail::of(EINVAL));
    CLIENT
        .stacks
        .run(&mut |desk| used = list(desk, path.cast(), buffer, server as usize));
    match used {
        Ok(used) if used > 0 => used as c_int,
        _ => -1,
    }
}

fn list(desk: &mut Desk, path: *const u8, buffer: &mut [u8], server: usize) -> Result<usize, Fail> {
    let text = paths::text(path).ok_or(Fail::of(EFAULT))?;
    desk.path.normalise(b"/", text)?;
    let path = desk.path.as_bytes();
    let ino = desk
        .wire
        .node(owner(path), &Stat { path, follow: true })?
        .attr
        .ino;
    let (mut cookie, mut used) = (0, 0);
    loop {
        let Some((next, name)) = entry_after(desk, ino, cookie)? else {
            return Ok(used);
        };
        cookie = next;
        desk.spare.push(&name.0[..name.1])?;
        let child = desk.spare.as_bytes();
        if !matches!(&name.0[..name.1], b"." | b"..") && owner(child) == server {
            let attr = desk
                .wire
                .node(
                    owner(child),
                    &Stat {
                        path: child,
                        follow: false,
                    },
                )?
                .attr;
            let Some(place) = buffer.get_mut(used..used + (HEAD + name.1 + 1).next_multiple_of(8)) else {
                return Ok(used);
            };
            put(&attr, &name.0[..name.1], place);
            used += place.len();
        }
    }
}

/// The entry at a cookie, with where the one after it is; leaves the directory's path in `spare`.
#[expect(
    clippy::type_complexity,
    reason = "a name of fixed room, which outlives the reply it came in"
)]
fn entry_after(desk: &mut Desk, ino: u64, cookie: u64) -> Result<Option<(u64, ([u8; 255], usize))>, Fail> {
    desk.spare.set(desk.path.as_bytes())?;
    if desk.path.as_bytes() != b"/" {
        desk.spare.push(b"/")?;
    }
    let ask = Readdir {
        ino,
        cookie,
        max: 512,
    };
    let (listing, entries) = Listing::decode_with_data(desk.wire.ask(keeper(ino), &ask)?)?;
    if listing.count == 0 {
        return Ok(None);
    }
    let (entry, _) = Entry::decode_with_data(entries)?;
    let mut name = [0; 255];
    name.get_mut(..entry.name.len())
        .ok_or(Fail::of(EINVAL))?
        .copy_from_slice(entry.name);
    Ok(Some((entry.cookie, (name, entry.name.len()))))
}

fn put(attr: &Attr, name: &[u8], to: &mut [u8]) {
    let directory = attr.mode & S_IFMT == S_IFDIR;
    let len = to.len();
    to.fill(0);
    to[0..8].copy_from_slice(&if directory { 0 } else { attr.size }.to_ne_bytes());
    to[8..16].copy_from_slice(&(attr.ctime / 1_000_000_000).to_ne_bytes());
    to[16..18].copy_from_slice(&(len as u16).to_ne_bytes());
    to[18] = u8::from(directory);
    to[HEAD..HEAD + name.len()].copy_from_slice(name);
}
