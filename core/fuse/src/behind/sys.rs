//! System calls that another process makes and this one answers: a filter that stops them, and the ioctls of its listener.

#![expect(unsafe_code, reason = "system calls that no crate wraps safely")]

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

/// A call that was stopped: who made it, which, and its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped {
    id: u64,
    pub(super) pid: u32,
    pub(super) number: i64,
    pub(super) args: [u64; 6],
}

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_003e);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_00b7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<u32> = None;

/// Stops `stopped` for the listener, answers `refused` with these errnos, and lets all else pass, calls of another
/// architecture included.
fn program(stopped: &[i64], refused: &[(i64, i32)]) -> io::Result<Vec<libc::sock_filter>> {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let architecture = ARCHITECTURE.ok_or(io::ErrorKind::Unsupported)?;
    let step = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let number = std::mem::offset_of!(libc::seccomp_data, nr) as u32;
    let arch = std::mem::offset_of!(libc::seccomp_data, arch) as u32;
    let mut all = vec![
        step(LOAD, arch, 0, 0),
        step(EQUAL, architecture, 1, 0),
        step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
        step(LOAD, number, 0, 0),
    ];
    let notify = stopped
        .iter()
        .map(|number| (*number, libc::SECCOMP_RET_USER_NOTIF));
    let refuse = refused
        .iter()
        .map(|(number, errno)| (*number, libc::SECCOMP_RET_ERRNO | *errno as u32));
    for (number, verdict) in notify.chain(refuse) {
        all.push(step(EQUAL, number as u32, 0, 1));
        all.push(step(RETURN, verdict, 0, 0));
    }
    all.push(step(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0));
    Ok(all)
}

/// Starts a program under such a filter, which all its descendants inherit, and returns its listener.
pub(super) fn spawn(
    mut command: Command,
    stopped: &[i64],
    refused: &[(i64, i32)],
) -> io::Result<(Child, OwnedFd)> {
    let mut program = program(stopped, refused)?;
    let (ours, theirs) = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?;
    // SAFETY: the closure makes system calls and neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(move || {
            let listener = install(&mut program)?;
            hand_over(theirs.as_fd(), listener.as_fd())
        });
    }
    let child = command.spawn()?;
    drop(command);
    let listener = take_over(ours.as_fd())?;
    Ok((child, listener))
}

fn install(program: &mut [libc::sock_filter]) -> io::Result<OwnedFd> {
    let filter = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_mut_ptr(),
    };
    let try_it = || {
        // SAFETY: the kernel reads a program of that length from a pointer to it.
        unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
                &raw const filter,
            )
        }
    };
    let mut descriptor = try_it();
    if descriptor < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EACCES) {
        // Who has no privilege gives up to get any.
        // SAFETY: five numbers.
        let given_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        if given_up == 0 {
            descriptor = try_it();
        }
    }
    match i32::try_from(descriptor) {
        // SAFETY: a descriptor that the kernel has just made for us.
        Ok(descriptor @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(descriptor) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn hand_over(socket: BorrowedFd<'_>, listener: BorrowedFd<'_>) -> io::Result<()> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut room);
    let one = [listener];
    control.push(SendAncillaryMessage::ScmRights(&one));
    sendmsg(socket, &[IoSlice::new(&[0])], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

fn take_over(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut room);
    let mut byte = [0];
    let flags = RecvFlags::CMSG_CLOEXEC;
    recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut control, flags)?;
    let rights = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut all) => all.next(),
        _ => None,
    });
    rights.ok_or_else(|| io::Error::other("the program's filter has no listener"))
}

/// Takes a call that was stopped.
pub(super) fn receive(listener: BorrowedFd<'_>) -> io::Result<Stopped> {
    let mut notice = MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: the kernel fills in the structure, which must be zero before.
    let done = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_RECV,
            notice.as_mut_ptr(),
        )
    };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all of it are numbers, zero or what the kernel wrote.
    let notice = unsafe { notice.assume_init() };
    Ok(Stopped {
        id: notice.id,
        pid: notice.pid,
        number: notice.data.nr.into(),
        args: notice.data.args,
    })
}

/// Ends a call with an errno, or with success if that is 0.
pub(super) fn answer(listener: BorrowedFd<'_>, call: &Stopped, errno: i32) -> io::Result<()> {
    respond(listener, call, -errno, 0)
}

/// Lets the kernel carry a call out.
pub(super) fn pass(listener: BorrowedFd<'_>, call: &Stopped) -> io::Result<()> {
    respond(listener, call, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32)
}

fn respond(listener: BorrowedFd<'_>, call: &Stopped, error: i32, flags: u32) -> io::Result<()> {
    let response = libc::seccomp_notif_resp {
        id: call.id,
        val: 0,
        error,
        flags,
    };
    // SAFETY: the kernel reads the structure.
    match unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_SEND,
            &raw const response,
        )
    } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends a call with a descriptor: this one, put into the caller's table.
pub(super) fn answer_with(
    listener: BorrowedFd<'_>,
    call: &Stopped,
    descriptor: BorrowedFd<'_>,
    close_on_exec: bool,
) -> io::Result<()> {
    let addition = libc::seccomp_notif_addfd {
        id: call.id,
        flags: libc::SECCOMP_ADDFD_FLAG_SEND as u32,
        srcfd: descriptor.as_raw_fd() as u32,
        newfd: 0,
        newfd_flags: if close_on_exec { libc::O_CLOEXEC as u32 } else { 0 },
    };
    // SAFETY: the kernel reads the structure.
    match unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_ADDFD,
            &raw const addition,
        )
    } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(test)]
impl Stopped {
    /// A call that this process might have made.
    pub(super) fn by(pid: u32) -> Self {
        Self {
            id: 0,
            pid,
            number: 0,
            args: [0; 6],
        }
    }
}
