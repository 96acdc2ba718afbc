//! What a server may tell the kernel unasked.

use std::sync::mpsc::sync_channel;

use zerocopy::IntoBytes;

use super::{FakeFuse, PATIENCE};
use crate::abi::{self, NotifyCode, OutHeader, flags};
use crate::server::Job;

/// The kernel refused a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kernel refused the notification with {}", crate::errno::name(*.errno))]
pub struct NotifyError {
    /// With this errno.
    pub errno: i32,
}

/// Tells the kernel something; each method returns what it said to that.
#[derive(Debug)]
pub struct Notifier<'a> {
    pub(super) fake: &'a FakeFuse,
}

impl Notifier<'_> {
    /// A name is out of date.
    ///
    /// # Errors
    /// The kernel refuses it: it does not know the directory, or does not have the name.
    pub fn inval_entry(&self, parent: u64, name: impl AsRef<[u8]>) -> Result<(), NotifyError> {
        self.entry(parent, name.as_ref(), 0)
    }

    /// A name has to be looked up again, but stays.
    ///
    /// # Errors
    /// As [`inval_entry`](Self::inval_entry).
    pub fn expire_entry(&self, parent: u64, name: impl AsRef<[u8]>) -> Result<(), NotifyError> {
        self.entry(parent, name.as_ref(), flags::inval_entry::EXPIRE_ONLY)
    }

    fn entry(&self, parent: u64, name: &[u8], flags: u32) -> Result<(), NotifyError> {
        let head = abi::NotifyInvalEntryOut {
            parent,
            namelen: name.len() as u32,
            flags,
        };
        self.tell(NotifyCode::InvalEntry, &[head.as_bytes(), name, &[0]])
    }

    /// Attributes of a node are out of date, and its contents from `offset` on, `len` bytes or all if that is 0; a negative
    /// offset means attributes only.
    ///
    /// # Errors
    /// The kernel does not know the node.
    pub fn inval_inode(&self, node: u64, offset: i64, len: i64) -> Result<(), NotifyError> {
        let out = abi::NotifyInvalInodeOut {
            ino: node,
            off: offset,
            len,
        };
        self.tell(NotifyCode::InvalInode, &[out.as_bytes()])
    }

    /// A name was removed, and who watches the directory is told.
    ///
    /// # Errors
    /// The kernel does not know the directory, does not have the name, or has another node there.
    pub fn delete(&self, parent: u64, child: u64, name: impl AsRef<[u8]>) -> Result<(), NotifyError> {
        let name = name.as_ref();
        let head = abi::NotifyDeleteOut {
            parent,
            child,
            namelen: name.len() as u32,
            padding: 0,
        };
        self.tell(NotifyCode::Delete, &[head.as_bytes(), name, &[0]])
    }

    /// Puts data into the page cache.
    ///
    /// # Errors
    /// The kernel does not know the node.
    pub fn store(&self, node: u64, offset: u64, data: &[u8]) -> Result<(), NotifyError> {
        let head = abi::NotifyStoreOut {
            nodeid: node,
            offset,
            size: data.len() as u32,
            padding: 0,
        };
        self.tell(NotifyCode::Store, &[head.as_bytes(), data])
    }

    /// Asks for data of the page cache; it comes as a `NOTIFY_REPLY` whose number is `unique`.
    ///
    /// # Errors
    /// The kernel does not know the node.
    pub fn retrieve(&self, node: u64, offset: u64, size: u32, unique: u64) -> Result<(), NotifyError> {
        let out = abi::NotifyRetrieveOut {
            notify_unique: unique,
            nodeid: node,
            offset,
            size,
            padding: 0,
        };
        self.tell(NotifyCode::Retrieve, &[out.as_bytes()])
    }

    /// Wakes who polls, by the handle of its `POLL`.
    ///
    /// # Errors
    /// The kernel refuses it.
    pub fn poll(&self, kh: u64) -> Result<(), NotifyError> {
        let out = abi::NotifyPollWakeupOut { kh };
        self.tell(NotifyCode::Poll, &[out.as_bytes()])
    }

    /// Asks to have every unanswered request again.
    ///
    /// # Errors
    /// The kernel does not know this, as before Linux 6.9.
    pub fn resend(&self) -> Result<(), NotifyError> {
        self.tell(NotifyCode::Resend, &[])
    }

    /// Every name has to be looked up again.
    ///
    /// # Errors
    /// The kernel does not know this, as before Linux 6.16.
    pub fn inc_epoch(&self) -> Result<(), NotifyError> {
        self.tell(NotifyCode::IncEpoch, &[])
    }

    /// Lets go of these nodes, as far as nobody uses them.
    ///
    /// # Errors
    /// The kernel does not know this, as before Linux 6.18.
    pub fn prune(&self, nodes: &[u64]) -> Result<(), NotifyError> {
        let head = abi::NotifyPruneOut {
            count: nodes.len() as u32,
            ..abi::NotifyPruneOut::default()
        };
        self.tell(NotifyCode::Prune, &[head.as_bytes(), nodes.as_bytes()])
    }

    /// Tells anything, under any code.
    ///
    /// # Errors
    /// The kernel refuses it.
    pub fn raw(&self, code: i32, body: &[u8]) -> Result<(), NotifyError> {
        let known = u32::try_from(code).ok().and_then(NotifyCode::from_number);
        self.write(known, code, body)
    }

    fn tell(&self, code: NotifyCode, parts: &[&[u8]]) -> Result<(), NotifyError> {
        self.write(Some(code), code.number() as i32, &parts.concat())
    }

    fn write(&self, code: Option<NotifyCode>, number: i32, body: &[u8]) -> Result<(), NotifyError> {
        let header = OutHeader {
            len: (size_of::<OutHeader>() + body.len()) as u32,
            error: number,
            unique: 0,
        };
        let bytes = [header.as_bytes(), body].concat();
        let (tell, told) = sync_channel(1);
        self.fake.shared.post(Job::Notify(code, bytes, tell));
        match told.recv_timeout(PATIENCE).unwrap_or(libc::ENODEV) {
            0 => Ok(()),
            errno => Err(NotifyError { errno }),
        }
    }
}
