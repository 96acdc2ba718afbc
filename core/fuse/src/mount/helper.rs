//! A mount for an ordinary user, without a program that has more rights: a child makes a user namespace, mounts in there and
//! hands over the device and the detached mount.
//!
//! The test itself stays where it is. The device must be opened by the child: a connection belongs to the namespace of its
//! opener, and the mount must be of the same one.

use std::io::IoSlice;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use rustix::process::WaitOptions;
use rustix::thread::UnshareFlags;

use super::{MountOptions, Mounted, StartError, device_error, direct};
use crate::sys;

/// What the child could not do, as its one byte of message tells.
const NAMESPACE: u8 = 1;
const DEVICE: u8 = 2;
const MOUNT: u8 = 3;

/// Mounts in a user namespace of a child's.
pub(super) fn mount(options: &MountOptions) -> Result<Mounted, StartError> {
    let spawn = |source: std::io::Error| StartError::Spawn {
        what: "the helper that mounts",
        source,
    };
    let made = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    );
    let (ours, theirs) = made.map_err(|errno| spawn(errno.into()))?;
    // Written before the fork: the child may not allocate.
    let maps = [
        format!("{0} {0} 1", rustix::process::geteuid().as_raw()),
        format!("{0} {0} 1", rustix::process::getegid().as_raw()),
    ];
    let child = sys::in_child(|| work(&theirs, options, &maps)).map_err(spawn)?;
    drop(theirs);
    let answer = receive(&ours);
    while rustix::process::waitpid(Some(child), WaitOptions::empty()).is_err_and(|errno| errno == Errno::INTR)
    {
    }
    answer
}

fn work(socket: &OwnedFd, options: &MountOptions, maps: &[String; 2]) -> i32 {
    let (message, descriptors) = match attempt(options, maps) {
        Ok(mounted) => ([0, 0, 0, 0, 0], Some(mounted)),
        Err((what, errno)) => {
            let number = errno.raw_os_error().to_ne_bytes();
            ([what, number[0], number[1], number[2], number[3]], None)
        }
    };
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = SendAncillaryBuffer::new(&mut room);
    let both = descriptors
        .as_ref()
        .map(|it| [it.device.as_fd(), it.mount.as_fd()]);
    if let Some(both) = &both
        && !control.push(SendAncillaryMessage::ScmRights(both))
    {
        return 2;
    }
    match sendmsg(
        socket,
        &[IoSlice::new(&message)],
        &mut control,
        SendFlags::NOSIGNAL,
    ) {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

fn attempt(options: &MountOptions, maps: &[String; 2]) -> Result<Mounted, (u8, Errno)> {
    #[expect(
        deprecated,
        reason = "the flags are of the safe kind: no descriptor table is unshared"
    )]
    let unshared = rustix::thread::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS);
    unshared.map_err(|errno| (NAMESPACE, errno))?;
    for (file, text) in [
        (c"/proc/self/setgroups", "deny"),
        (c"/proc/self/uid_map", maps[0].as_str()),
        (c"/proc/self/gid_map", maps[1].as_str()),
    ] {
        let opened = rustix::fs::open(file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty());
        let written = opened.and_then(|file| rustix::io::write(&file, text.as_bytes()));
        written.map_err(|errno| (NAMESPACE, errno))?;
    }
    let quiet = MountOptions {
        mute: true,
        ..*options
    };
    direct::mount(&quiet).map_err(|error| match error {
        StartError::DeviceDenied(errno) | StartError::NoDevice(errno) => (DEVICE, errno),
        StartError::Mount { errno, .. } | StartError::OldKernel { errno, .. } => (MOUNT, errno),
        _ => (MOUNT, Errno::IO),
    })
}

fn receive(socket: &OwnedFd) -> Result<Mounted, StartError> {
    let mut message = [0; 5];
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = RecvAncillaryBuffer::new(&mut room);
    let received = recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut message)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    );
    let mut descriptors = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    if let Some((Some(device), Some(mount))) = descriptors.next().map(|mut both| (both.next(), both.next())) {
        return Ok(Mounted {
            device,
            mount,
            by_helper: true,
            place: None,
            keeper: None,
        });
    }
    let errno = match received {
        Ok(got) if got.bytes == message.len() => Errno::from_raw_os_error(i32::from_ne_bytes([
            message[1], message[2], message[3], message[4],
        ])),
        Ok(_) => Errno::PIPE,
        Err(errno) => errno,
    };
    Err(match message[0] {
        NAMESPACE => StartError::NoUserNamespace(errno),
        DEVICE => device_error(errno),
        _ => StartError::step("the mount in a user namespace")(errno),
    })
}
