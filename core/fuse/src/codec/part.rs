//! The pieces a request is made of, and how each is read and written.

use std::any::TypeId;

use serde::{Serialize, Serializer};

use super::name::bytes_as_json;
use super::{Name, Protocol};
use crate::abi::{self, Opcode, Plain, flags};

/// Why bytes are no request or no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("{what} needs {need} bytes, {have} are left")]
    Short {
        /// What was to be read.
        what: &'static str,
        /// How many bytes it has.
        need: usize,
        /// How many there are.
        have: usize,
    },
    /// The header says another length than the bytes have.
    #[error("the header says {header} bytes, there are {bytes}")]
    Length {
        /// What it says.
        header: u32,
        /// What there is.
        bytes: usize,
    },
    /// There is no such opcode.
    #[error("no opcode has the number {0}")]
    Opcode(u32),
    /// A name has no end.
    #[error("a name is not ended by a NUL")]
    Name,
    /// More bytes than the opcode has.
    #[error("{extra} bytes too many at the end of {opcode}")]
    Trailing {
        /// The opcode.
        opcode: Opcode,
        /// How many bytes it does not have.
        extra: usize,
    },
    /// A field tells another size than the data has.
    #[error("{opcode} tells of {told} bytes of data and has {have}")]
    Size {
        /// The opcode.
        opcode: Opcode,
        /// What the field says.
        told: usize,
        /// What there is.
        have: usize,
    },
    /// The reply is an error with a body.
    #[error("the error {errno} has {extra} bytes behind it")]
    ErrorWithBody {
        /// The header's error.
        errno: i32,
        /// How many bytes follow.
        extra: usize,
    },
}

/// Bytes that are read from the front.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
    pub(super) protocol: &'a Protocol,
}

impl<'a> Reader<'a> {
    pub(super) fn bytes(&mut self, need: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let have = self.rest.len();
        let (taken, rest) =
            self.rest
                .split_at_checked(need)
                .ok_or(DecodeError::Short { what, need, have })?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads the first `size` bytes of a structure; what an old version did not have is zero.
    pub(super) fn plain<T: Plain>(&mut self, size: usize) -> Result<T, DecodeError> {
        let bytes = self.bytes(size, short_name::<T>())?;
        let mut value = T::default();
        value.as_mut_bytes()[..size].copy_from_slice(bytes);
        Ok(value)
    }
}

fn short_name<T>() -> &'static str {
    std::any::type_name::<T>().rsplit("::").next().unwrap_or_default()
}

/// A piece of a request.
pub(super) trait Part: Sized {
    fn take(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
    fn put(&self, out: &mut Vec<u8>, protocol: &Protocol);
}

/// How much of a handshake the kernel writes whose version stands in it, or all where something stands behind that.
fn init_size(bytes: &[u8]) -> usize {
    let minor = bytes.get(4..8).and_then(|field| field.try_into().ok());
    let form = match minor.map_or(abi::MINOR, u32::from_ne_bytes) {
        0..=5 => 8,
        6..=35 => 16,
        _ => bytes.len(),
    };
    let more = bytes[form..].iter().any(|byte| *byte != 0);
    if more { bytes.len() } else { form }
}

/// How much of a structure a kernel of this version writes.
fn size_in<T: Plain + 'static>(protocol: &Protocol) -> usize {
    let is = |id: TypeId| id == TypeId::of::<T>();
    let old_kernel = |minor: u32| protocol.kernel_minor < minor;
    // Whether it is cut, and to what: some is by what was agreed on, some only ever was by old kernels.
    let cuts = [
        (is(TypeId::of::<abi::GetattrIn>()) && old_kernel(9), 0),
        (is(TypeId::of::<abi::WriteIn>()) && protocol.minor < 9, 24),
        (is(TypeId::of::<abi::ReadIn>()) && old_kernel(9), 24),
        (is(TypeId::of::<abi::LkIn>()) && old_kernel(9), 40),
        (is(TypeId::of::<abi::MknodIn>()) && protocol.minor < 12, 8),
        (is(TypeId::of::<abi::CreateIn>()) && protocol.minor < 12, 8),
        (
            is(TypeId::of::<abi::SetxattrIn>()) && !protocol.has(flags::init::SETXATTR_EXT),
            8,
        ),
    ];
    let cut = cuts.iter().find(|(is_cut, _)| *is_cut);
    cut.map_or(size_of::<T>(), |(_, size)| *size)
}

impl<T: Plain + 'static> Part for T {
    fn take(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // Nothing is agreed on before it is read: the version stands in the structure itself.
        if TypeId::of::<T>() == TypeId::of::<abi::InitIn>() {
            let size = reader.rest.len().min(size_of::<T>());
            return reader.plain(size.max(8));
        }
        let size = size_in::<T>(reader.protocol);
        reader.plain(size)
    }

    fn put(&self, out: &mut Vec<u8>, protocol: &Protocol) {
        let bytes = self.as_bytes();
        let size = if TypeId::of::<T>() == TypeId::of::<abi::InitIn>() {
            init_size(bytes)
        } else {
            size_in::<T>(protocol)
        };
        out.extend_from_slice(&bytes[..size]);
    }
}

impl Part for Name {
    fn take(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let end = reader
            .rest
            .iter()
            .position(|byte| *byte == 0)
            .ok_or(DecodeError::Name)?;
        let name = Self::new(&reader.rest[..end]);
        reader.rest = &reader.rest[end + 1..];
        Ok(name)
    }

    fn put(&self, out: &mut Vec<u8>, _: &Protocol) {
        out.extend_from_slice(self.as_bytes());
        out.push(0);
    }
}

/// Bytes up to the end.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Data(pub Vec<u8>);

impl Part for Data {
    fn take(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(std::mem::take(&mut reader.rest).to_vec()))
    }

    fn put(&self, out: &mut Vec<u8>, _: &Protocol) {
        out.extend_from_slice(&self.0);
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 64;
        let head = &self.0[..self.0.len().min(SHOWN)];
        let more = if self.0.len() > SHOWN { "…" } else { "" };
        write!(f, "{} bytes \"{}{more}\"", self.0.len(), head.escape_ascii())
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes_as_json(&self.0).serialize(serializer)
    }
}

/// Structures up to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Many<T>(pub Vec<T>);

impl<T: Plain> Part for Many<T> {
    fn take(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut all = Vec::new();
        while !reader.rest.is_empty() {
            all.push(reader.plain(size_of::<T>())?);
        }
        Ok(Self(all))
    }

    fn put(&self, out: &mut Vec<u8>, _: &Protocol) {
        for one in &self.0 {
            out.extend_from_slice(one.as_bytes());
        }
    }
}
