//! A request: its header, its body by opcode, and the bytes it came in.

use std::any::Any;
use std::fmt;

use serde_json::{Map, Value};
use zerocopy::{FromBytes, IntoBytes};

use super::part::{Data, DecodeError, Many, Part, Reader};
use super::{Name, Protocol};
use crate::abi::{self, InHeader, Opcode, flags};

macro_rules! bodies {
    ($($variant:ident { $($field:ident: $part:ty),* })*) => {
        /// What a request says behind its header, by opcode; `args` is the kernel's structure.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "variants are opcodes, fields are what stands behind the header")]
        pub enum Body { $($variant { $($field: $part),* },)* }

        impl Body {
            /// Which opcode it belongs to.
            pub const fn opcode(&self) -> Opcode {
                match self { $(Self::$variant { .. } => Opcode::$variant,)* }
            }

            fn take(opcode: Opcode, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(match opcode {
                    $(Opcode::$variant => Self::$variant { $($field: Part::take(reader)?),* },)*
                })
            }

            fn put(&self, out: &mut Vec<u8>, protocol: &Protocol) {
                match self { $(Self::$variant { $($field),* } => { $($field.put(out, protocol);)* })* }
            }

            /// Its structure of type `T`, such as [`WriteIn`](abi::WriteIn), or its first [`Name`] or [`Data`].
            pub fn part<T: 'static>(&self) -> Option<&T> {
                match self {
                    $(Self::$variant { $($field),* } => {
                        $(if let Some(found) = ($field as &dyn Any).downcast_ref() {
                            return Some(found);
                        })*
                    })*
                }
                None
            }

            /// All it says, name by name.
            #[expect(unused_mut, reason = "some bodies are empty")]
            pub fn fields(&self) -> Map<String, Value> {
                match self {
                    $(Self::$variant { $($field),* } => {
                        let mut all = Map::new();
                        $(add(&mut all, stringify!($field), $field);)*
                        all
                    })*
                }
            }
        }
    };
}

bodies! {
    Lookup { name: Name }
    Forget { args: abi::ForgetIn }
    Getattr { args: abi::GetattrIn }
    Setattr { args: abi::SetattrIn }
    Readlink {}
    Symlink { name: Name, target: Name }
    Mknod { args: abi::MknodIn, name: Name }
    Mkdir { args: abi::MkdirIn, name: Name }
    Unlink { name: Name }
    Rmdir { name: Name }
    Rename { args: abi::RenameIn, name: Name, new_name: Name }
    Link { args: abi::LinkIn, name: Name }
    Open { args: abi::OpenIn }
    Read { args: abi::ReadIn }
    Write { args: abi::WriteIn, data: Data }
    Statfs {}
    Release { args: abi::ReleaseIn }
    Fsync { args: abi::FsyncIn }
    Setxattr { args: abi::SetxattrIn, name: Name, value: Data }
    Getxattr { args: abi::GetxattrIn, name: Name }
    Listxattr { args: abi::GetxattrIn }
    Removexattr { name: Name }
    Flush { args: abi::FlushIn }
    Init { args: abi::InitIn }
    Opendir { args: abi::OpenIn }
    Readdir { args: abi::ReadIn }
    Releasedir { args: abi::ReleaseIn }
    Fsyncdir { args: abi::FsyncIn }
    Getlk { args: abi::LkIn }
    Setlk { args: abi::LkIn }
    Setlkw { args: abi::LkIn }
    Access { args: abi::AccessIn }
    Create { args: abi::CreateIn, name: Name }
    Interrupt { args: abi::InterruptIn }
    Bmap { args: abi::BmapIn }
    Destroy {}
    Ioctl { args: abi::IoctlIn, data: Data }
    Poll { args: abi::PollIn }
    NotifyReply { args: abi::NotifyRetrieveIn, data: Data }
    BatchForget { args: abi::BatchForgetIn, items: Many<abi::ForgetOne> }
    Fallocate { args: abi::FallocateIn }
    Readdirplus { args: abi::ReadIn }
    Rename2 { args: abi::Rename2In, name: Name, new_name: Name }
    Lseek { args: abi::LseekIn }
    CopyFileRange { args: abi::CopyFileRangeIn }
    Setupmapping { args: abi::SetupmappingIn }
    Removemapping { args: abi::RemovemappingIn, items: Many<abi::RemovemappingOne> }
    Syncfs { args: abi::SyncfsIn }
    Tmpfile { args: abi::CreateIn, name: Name }
    Statx { args: abi::StatxIn }
    CopyFileRange64 { args: abi::CopyFileRangeIn }
}

fn add<T: serde::Serialize>(all: &mut Map<String, Value>, name: &str, part: &T) {
    match serde_json::to_value(part) {
        Ok(Value::Object(fields)) if name == "args" => all.extend(fields),
        Ok(value) => {
            all.insert(name.to_owned(), value);
        }
        // Numbers, text and lists of them: nothing of that can fail.
        Err(_) => {}
    }
}

/// A request of a kernel, or of whoever speaks as one.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Length, opcode, number, node and caller.
    pub header: InHeader,
    /// What it asks, by opcode.
    pub body: Body,
    /// What stands behind it where that was agreed on: security contexts, groups.
    pub extensions: Vec<u8>,
    bytes: Vec<u8>,
}

impl Request {
    /// Reads a request, and checks every length in it.
    ///
    /// # Errors
    /// The bytes are no request of this version, or have more or less than they tell.
    pub fn decode(bytes: &[u8], protocol: &Protocol) -> Result<Self, DecodeError> {
        let mut reader = Reader {
            rest: bytes,
            protocol,
        };
        let head = reader.bytes(size_of::<InHeader>(), "InHeader")?;
        let header = InHeader::read_from_bytes(head).unwrap_or_default();
        if header.len as usize != bytes.len() {
            return Err(DecodeError::Length {
                header: header.len,
                bytes: bytes.len(),
            });
        }
        let opcode = Opcode::from_number(header.opcode).ok_or(DecodeError::Opcode(header.opcode))?;
        let extensions = 8 * usize::from(header.total_extlen);
        let (body, extensions) = reader
            .rest
            .split_at_checked(reader.rest.len().wrapping_sub(extensions))
            .ok_or(DecodeError::Short {
                what: "extensions",
                need: extensions,
                have: reader.rest.len(),
            })?;
        reader.rest = body;
        let body = Body::take(opcode, &mut reader)?;
        if !reader.rest.is_empty() {
            return Err(DecodeError::Trailing {
                opcode,
                extra: reader.rest.len(),
            });
        }
        body.check()?;
        Ok(Self {
            header,
            body,
            extensions: extensions.to_vec(),
            bytes: bytes.to_vec(),
        })
    }

    /// Makes a request: number, node, and what it asks. The caller is nobody in particular.
    pub fn new(unique: u64, node: u64, body: Body, protocol: &Protocol) -> Self {
        let header = InHeader {
            opcode: body.opcode().number(),
            unique,
            nodeid: node,
            ..InHeader::default()
        };
        let mut request = Self {
            header,
            body,
            extensions: Vec::new(),
            bytes: Vec::new(),
        };
        request.bytes = request.encode(protocol);
        request.header.len = request.bytes.len() as u32;
        request
    }

    /// Writes the request as a kernel of this version does.
    pub fn encode(&self, protocol: &Protocol) -> Vec<u8> {
        let mut out = vec![0; size_of::<InHeader>()];
        self.body.put(&mut out, protocol);
        out.extend_from_slice(&self.extensions);
        let header = InHeader {
            len: out.len() as u32,
            total_extlen: (self.extensions.len() / 8) as u16,
            ..self.header
        };
        out[..size_of::<InHeader>()].copy_from_slice(header.as_bytes());
        out
    }

    /// The bytes it came in.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it asks for.
    pub const fn opcode(&self) -> Opcode {
        self.body.opcode()
    }

    /// Its number, which the reply repeats.
    pub const fn unique(&self) -> u64 {
        self.header.unique
    }

    /// The node it is about.
    pub const fn node(&self) -> u64 {
        self.header.nodeid
    }

    /// The name in it, the first if there are two.
    pub fn name(&self) -> Option<&Name> {
        self.body.part()
    }

    /// The data in it, of a write for example.
    pub fn data(&self) -> Option<&[u8]> {
        self.body.part().map(|data: &Data| data.0.as_slice())
    }

    /// Its structure of type `T`: `request.args::<WriteIn>()`.
    pub fn args<T: 'static>(&self) -> Option<&T> {
        self.body.part()
    }
}

impl Body {
    /// Whether the sizes told fit the data.
    fn check(&self) -> Result<(), DecodeError> {
        let (told, have) = match self {
            Self::Write { args, data } => (args.size as usize, data.0.len()),
            Self::Setxattr { args, value, .. } => (args.size as usize, value.0.len()),
            Self::Ioctl { args, data } => (args.in_size as usize, data.0.len()),
            Self::NotifyReply { args, data } => (args.size as usize, data.0.len()),
            Self::BatchForget { args, items } => (args.count as usize, items.0.len()),
            Self::Removemapping { args, items } => (args.count as usize, items.0.len()),
            _ => return Ok(()),
        };
        if told == have {
            Ok(())
        } else {
            Err(DecodeError::Size {
                opcode: self.opcode(),
                told,
                have,
            })
        }
    }
}

/// `LOOKUP #4 node 1 name=file`: flags by their names, modes in octal.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{} node {}", self.opcode(), self.unique(), self.node())?;
        for (name, value) in self.body.fields() {
            match (name.as_str(), &value) {
                ("data" | "value", _) => {
                    write!(f, " {name}={:?}", Data(self.data().unwrap_or_default().to_vec()))?
                }
                ("mode" | "umask", Value::Number(mode)) => {
                    write!(f, " {name}=0{:o}", mode.as_u64().unwrap_or_default())?;
                }
                ("valid", Value::Number(bits)) => {
                    let bits = bits.as_u64().unwrap_or_default();
                    write!(f, " valid={}", flags::names(flags::fattr::NAMES, bits))?;
                }
                (_, Value::String(text)) => write!(f, " {name}={}", text.escape_debug())?,
                (_, other) => write!(f, " {name}={other}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
