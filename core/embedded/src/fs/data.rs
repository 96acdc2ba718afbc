//! File content: read, write, truncate, allocate.

use std::sync::{MutexGuard, PoisonError};

use gkfs_proto::{CHUNK_SIZE, MAX_IO, msg, node::Ino};
use rustix::{fs::FallocateFlags, io::Errno};

use super::{
    Fs,
    caller::{Caller, WRITE},
    fail::Fail,
    now, reply,
};
use crate::{
    chunks::{self, Piece},
    store::inode::{DIR, FILE, Inode},
};

/// Like a kernel's `relatime`: a read after a change counts, and one a day.
const ATIME_AGE: i64 = 24 * 3600 * 1_000_000_000;

/// Longest file, as in the kernel.
const MAX_SIZE: u64 = i64::MAX as u64;

impl Fs {
    pub(super) fn read(&self, m: msg::Read, out: &mut Vec<u8>) -> Result<(), Fail> {
        if !self.cluster.is_alone() {
            // Then clients read chunks from their owners.
            return Err(Errno::OPNOTSUPP.into());
        }
        let inode = self.load_here(m.ino)?;
        check_file(&inode)?;
        let left = inode.attr.size.saturating_sub(m.offset);
        let len = left.min(u64::from(m.len)).min(MAX_IO as u64) as usize;
        let start = out.len();
        out.resize(start + len, 0);
        let mut rest = &mut out[start..];
        for piece in chunks::pieces(m.offset, len) {
            let (part, behind) = rest.split_at_mut(piece.len);
            self.read_piece(&inode.key, piece, part)?;
            rest = behind;
        }
        #[cfg(feature = "faults")]
        self.faults.read(out, left < u64::from(m.len));
        self.note_read(&inode)
    }

    fn read_piece(&self, key: &[u8], piece: Piece, into: &mut [u8]) -> Result<usize, Fail> {
        #[cfg(feature = "faults")]
        if self.faults.loses_chunk(piece.chunk) {
            return Ok(0);
        }
        Ok(self.chunks.read(key, piece.chunk, piece.offset, into)?)
    }

    fn note_read(&self, inode: &Inode) -> Result<(), Fail> {
        let (attr, now) = (&inode.attr, now());
        if attr.atime > attr.mtime && attr.atime > attr.ctime && now - attr.atime < ATIME_AGE {
            return Ok(());
        }
        self.update_here(attr.ino, |inode| {
            inode.attr.atime = now;
            Ok(())
        })?;
        Ok(())
    }

    pub(super) fn read_chunk(&self, m: msg::ReadChunk<'_>, out: &mut Vec<u8>) -> Result<(), Fail> {
        check_chunk(m.offset, m.len as usize)?;
        let start = out.len();
        out.resize(start + m.len as usize, 0);
        let piece = Piece {
            chunk: m.chunk,
            offset: u64::from(m.offset),
            len: m.len as usize,
        };
        let got = self.read_piece(m.key, piece, &mut out[start..])?;
        out.truncate(start + got);
        Ok(())
    }

    pub(super) fn write_chunk(&self, m: msg::WriteChunk<'_>, data: &[u8]) -> Result<(), Fail> {
        check_chunk(m.offset, data.len())?;
        if m.chunk > MAX_SIZE / CHUNK_SIZE {
            return Err(Errno::FBIG.into());
        }
        if data.is_empty() {
            return Ok(());
        }
        Ok(self.chunks.write(m.key, m.chunk, u64::from(m.offset), data)?)
    }

    /// Writes are made before the size tells of them, so that no reader sees zeros that nobody wrote.
    pub(super) fn write(
        &self,
        caller: &Caller,
        m: msg::Write,
        data: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        if !self.cluster.is_alone() {
            return Err(Errno::OPNOTSUPP.into());
        }
        let _last = m.append.then(|| self.end_of(m.ino));
        let inode = self.load_here(m.ino)?;
        check_file(&inode)?;
        let offset = if m.append { inode.attr.size } else { m.offset };
        let end = end(offset, data.len() as u64)?;
        #[cfg(feature = "faults")]
        let offset = self.faults.write_offset(offset);
        #[cfg(feature = "faults")]
        let data = self.faults.written(data);
        let mut rest = data;
        for piece in chunks::pieces(offset, data.len()) {
            let (part, behind) = rest.split_at(piece.len);
            self.chunks.write(&inode.key, piece.chunk, piece.offset, part)?;
            rest = behind;
        }
        if data.is_empty() {
            let size = inode.attr.size;
            return reply::put(out, &msg::Written { offset, size });
        }
        #[cfg(feature = "faults")]
        let end = self.faults.written_end(end, m.append);
        let size = self.grow_here(caller, m.ino, end)?;
        reply::put(out, &msg::Written { offset, size })
    }

    /// Keeps others from writing at the end of a file.
    fn end_of(&self, ino: Ino) -> MutexGuard<'_, ()> {
        let lock = &self.appends[ino as usize % self.appends.len()];
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grow_here(&self, caller: &Caller, ino: Ino, end: u64) -> Result<u64, Fail> {
        let (inode, ()) = self.update_here(ino, |inode| {
            check_file(inode)?;
            inode.attr.size = inode.attr.size.max(end);
            self.mark_changed(caller, inode);
            Ok(())
        })?;
        Ok(inode.attr.size)
    }

    fn mark_changed(&self, caller: &Caller, inode: &mut Inode) {
        #[cfg(feature = "faults")]
        if self.faults.keeps_mtime() {
            return;
        }
        inode.attr.mtime = now();
        inode.attr.ctime = inode.attr.mtime;
        if !caller.is_root() {
            // Who changes a file does not get to run it with its owner's rights.
            let group_runs = inode.attr.mode & 0o010 != 0;
            inode.attr.mode &= if group_runs { !0o6000 } else { !0o4000 };
        }
    }

    pub(super) async fn grow(&self, caller: &Caller, m: msg::Grow, out: &mut Vec<u8>) -> Result<(), Fail> {
        if self.elsewhere(caller, m.ino, &m, out).await? {
            return Ok(());
        }
        let size = self.grow_here(caller, m.ino, end(0, m.end)?)?;
        reply::put(out, &msg::Written { offset: m.end, size })
    }

    pub(super) async fn reserve(
        &self,
        caller: &Caller,
        m: msg::Reserve,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        if self.elsewhere(caller, m.ino, &m, out).await? {
            return Ok(());
        }
        let _last = self.end_of(m.ino);
        let (inode, offset) = self.update_here(m.ino, |inode| {
            check_file(inode)?;
            let offset = inode.attr.size;
            inode.attr.size = end(offset, m.len)?;
            self.mark_changed(caller, inode);
            Ok(offset)
        })?;
        let size = inode.attr.size;
        reply::put(out, &msg::Written { offset, size })
    }

    pub(super) async fn truncate(
        &self,
        caller: &Caller,
        m: msg::Truncate<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        if m.ino != 0 {
            return self.truncate_node(caller, m.ino, m.size, out).await;
        }
        let ino = self.find(caller, m.path, true).await?;
        if !caller.is_root() && !caller.may(&self.load(ino).await?.attr, WRITE) {
            return Err(Errno::ACCESS.into());
        }
        self.truncate_node(caller, ino, m.size, out).await
    }

    /// Changes a file's size, whose permission was checked when it was opened or looked up.
    ///
    /// When it shrinks, content goes after the size, so that whoever reads meanwhile sees a shorter file rather
    /// than zeros; what lies behind the end is gone before the request is answered, so that growing the
    /// file again shows zeros.
    pub(super) async fn truncate_node(
        &self,
        caller: &Caller,
        ino: Ino,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        let m = msg::Truncate { ino, path: b"", size };
        if self.elsewhere(caller, ino, &m, out).await? {
            return Ok(());
        }
        end(0, size)?;
        let (inode, old) = self.update_here(ino, |inode| {
            check_file(inode)?;
            let old = std::mem::replace(&mut inode.attr.size, size);
            self.mark_changed(caller, inode);
            Ok(old)
        })?;
        #[cfg(feature = "faults")]
        let old = if self.faults.truncate_keeps_tail() {
            size
        } else {
            old
        };
        if size < old {
            self.cut_everywhere(&inode.key, size).await?;
        }
        reply::put_node(out, &inode)
    }

    pub(super) async fn allocate(
        &self,
        caller: &Caller,
        m: msg::Allocate,
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        if self.elsewhere(caller, m.ino, &m, out).await? {
            return Ok(());
        }
        let mode = FallocateFlags::from_bits_retain(m.mode);
        let known = FallocateFlags::KEEP_SIZE | FallocateFlags::PUNCH_HOLE | FallocateFlags::ZERO_RANGE;
        if !known.contains(mode) {
            return Err(Errno::OPNOTSUPP.into());
        }
        let (keep, punch) = (
            mode.contains(FallocateFlags::KEEP_SIZE),
            mode.contains(FallocateFlags::PUNCH_HOLE),
        );
        if m.len == 0 || (punch && !keep) {
            return Err(if m.len == 0 {
                Errno::INVAL
            } else {
                Errno::OPNOTSUPP
            }
            .into());
        }
        let end = end(m.offset, m.len)?;
        let (inode, ()) = self.update_here(m.ino, |inode| {
            check_file(inode)?;
            if !keep {
                inode.attr.size = inode.attr.size.max(end);
            }
            self.mark_changed(caller, inode);
            Ok(())
        })?;
        if punch || mode.contains(FallocateFlags::ZERO_RANGE) {
            let len = end.min(inode.attr.size).saturating_sub(m.offset);
            self.punch_everywhere(&inode.key, m.offset, len).await?;
        }
        Ok(())
    }

    /// Makes a range of the chunks of this daemon read as zeros.
    pub(super) fn punch_here(&self, key: &[u8], offset: u64, len: u64) -> Result<(), Fail> {
        let end = end(offset, len)?;
        for chunk in self.chunks.numbers(key)? {
            let from = offset.max(chunk.saturating_mul(CHUNK_SIZE));
            let to = end.min(chunk.saturating_add(1).saturating_mul(CHUNK_SIZE));
            if from < to {
                let piece = Piece {
                    chunk,
                    offset: from % CHUNK_SIZE,
                    len: (to - from) as usize,
                };
                self.chunks.punch(key, piece)?;
            }
        }
        Ok(())
    }
}

fn check_file(inode: &Inode) -> Result<(), Fail> {
    match inode.kind() {
        FILE => Ok(()),
        DIR => Err(Errno::ISDIR.into()),
        _ => Err(Errno::INVAL.into()),
    }
}

/// Where `len` bytes from `offset` end; `EFBIG` where no file reaches.
fn end(offset: u64, len: u64) -> Result<u64, Fail> {
    let end = offset.checked_add(len).filter(|end| *end <= MAX_SIZE);
    Ok(end.ok_or(Errno::FBIG)?)
}

fn check_chunk(offset: u32, len: usize) -> Result<(), Fail> {
    if u64::from(offset) + len as u64 > CHUNK_SIZE {
        return Err(Errno::INVAL.into());
    }
    Ok(())
}
