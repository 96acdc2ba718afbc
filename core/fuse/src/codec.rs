//! Requests and replies as values, and as the bytes that travel. Needs no kernel.

mod name;
mod part;
mod reply;
mod reply_fields;
mod reply_read;
mod request;

pub use name::Name;
pub use part::{Data, DecodeError, Many};
pub(crate) use reply::framed;
pub use reply::{DirEntry, Reply};
pub use request::{Body, Request};

use crate::abi::{self, flags};

/// What was agreed on, on which the form of some structures depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The minor version both sides speak.
    pub minor: u32,
    /// The kernel's own minor version, in whose form it writes what it never wrote otherwise.
    pub kernel_minor: u32,
    /// The flags of [`flags::init`] both sides want.
    pub flags: u64,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            minor: abi::MINOR,
            kernel_minor: abi::MINOR,
            flags: 0,
        }
    }
}

impl Protocol {
    /// Version 7.`minor` on both sides, without flags.
    pub const fn minor(minor: u32) -> Self {
        Self {
            minor,
            kernel_minor: minor,
            flags: 0,
        }
    }

    /// Whether this flag of [`flags::init`] was agreed on.
    pub const fn has(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }

    /// The flags' names.
    pub fn flag_names(&self) -> String {
        flags::names(flags::init::NAMES, self.flags)
    }
}
