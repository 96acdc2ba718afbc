//! File content over the wire: whole with one daemon, chunk by chunk with several.

use crate::{
    client::config,
    desk::Fail,
    net::Region,
    placeholder::Header,
    wire::{Wire, keeper},
};
use gkfs_proto::{
    CHUNK_SIZE, MAX_IO,
    msg::{Grow, Read, ReadChunk, Reserve, StatNode, Write, WriteChunk, Written},
    route::chunk_owner,
};

/// Reads at `at` into the program's memory; short at the end of the file.
pub(crate) fn read(wire: &mut Wire, header: &Header, into: Region, at: u64) -> Result<usize, Fail> {
    if config().hosts.len() > 1 {
        return read_chunks(wire, header, into, at);
    }
    let mut done = 0;
    while done < into.len {
        let len = (into.len - done).min(MAX_IO);
        let message = Read {
            ino: header.ino,
            offset: at + done as u64,
            len: len as u32,
        };
        match wire.fetch(0, &message, part(into, done, len)) {
            Ok(count) => {
                done += count;
                if count < len {
                    break;
                }
            }
            Err(fail) if done == 0 => return Err(fail),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Writes at `at`, or at the end; returns how much was written and where it ended.
pub(crate) fn write(
    wire: &mut Wire,
    header: &Header,
    from: Region,
    at: Option<u64>,
) -> Result<(usize, u64), Fail> {
    if config().hosts.len() > 1 {
        return write_chunks(wire, header, from, at);
    }
    let (mut done, mut next) = (0, at.unwrap_or(0));
    while done < from.len {
        let len = (from.len - done).min(MAX_IO);
        let message = Write {
            ino: header.ino,
            offset: next,
            append: at.is_none(),
        };
        match wire.send(0, &message, part(from, done, len)) {
            Ok(reply) => next = Written::decode(reply)?.offset + len as u64,
            Err(fail) if done == 0 => return Err(fail),
            Err(_) => break,
        }
        done += len;
    }
    Ok((done, next))
}

fn part(region: Region, start: usize, len: usize) -> Region {
    Region {
        start: region.start + start,
        len,
    }
}

/// The piece of a range that lies in one chunk.
struct Piece {
    chunk: u64,
    offset: u32,
    len: usize,
}

fn piece(at: u64, left: usize) -> Piece {
    let offset = at % CHUNK_SIZE;
    Piece {
        chunk: at / CHUNK_SIZE,
        offset: offset as u32,
        len: left.min((CHUNK_SIZE - offset) as usize),
    }
}

/// The daemon that a chunk is read from and written to.
fn serving(key: &[u8], chunk: u64) -> usize {
    config()
        .forward
        .unwrap_or_else(|| chunk_owner(key, chunk, config().hosts.len()))
}

fn read_chunks(wire: &mut Wire, header: &Header, into: Region, at: u64) -> Result<usize, Fail> {
    let size = wire
        .node(keeper(header.ino), &StatNode { ino: header.ino })?
        .attr
        .size;
    let wanted = into.len.min(size.saturating_sub(at) as usize);
    let mut done = 0;
    while done < wanted {
        let piece = piece(at + done as u64, wanted - done);
        let key = header.key.as_bytes();
        let message = ReadChunk {
            key,
            chunk: piece.chunk,
            offset: piece.offset,
            len: piece.len as u32,
        };
        let place = part(into, done, piece.len);
        let daemon = serving(key, piece.chunk);
        let got = match wire.fetch(daemon, &message, place) {
            Ok(got) => got.min(place.len),
            Err(fail) if done == 0 => return Err(fail),
            Err(_) => break,
        };
        // What a chunk does not hold within the file is a hole.
        // SAFETY: the program's buffer, of which the kernel filled the first part just now.
        unsafe { core::ptr::write_bytes((place.start + got) as *mut u8, 0, place.len - got) };
        done += piece.len;
    }
    Ok(done)
}

fn write_chunks(
    wire: &mut Wire,
    header: &Header,
    from: Region,
    at: Option<u64>,
) -> Result<(usize, u64), Fail> {
    let home = keeper(header.ino);
    let start = match at {
        Some(at) => at,
        None => {
            let reserve = Reserve {
                ino: header.ino,
                len: from.len as u64,
            };
            Written::decode(wire.ask(home, &reserve)?)?.offset
        }
    };
    let mut done = 0;
    while done < from.len {
        let piece = piece(start + done as u64, from.len - done);
        let key = header.key.as_bytes();
        let message = WriteChunk {
            key,
            chunk: piece.chunk,
            offset: piece.offset,
        };
        let daemon = serving(key, piece.chunk);
        match wire.send(daemon, &message, part(from, done, piece.len)) {
            Ok(_) => done += piece.len,
            Err(fail) if done == 0 => return Err(fail),
            Err(_) => break,
        }
    }
    let end = start + done as u64;
    if done > 0 {
        wire.ask(home, &Grow { ino: header.ino, end })?;
    }
    Ok((done, end))
}
