//! Starting programs: from the mount, and with an environment that loads this library again.

use crate::{
    attr::may,
    client::config,
    desk::{Answer, Desk, Fail},
    dispatch::run,
    environment::{PRELOAD, name, strings, value},
    frame::Call,
    io, mapping,
    net::Region,
    paths::{self, open_file, permit},
    placeholder::{self, Header},
    signal,
    sys::*,
    wire::{Found, keeper, owner},
};
use gkfs_proto::msg::{Open, StatNode};
use linux_raw_sys::errno::{E2BIG, EACCES, ENOEXEC};

/// `execve(path, argv, envp)`.
pub(crate) fn execve(call: &Call) -> isize {
    start(call, AT_FDCWD, call.args[0], [call.args[1], call.args[2]], 0)
}

/// `execveat(dirfd, path, argv, envp, flags)`.
pub(crate) fn execveat(call: &Call) -> isize {
    start(
        call,
        call.int(0),
        call.args[1],
        [call.args[2], call.args[3]],
        call.args[4] as u32,
    )
}

fn start(call: &Call, dirfd: i32, path: usize, [_, envp]: [usize; 2], flags: u32) -> isize {
    mapping::write_back_all(call);
    let path = path as *const u8;
    let by_fd = flags & AT_EMPTY_PATH != 0 && paths::text(path) == Some(b"");
    let ours = if by_fd {
        placeholder::is(dirfd)
    } else {
        paths::concerns((dirfd, path))
    };
    if ours || !complete(envp as *const *const u8) {
        return run(call, if ours { from_mount } else { with_environment }, None);
    }
    call.pass()
}

/// Whether an environment has all that a child needs to load us and find the daemons.
fn complete(envp: *const *const u8) -> bool {
    config().saved.entries().all(|kept| {
        // SAFETY: the program passes its environment.
        unsafe { strings(envp) }.any(|entry| match value(kept, PRELOAD) {
            Some(libraries) => value(entry, PRELOAD).is_some_and(|theirs| contains(theirs, libraries)),
            None => name(entry) == name(kept),
        })
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

/// The arguments of an exec call, whichever of the two it was.
struct Arguments {
    argv: *const *const u8,
    envp: *const *const u8,
}

impl Arguments {
    fn of(call: &Call) -> Arguments {
        let first = if call.nr == __NR_execve { 1 } else { 2 };
        Arguments {
            argv: call.args[first] as *const _,
            envp: call.args[first + 1] as *const _,
        }
    }
}

/// An array of string pointers in memory of its own; argument lists can be longer than any of our stacks.
struct Array {
    start: *mut usize,
    room: usize,
    len: usize,
}

impl Array {
    fn with_room(room: usize) -> Result<Array, Fail> {
        let bytes = room.checked_mul(size_of::<usize>()).ok_or(Fail::of(E2BIG))?;
        let flags = MAP_PRIVATE | MAP_ANONYMOUS;
        let start = sys!(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE, flags, usize::MAX, 0)?;
        Ok(Array {
            start: start as *mut usize,
            room,
            len: 0,
        })
    }

    /// Appends a pointer. The memory is zero, so what has been put ends with a NULL while there is room.
    fn put(&mut self, pointer: usize) {
        if self.len + 1 < self.room {
            // SAFETY: within the mapping.
            unsafe { self.start.add(self.len).write(pointer) };
            self.len += 1;
        }
    }

    fn extend(&mut self, array: *const *const u8) {
        // SAFETY: the program's own array.
        for text in unsafe { strings(array) } {
            self.put(text.as_ptr() as usize);
        }
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        let _ = sys!(__NR_munmap, self.start, self.room * size_of::<usize>());
    }
}

/// The environment with what is missing added. `joined` has room for a list of libraries.
fn environment(envp: *const *const u8, joined: &mut [u8]) -> Result<Array, Fail> {
    // SAFETY: the program's own array.
    let theirs = || unsafe { strings(envp) };
    let mut array = Array::with_room(theirs().count() + 64)?;
    let ours = config()
        .saved
        .entries()
        .find_map(|kept| value(kept, PRELOAD))
        .unwrap_or(b"");
    for entry in theirs() {
        match value(entry, PRELOAD) {
            Some(libraries) if !contains(libraries, ours) => {
                array.put(join(ours, libraries, joined)? as usize)
            }
            _ => array.put(entry.as_ptr() as usize),
        }
    }
    for kept in config().saved.entries() {
        if !theirs().any(|entry| name(entry) == name(kept)) {
            array.put(kept.as_ptr() as usize);
        }
    }
    Ok(array)
}

/// `LD_PRELOAD=ours:theirs`.
fn join(ours: &[u8], theirs: &[u8], to: &mut [u8]) -> Result<*const u8, Fail> {
    let mut len = 0;
    for part in [PRELOAD, b"=", ours, b":", theirs, b"\0"] {
        to.get_mut(len..len + part.len())
            .ok_or(Fail::of(E2BIG))?
            .copy_from_slice(part);
        len += part.len();
    }
    Ok(to.as_ptr())
}

/// A program outside the mount whose environment lacks something.
fn with_environment(call: &Call, _: &mut Desk) -> Answer {
    let mut joined = [0; 16 * 1024];
    let envp = environment(Arguments::of(call).envp, &mut joined)?;
    let mut args = call.args;
    args[if call.nr == __NR_execve { 2 } else { 3 }] = envp.start as usize;
    replace(call, call.nr, args)
}

/// Issues the call with the program's own signal mask, which the new program inherits.
fn replace(call: &Call, nr: u32, args: [usize; 6]) -> Answer {
    signal::set_mask(call.frame().mask);
    // SAFETY: an exec call whose arrays are terminated and alive.
    let ret = unsafe { raw(nr, args) };
    signal::block_all();
    Ok(check(ret)?)
}

/// A program in the mount.
fn from_mount(call: &Call, desk: &mut Desk) -> Answer {
    let mut joined = [0; 16 * 1024];
    let arguments = Arguments::of(call);
    let envp = environment(arguments.envp, &mut joined)?;
    let found = match find(call, desk) {
        Ok(found) => found,
        Err(Fail::Outside) => {
            let path = desk.wire.outside.terminated() as usize;
            return replace(
                call,
                __NR_execve,
                [path, arguments.argv as usize, envp.start as usize, 0, 0, 0],
            );
        }
        Err(fail) => return Err(fail),
    };
    if found.attr.mode & S_IFMT != S_IFREG {
        return Err(Fail::of(EACCES));
    }
    permit(may(&found.attr, 1, true))?;
    let file = Header::reading(&found);
    let mut head = [0u8; 256];
    let len = io::read(&mut desk.wire, &file, Region::of(&mut head), 0)?;
    match head[..len].strip_prefix(b"#!") {
        Some(line) => script(call, desk, line, &found, &envp),
        None => binary(call, desk, &file, &envp),
    }
}

fn find(call: &Call, desk: &mut Desk) -> Result<Found, Fail> {
    let path = if call.nr == __NR_execve {
        (AT_FDCWD, call.args[0] as *const u8)
    } else {
        (call.int(0), call.args[1] as *const u8)
    };
    if call.nr == __NR_execveat && paths::text(path.1) == Some(b"") {
        let ino = open_file(path.0)?.ino;
        return desk.wire.node(keeper(ino), &StatNode { ino });
    }
    desk.resolve(path, true)?;
    let path = desk.path.as_bytes();
    desk.wire.node(
        owner(path),
        &Open {
            path,
            flags: O_RDONLY,
            mode: 0,
        },
    )
}

/// `#!interpreter argument`: the interpreter opens the script by its path, through us again.
fn script(call: &Call, desk: &mut Desk, line: &[u8], found: &Found, envp: &Array) -> Answer {
    let line = line
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or(line)
        .trim_ascii();
    let (interpreter, argument) = match line.iter().position(u8::is_ascii_whitespace) {
        Some(gap) => (&line[..gap], line[gap..].trim_ascii()),
        None => (line, &b""[..]),
    };
    if interpreter.is_empty() {
        return Err(Fail::of(ENOEXEC));
    }
    desk.other.set(interpreter)?;
    let interpreter = desk.other.terminated();
    desk.wire.outside.set(argument)?;
    let argument = (!argument.is_empty()).then(|| desk.wire.outside.terminated());
    let path = script_path(call, desk, found)?;
    let argv = Arguments::of(call).argv;
    // SAFETY: the program's own array.
    let mut words = Array::with_room(unsafe { strings(argv) }.count() + 8)?;
    words.put(interpreter as usize);
    if let Some(argument) = argument {
        words.put(argument as usize);
    }
    words.put(path as usize);
    if !argv.is_null() {
        // SAFETY: the array has a first entry, if only its NULL, which `extend` stops at.
        words.extend(unsafe { if (*argv).is_null() { argv } else { argv.add(1) } });
    }
    let args = [
        interpreter as usize,
        words.start as usize,
        envp.start as usize,
        0,
        0,
        0,
    ];
    if paths::concerns((AT_FDCWD, interpreter)) {
        // An interpreter in the mount: start again with it.
        let nested = Call {
            nr: __NR_execve,
            args,
            context: call.context,
        };
        return from_mount(&nested, desk);
    }
    replace(call, __NR_execve, args)
}

/// The name by which the interpreter opens the script: as it was called, or in full where that was a descriptor.
fn script_path(call: &Call, desk: &mut Desk, found: &Found) -> Result<*const u8, Fail> {
    if call.nr == __NR_execve {
        return Ok(call.args[0] as *const u8);
    }
    desk.wire.path_of(found.attr.ino, &mut desk.path)?;
    crate::dir::shadow(&desk.path, &mut desk.spare)?;
    Ok(desk.spare.terminated())
}

/// A binary: the kernel needs a file of its own, so it gets a copy in memory.
fn binary(call: &Call, desk: &mut Desk, file: &Header, envp: &Array) -> Answer {
    let copy = sys!(__NR_memfd_create, c"gkfs-program".as_ptr(), MFD_CLOEXEC)?;
    let ended = fill(desk, file, copy).and_then(|()| {
        let argv = Arguments::of(call).argv as usize;
        let args = [
            copy,
            c"".as_ptr() as usize,
            argv,
            envp.start as usize,
            AT_EMPTY_PATH as usize,
            0,
        ];
        replace(call, __NR_execveat, args)
    });
    let _ = sys!(__NR_close, copy);
    ended
}

fn fill(desk: &mut Desk, file: &Header, copy: usize) -> Result<(), Fail> {
    let mut buffer = [0u8; 64 * 1024];
    let mut at = 0;
    loop {
        let count = io::read(&mut desk.wire, file, Region::of(&mut buffer), at)?;
        if count == 0 {
            return Ok(());
        }
        let mut done = 0;
        while done < count {
            done += sys!(
                __NR_pwrite64,
                copy,
                buffer[done..].as_ptr(),
                count - done,
                at as usize + done
            )?;
        }
        at += count as u64;
    }
}
