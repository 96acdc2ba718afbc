//! A server in another process, behind ours: the kernel's requests go to it, its answers come from it, and all of it passes
//! here, to be seen, delayed and spoilt.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use rustix::io::Errno;
use rustix::net::sockopt::{
    set_socket_send_buffer_size, set_socket_send_buffer_size_force, socket_send_buffer_size,
};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, recv, send, shutdown, socketpair,
};

use crate::engine::relayed::Came;
use crate::server::{Job, Shared};

/// The largest message that kernel and server have for each other, and what stands before it.
const LARGEST: usize = (1 << 20) + (1 << 16);
/// What a socket's buffer has no room for.
const MARGIN: usize = 4096;

/// Where messages to the server go in.
type Outward = Sender<Arc<[u8]>>;

/// Our end of what the other process takes for `/dev/fuse`.
///
/// It is a socket that keeps messages apart. Reading, writing and polling are as on the device; what is only there on the
/// device, such as its `ioctl`s and splicing, is kept from being agreed on.
#[derive(Debug)]
pub struct Relay {
    socket: OwnedFd,
}

impl Relay {
    /// Makes one, and the end that the server is to have.
    ///
    /// # Errors
    /// The system has no socket for it.
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (socket, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        for end in [&socket, &theirs] {
            // More than the system lets everybody have needs a privilege; with less, smaller messages are agreed on.
            if set_socket_send_buffer_size_force(end, LARGEST).is_err() {
                set_socket_send_buffer_size(end, LARGEST)?;
            }
        }
        Ok((Self { socket }, theirs))
    }

    /// How many bytes a write or the answer to a read may have.
    pub(crate) fn payload(&self) -> u32 {
        let room = socket_send_buffer_size(&self.socket).unwrap_or(LARGEST);
        let payload = room.min(LARGEST).saturating_sub(MARGIN);
        (payload / MARGIN * MARGIN) as u32
    }

    /// Starts what carries messages both ways. They go to the server by what is returned; when that is dropped, it ends.
    pub(crate) fn start(self, shared: &Arc<Shared>) -> io::Result<(Outward, [JoinHandle<()>; 2])> {
        let socket = Arc::new(self.socket);
        let (tell, told) = channel();
        let (theirs, outward) = (socket.clone(), shared.clone());
        let named = |name: &str| thread::Builder::new().name(name.into());
        let there = named("fuse-relay-out").spawn(move || carry_there(&theirs, &told, &outward))?;
        let inward = shared.clone();
        let back = named("fuse-relay-in").spawn(move || carry_back(&socket, &inward))?;
        Ok((tell, [there, back]))
    }
}

fn carry_there(socket: &OwnedFd, told: &Receiver<Arc<[u8]>>, shared: &Shared) {
    for bytes in told {
        match send(socket, &bytes, SendFlags::NOSIGNAL) {
            Ok(_) => {}
            Err(Errno::PIPE | Errno::CONNRESET) => break,
            // Too large for the socket, for example: somebody waits for it.
            Err(errno) => deliver(shared, |state| state.not_sent(&bytes, errno)),
        }
    }
    // The server sees the end of its device, and so does who reads from it.
    let _: Result<(), _> = shutdown(socket, Shutdown::Both);
}

fn carry_back(socket: &OwnedFd, shared: &Shared) {
    let mut buffer = vec![MaybeUninit::uninit(); LARGEST];
    loop {
        match recv(socket, &mut buffer, RecvFlags::empty()) {
            Ok(((bytes, _), 1..)) => deliver(shared, |state| state.came(bytes)),
            Err(Errno::INTR) => {}
            Ok(_) | Err(_) => break,
        }
    }
    let (tell, _) = sync_channel(1);
    shared.post(Job::Abort("the server behind it closed its device", tell));
}

/// Hands on what the other server says: only the courier has the device.
fn deliver(shared: &Shared, take: impl FnOnce(&mut crate::engine::State) -> Came) {
    let came = take(&mut shared.lock().state);
    // Nobody waits to be told that it was written.
    let (tell, _) = sync_channel(1);
    match came {
        Came::Answer(outgoing) => shared.post(Job::Answer(*outgoing, tell)),
        Came::Notice(code, bytes) => {
            let (tell, _) = sync_channel(1);
            shared.post(Job::Notify(code, bytes, tell));
        }
        // Perhaps it is due earlier than what the courier waits for.
        Came::Later => shared.mail.notify_one(),
    }
}
