//! Connections to the daemons: a small pool, because nothing else keeps threads from mixing their replies.

use crate::{
    address::Address,
    client::config,
    high, process,
    sys::{Errno, check, raw, sys, *},
};
use core::{
    net::SocketAddr,
    sync::atomic::{
        AtomicBool, AtomicU32,
        Ordering::{Acquire, Relaxed, Release},
    },
};
use gkfs_proto::{
    VERSION,
    frame::{HEADER_LEN, Request, Response, Status},
    msg::{Hello, Welcome},
};
use linux_raw_sys::{
    errno::{EBUSY, EFAULT, EINTR, EIO},
    net::{AF_UNIX, IPPROTO_TCP, MSG_NOSIGNAL, msghdr},
};

const SLOTS: usize = 64;
const SOCK_STREAM_CLOEXEC: u32 = 1 | O_CLOEXEC;
const TCP_NODELAY: u32 = 1;

/// Memory that a request's content comes from or a reply's body goes to; it may be the program's, so only the
/// kernel touches it, and a bad pointer is `EFAULT`.
#[derive(Clone, Copy)]
pub(crate) struct Region {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Region {
    pub(crate) const NONE: Region = Region { start: 0, len: 0 };

    pub(crate) fn of(bytes: &mut [u8]) -> Region {
        Region {
            start: bytes.as_mut_ptr() as usize,
            len: bytes.len(),
        }
    }

    fn iovec(self) -> iovec {
        iovec {
            iov_base: self.start as *mut _,
            iov_len: self.len as _,
        }
    }
}

/// Why an exchange failed.
pub(crate) enum Trouble {
    /// The connection is of no more use: nobody there, closed, or not a daemon.
    Broken,
    /// Something else.
    Errno(Errno),
}

/// One connection, held by one thread at a time.
struct Slot {
    busy: AtomicBool,
    daemon: AtomicU32,
    socket: high::Descriptor,
}

/// The process's connections.
pub(crate) struct Connections {
    slots: [Slot; SLOTS],
}

impl Connections {
    pub(crate) const fn new() -> Connections {
        Connections {
            slots: [const { Slot::new() }; SLOTS],
        }
    }

    /// Sends a request and receives its reply into `into`; tries a second time where the daemon has closed a
    /// connection that was used before, as one that was restarted has.
    pub(crate) fn exchange(
        &self,
        daemon: usize,
        head: &[u8],
        data: Region,
        into: Region,
    ) -> Result<(Status, usize), Errno> {
        let own = process::is_own();
        for _ in 0..SLOTS {
            let (slot, fresh) = match self.acquire(daemon, own) {
                Ok(found) => found,
                Err(Trouble::Errno(errno)) => return Err(errno),
                Err(Trouble::Broken) => return Err(Errno(EBUSY)),
            };
            let answer = talk(slot.socket.number(), head, data, into);
            // A child that shares this memory has descriptors of its own: its connection is of no use to us.
            if !own || answer.is_err() {
                slot.close();
            }
            slot.busy.store(false, Release);
            match answer {
                Ok(done) => return Ok(done),
                Err(Trouble::Errno(errno)) => return Err(errno),
                Err(Trouble::Broken) if !fresh => {}
                Err(Trouble::Broken) => return Err(Errno(EBUSY)),
            }
        }
        Err(Errno(EBUSY))
    }

    fn acquire(&self, daemon: usize, own: bool) -> Result<(&Slot, bool), Trouble> {
        loop {
            if own && let Some(slot) = self.idle(daemon) {
                return Ok((slot, false));
            }
            let vacant = self.lock(|slot| !slot.is_open()).or_else(|| self.lock(|_| true));
            if let Some(slot) = vacant {
                slot.close();
                let mut reply = [0; 10 * 1024];
                return match slot.open(daemon, &mut reply) {
                    Ok(_) => Ok((slot, true)),
                    Err(trouble) => {
                        slot.busy.store(false, Release);
                        Err(trouble)
                    }
                };
            }
            let _ = sys!(__NR_sched_yield);
        }
    }

    /// A connection to `daemon` that nobody uses just now.
    fn idle(&self, daemon: usize) -> Option<&Slot> {
        loop {
            let slot = self.lock(|slot| slot.is_open() && slot.daemon.load(Relaxed) == daemon as u32)?;
            if slot.socket.get().is_some() {
                return Some(slot);
            }
            slot.busy.store(false, Release);
        }
    }

    fn lock(&self, wanted: impl Fn(&Slot) -> bool) -> Option<&Slot> {
        self.slots.iter().find(|slot| {
            if slot.busy.load(Relaxed) || !wanted(slot) {
                return false;
            }
            if slot.busy.compare_exchange(false, true, Acquire, Relaxed).is_err() {
                return false;
            }
            if wanted(slot) {
                return true;
            }
            slot.busy.store(false, Release);
            false
        })
    }

    /// Opens the first connection and returns where the daemon says that the file system is mounted.
    pub(crate) fn welcome<'b>(&self, daemon: usize, reply: &'b mut [u8]) -> Option<&'b [u8]> {
        let slot = self.lock(|slot| !slot.is_open())?;
        let mountdir = slot.open(daemon, reply).ok();
        slot.busy.store(false, Release);
        mountdir
    }

    /// Whether there is any connection.
    pub(crate) fn any(&self) -> bool {
        self.slots.iter().any(|slot| slot.is_open())
    }

    /// Forgets all connections in the only thread of a new process; they are its parent's.
    pub(crate) fn reset(&self) {
        for slot in &self.slots {
            slot.close();
            slot.busy.store(false, Release);
        }
    }

    /// Drops idle connections, so that the next ones introduce the process anew: its user has changed.
    pub(crate) fn renew(&self) {
        while let Some(slot) = self.lock(|slot| slot.is_open()) {
            slot.close();
            slot.busy.store(false, Release);
        }
    }
}

impl Slot {
    const fn new() -> Slot {
        Slot {
            busy: AtomicBool::new(false),
            daemon: AtomicU32::new(0),
            socket: high::Descriptor::none(),
        }
    }

    fn is_open(&self) -> bool {
        self.socket.is_there()
    }

    fn close(&self) {
        self.socket.close();
    }

    /// Connects and introduces the process; returns the mount directory.
    fn open<'b>(&self, daemon: usize, reply: &'b mut [u8]) -> Result<&'b [u8], Trouble> {
        let fd = connect(daemon)?;
        self.daemon.store(daemon as u32, Relaxed);
        self.socket.keep(fd).ok_or(Trouble::Broken)?;
        match hello(fd, reply) {
            Ok(welcome) => Ok(welcome.mountdir),
            Err(trouble) => {
                self.close();
                Err(trouble)
            }
        }
    }
}

/// Connects to a daemon, on a high descriptor.
fn connect(daemon: usize) -> Result<i32, Trouble> {
    let config = config();
    let address = config.hosts.address(daemon).ok_or(Trouble::Broken)?;
    match connect_to(address) {
        Err(Trouble::Broken) => {
            let moved = config.hosts.moved(config.hosts_file.as_bytes(), daemon);
            connect_to(moved.ok_or(Trouble::Broken)?)
        }
        done => done,
    }
}

/// Connects through the door for this machine, or else by TCP.
fn connect_to(address: SocketAddr) -> Result<i32, Trouble> {
    match connect_by(&Address::beside(address)) {
        Err(Trouble::Broken) => connect_by(&Address::of(address)),
        done => done,
    }
}

fn connect_by(address: &Address) -> Result<i32, Trouble> {
    let low = sys!(__NR_socket, address.family(), SOCK_STREAM_CLOEXEC, 0).map_err(Trouble::Errno)?;
    let fd = high::lift(low);
    if address.family() != AF_UNIX {
        let one = 1i32;
        let _ = sys!(__NR_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &raw const one, 4);
    }
    let bytes = address.as_bytes();
    match sys!(__NR_connect, fd, bytes.as_ptr(), bytes.len()) {
        Ok(_) => Ok(fd),
        Err(_) => {
            let _ = sys!(__NR_close, fd);
            Err(Trouble::Broken)
        }
    }
}

/// Introduces the process; the reply's body says where the file system is mounted.
fn hello<'b>(fd: i32, reply: &'b mut [u8]) -> Result<Welcome<'b>, Trouble> {
    let mut groups = [0u32; 64];
    let count = sys!(__NR_getgroups, groups.len(), groups.as_mut_ptr()).unwrap_or(0);
    let mut bytes = [0u8; 256];
    for (to, group) in bytes.chunks_exact_mut(4).zip(&groups[..count]) {
        to.copy_from_slice(&group.to_le_bytes());
    }
    let message = Hello {
        version: VERSION,
        pid: sys!(__NR_getpid).unwrap_or(0) as u32,
        // The real client has no permissions: everybody may do everything.
        uid: if config().strict {
            0
        } else {
            sys!(__NR_geteuid).unwrap_or(0) as u32
        },
        gid: sys!(__NR_getegid).unwrap_or(0) as u32,
        groups: &bytes[..count * 4],
    };
    let mut request = [0; 512];
    let head = Request::encode(&message, 0, 0, &mut request).map_err(|_| Trouble::Broken)?;
    match talk(fd, head, Region::NONE, Region::of(reply))? {
        (Status::Done, len) => Welcome::decode(&reply[..len]).map_err(|_| Trouble::Broken),
        (Status::Failed(errno), _) => Err(Trouble::Errno(Errno(errno))),
        (Status::Redirect, _) => Err(Trouble::Broken),
    }
}

fn talk(fd: i32, head: &[u8], data: Region, into: Region) -> Result<(Status, usize), Trouble> {
    let head = Region {
        start: head.as_ptr() as usize,
        len: head.len(),
    };
    transfer(__NR_sendmsg, fd, [head, data], head.len + data.len)?;
    let mut header = [0; HEADER_LEN];
    let first = Region::of(&mut header);
    // Header and body mostly come together: one call for both.
    let got = transfer(__NR_recvmsg, fd, [first, into], HEADER_LEN)?;
    let response = Response::parse(&header).map_err(|_| Trouble::Broken)?;
    let body = got - HEADER_LEN;
    if response.len > into.len {
        return Err(Trouble::Errno(Errno(EIO)));
    }
    if body < response.len {
        let rest = Region {
            start: into.start + body,
            len: response.len - body,
        };
        transfer(__NR_recvmsg, fd, [rest, Region::NONE], rest.len)?;
    }
    Ok((response.status, response.len))
}

/// Sends or receives through two regions until at least `least` bytes went; returns how many did.
fn transfer(nr: u32, fd: i32, mut regions: [Region; 2], least: usize) -> Result<usize, Trouble> {
    let mut done = 0;
    while done < least {
        let mut vector = regions.map(Region::iovec);
        let message = msghdr {
            msg_name: core::ptr::null_mut(),
            msg_namelen: 0,
            msg_iov: vector.as_mut_ptr().cast(),
            msg_iovlen: 2,
            msg_control: core::ptr::null_mut(),
            msg_controllen: 0,
            msg_flags: 0,
        };
        let args = [
            fd as usize,
            &raw const message as usize,
            MSG_NOSIGNAL as usize,
            0,
            0,
            0,
        ];
        // SAFETY: the message and its vector are alive; a bad pointer of the program's ends in EFAULT.
        match check(unsafe { raw(nr, args) }) {
            Ok(0) => return Err(Trouble::Broken),
            Ok(count) => {
                done += count;
                advance(&mut regions, count);
            }
            Err(Errno(EINTR)) => {}
            Err(Errno(EFAULT)) => return Err(Trouble::Errno(Errno(EFAULT))),
            Err(_) => return Err(Trouble::Broken),
        }
    }
    Ok(done)
}

fn advance(regions: &mut [Region; 2], mut count: usize) {
    for region in regions {
        let step = region.len.min(count);
        region.start += step;
        region.len -= step;
        count -= step;
    }
}
