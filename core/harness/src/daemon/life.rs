//! Whether a daemon has a process, a mount, or neither.

use super::lease::Lease;
use super::mounted::Mounted;
use super::running::Running;

/// Whether there is a process.
#[derive(Debug)]
pub(super) enum Life {
    Running(Running, Lease),
    /// It has ended; its address is still its own.
    Down(Lease),
    /// A file system that a command mounted.
    Mounted(Box<Mounted>),
    /// Such a one, unmounted.
    Unmounted,
    /// The stack has no daemon.
    Absent,
}

impl Life {
    /// The address, if there ever was a process.
    pub(super) fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Running(_, lease) | Self::Down(lease) => Some(lease),
            Self::Mounted(_) | Self::Unmounted | Self::Absent => None,
        }
    }

    /// Takes the mounted file system out.
    pub(super) fn take_mount(&mut self) -> Option<Box<Mounted>> {
        match std::mem::replace(self, Self::Absent) {
            Self::Mounted(mounted) => {
                *self = Self::Unmounted;
                Some(mounted)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Takes the process out.
    pub(super) fn take(&mut self) -> Option<Running> {
        match std::mem::replace(self, Self::Absent) {
            Self::Running(running, lease) => {
                *self = Self::Down(lease);
                Some(running)
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Puts a new process in the place of one that has ended.
    pub(super) fn revive(&mut self, running: Running) {
        if let Self::Down(lease) = std::mem::replace(self, Self::Absent) {
            *self = Self::Running(running, lease);
        }
    }
}
