//! Mapped files. A mapping is a copy of the file's range; one that is shared and writable is written back when
//! the program asks for it, unmaps it, or ends.

use crate::{
    client::CLIENT,
    desk::{Answer, Desk, Fail},
    dispatch::run,
    frame::Call,
    io,
    net::Region,
    paths::open_file,
    placeholder::{self, Header},
    signal,
    sys::*,
    wire::keeper,
};
use core::{
    cell::UnsafeCell,
    sync::atomic::{
        AtomicBool, AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
};
use gkfs_proto::msg::StatNode;
use linux_raw_sys::errno::{EACCES, EBADF, EINVAL, ENODEV, ENOMEM};

const MOST: usize = 128;
const PAGE: usize = 4096;

/// A range of memory whose content belongs to a file.
#[derive(Clone, Copy)]
struct Mapping {
    start: usize,
    len: usize,
    file: Header,
    offset: u64,
    /// The process that writes it back; its children share the memory.
    pid: u32,
    /// Whether the program may have changed it.
    written: bool,
}

/// The shared mappings of this process.
pub(crate) struct Mappings {
    list: UnsafeCell<[Option<Mapping>; MOST]>,
    count: AtomicUsize,
    locked: AtomicBool,
}

// SAFETY: the list is touched only under the lock.
unsafe impl Sync for Mappings {}

/// Holds the list; signals are blocked meanwhile.
pub(crate) struct Guard<'m>(&'m Mappings);

impl Mappings {
    pub(crate) const fn new() -> Mappings {
        Mappings {
            list: UnsafeCell::new([None; MOST]),
            count: AtomicUsize::new(0),
            locked: AtomicBool::new(false),
        }
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        while self
            .locked
            .compare_exchange(false, true, Acquire, Relaxed)
            .is_err()
        {
            let _ = sys!(__NR_sched_yield);
        }
        Guard(self)
    }
}

impl Guard<'_> {
    fn list(&mut self) -> &mut [Option<Mapping>; MOST] {
        // SAFETY: this guard is the only one.
        unsafe { &mut *self.0.list.get() }
    }

    fn count(&mut self) {
        let count = self.list().iter().flatten().count();
        self.0.count.store(count, Relaxed);
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.locked.store(false, Release);
    }
}

/// `mmap(address, len, protection, flags, fd, offset)`.
pub(crate) fn mmap(call: &Call) -> isize {
    let flags = call.args[3] as u32;
    if flags & MAP_FIXED != 0 && concerned(call) {
        // What was mapped there goes, as with munmap.
        run(call, replace, None);
    }
    if flags & MAP_ANONYMOUS != 0 || !placeholder::is(call.int(4)) {
        return call.pass();
    }
    run(call, map, None)
}

fn map(call: &Call, desk: &mut Desk) -> Answer {
    let [_, len, protection, flags, _, offset] = call.args;
    let file = open_file(call.int(4))?;
    let shared = flags as u32 & MAP_TYPE != MAP_PRIVATE;
    permit(&file, shared && protection as u32 & PROT_WRITE != 0)?;
    if len == 0 || !offset.is_multiple_of(PAGE) {
        return Err(Fail::of(EINVAL));
    }
    let kind = if shared { MAP_SHARED } else { MAP_PRIVATE };
    let flags = flags as u32 & !MAP_TYPE | kind | MAP_ANONYMOUS;
    let start = sys!(
        __NR_mmap,
        call.args[0],
        len,
        PROT_READ | PROT_WRITE,
        flags,
        usize::MAX,
        0
    )?;
    let mapping = Mapping {
        start,
        len,
        file,
        offset: offset as u64,
        pid: CLIENT.pid.load(Relaxed),
        written: protection as u32 & PROT_WRITE != 0,
    };
    let filled = io::read(&mut desk.wire, &file, Region { start, len }, offset as u64)
        .and_then(|_| Ok(sys!(__NR_mprotect, start, len, protection)?))
        .and_then(|_| if shared { remember(mapping) } else { Ok(()) });
    if let Err(fail) = filled {
        let _ = sys!(__NR_munmap, start, len);
        return Err(fail);
    }
    Ok(start)
}

fn replace(call: &Call, desk: &mut Desk) -> Answer {
    let [start, len, ..] = call.args;
    let _ = flush(desk, start, len, Whose::Own);
    forget(start, len);
    Ok(0)
}

/// `mprotect(address, len, protection)`: a mapping of a file that was opened for reading stays as it is.
pub(crate) fn mprotect(call: &Call) -> isize {
    if call.args[2] as u32 & PROT_WRITE == 0 || !concerned(call) {
        return call.pass();
    }
    run(call, unprotect, None)
}

fn unprotect(call: &Call, _: &mut Desk) -> Answer {
    let [start, len, ..] = call.args;
    let mut guard = CLIENT.mappings.lock();
    let touched = || move |mapping: &&mut Mapping| mapping.part(start, len).is_some();
    if guard
        .list()
        .iter_mut()
        .flatten()
        .filter(touched())
        .any(|mapping| !mapping.file.writes())
    {
        return Err(Fail::of(EACCES));
    }
    for mapping in guard.list().iter_mut().flatten().filter(touched()) {
        mapping.written = true;
    }
    drop(guard);
    Ok(call.pass_checked()?)
}

fn permit(file: &Header, writes: bool) -> Result<(), Fail> {
    if file.is_path() {
        Err(Fail::of(EBADF))
    } else if file.is_directory() {
        Err(Fail::of(ENODEV))
    } else if !file.reads() || (writes && !file.writes()) {
        Err(Fail::of(EACCES))
    } else {
        Ok(())
    }
}

fn remember(mapping: Mapping) -> Result<(), Fail> {
    let mut guard = CLIENT.mappings.lock();
    let slot = guard
        .list()
        .iter_mut()
        .find(|slot| slot.is_none())
        .ok_or(Fail::of(ENOMEM))?;
    *slot = Some(mapping);
    guard.count();
    Ok(())
}

/// `munmap(address, len)`.
pub(crate) fn munmap(call: &Call) -> isize {
    if !concerned(call) {
        return call.pass();
    }
    run(call, unmap, None)
}

/// `msync(address, len, flags)`.
pub(crate) fn msync(call: &Call) -> isize {
    if !concerned(call) {
        return call.pass();
    }
    run(call, sync, None)
}

/// Writes back everything, because the program's memory is about to go.
pub(crate) fn write_back_all(call: &Call) {
    if CLIENT.mappings.count.load(Relaxed) > 0 {
        run(call, sync_all, None);
        // What comes now is the kernel's; a new program inherits the mask.
        signal::set_mask(call.frame().mask);
    }
}

fn concerned(call: &Call) -> bool {
    if CLIENT.mappings.count.load(Relaxed) == 0 {
        return false;
    }
    // A handler of the program's must not wait for a lock that the code below it holds.
    signal::block_all();
    let [start, len, ..] = call.args;
    let found = CLIENT
        .mappings
        .lock()
        .list()
        .iter()
        .flatten()
        .any(|mapping| mapping.part(start, len).is_some());
    signal::set_mask(call.frame().mask);
    found
}

impl Mapping {
    /// The part of it within a range.
    fn part(&self, start: usize, len: usize) -> Option<Mapping> {
        let from = self.start.max(start);
        let end = (self.start + self.len).min(start.saturating_add(len));
        (from < end).then(|| Mapping {
            start: from,
            len: end - from,
            offset: self.offset + (from - self.start) as u64,
            ..*self
        })
    }

    /// Writes the content to the file, up to the end that it has.
    fn write_back(&self, desk: &mut Desk) -> Result<(), Fail> {
        if !self.written {
            return Ok(());
        }
        let ino = self.file.ino;
        let size = desk.wire.node(keeper(ino), &StatNode { ino })?.attr.size;
        let len = self.len.min(size.saturating_sub(self.offset) as usize);
        if len > 0 {
            io::write(
                &mut desk.wire,
                &self.file,
                Region {
                    start: self.start,
                    len,
                },
                Some(self.offset),
            )?;
        }
        Ok(())
    }
}

/// Which mappings are written back.
#[derive(Clone, Copy)]
enum Whose {
    /// Those that this process made: its children share the memory, and the last word is not theirs.
    Own,
    /// All that it has, because the program asks for it.
    Any,
}

/// Writes back what of each mapping lies in a range.
fn flush(desk: &mut Desk, start: usize, len: usize, whose: Whose) -> Answer {
    for index in 0..MOST {
        let mapping = CLIENT.mappings.lock().list()[index].filter(|mapping| match whose {
            Whose::Any => true,
            Whose::Own => mapping.pid == CLIENT.pid.load(Relaxed),
        });
        if let Some(part) = mapping.and_then(|mapping| mapping.part(start, len)) {
            part.write_back(desk)?;
        }
    }
    Ok(0)
}

fn sync(call: &Call, desk: &mut Desk) -> Answer {
    flush(desk, call.args[0], call.args[1], Whose::Any)
}

fn sync_all(_: &Call, desk: &mut Desk) -> Answer {
    flush(desk, 0, usize::MAX, Whose::Own)
}

fn unmap(call: &Call, desk: &mut Desk) -> Answer {
    let [start, len, ..] = call.args;
    // As with the kernel, unmapping cannot fail for what writing meets.
    let _ = flush(desk, start, len, Whose::Own);
    forget(start, len);
    Ok(call.pass_checked()?)
}

/// Cuts a range out of the list.
fn forget(start: usize, len: usize) {
    let mut guard = CLIENT.mappings.lock();
    for index in 0..MOST {
        let Some(mapping) = guard.list()[index] else {
            continue;
        };
        if mapping.part(start, len).is_none() {
            continue;
        }
        let before = mapping.part(0, start);
        let after = start
            .checked_add(len)
            .and_then(|end| mapping.part(end, usize::MAX - end));
        guard.list()[index] = before.or(after);
        if let (Some(_), Some(_)) = (before, after) {
            // The list has room for it unless it is full, and then the tail is not written back.
            if let Some(slot) = guard.list().iter_mut().find(|slot| slot.is_none()) {
                *slot = after;
            }
        }
    }
    guard.count();
}
