//! Reading a reply, which needs the request it answers.

use zerocopy::FromBytes;

use super::part::{DecodeError, Reader};
use super::{DirEntry, Name, Protocol, Reply, Request};
use crate::abi::{self, Opcode, OutHeader, Plain};

impl Reply {
    /// Reads the reply to `request`.
    ///
    /// # Errors
    /// The bytes are none, or have more or less than they tell.
    pub fn decode(bytes: &[u8], request: &Request, protocol: &Protocol) -> Result<Self, DecodeError> {
        let mut reader = Reader {
            rest: bytes,
            protocol,
        };
        let head = reader.bytes(size_of::<OutHeader>(), "OutHeader")?;
        let header = OutHeader::read_from_bytes(head).unwrap_or_default();
        if header.len as usize != bytes.len() {
            return Err(DecodeError::Length {
                header: header.len,
                bytes: bytes.len(),
            });
        }
        if header.error != 0 {
            let extra = reader.rest.len();
            return match extra {
                0 => Ok(Self::Errno(header.error.wrapping_neg())),
                _ => Err(DecodeError::ErrorWithBody {
                    errno: header.error,
                    extra,
                }),
            };
        }
        let reply = body(&mut reader, request, protocol)?;
        match reader.rest.len() {
            0 => Ok(reply),
            extra => Err(DecodeError::Trailing {
                opcode: request.opcode(),
                extra,
            }),
        }
    }
}

fn whole<T: Plain>(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
    reader.plain(size_of::<T>())
}

/// What old versions wrote without the last eight bytes.
fn grown<T: Plain>(reader: &mut Reader<'_>, protocol: &Protocol) -> Result<T, DecodeError> {
    reader.plain(size_of::<T>() - if protocol.minor < 9 { 8 } else { 0 })
}

fn number(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    whole::<abi::WriteOut>(reader).map(|out| out.size)
}

fn rest(reader: &mut Reader<'_>) -> Vec<u8> {
    std::mem::take(&mut reader.rest).to_vec()
}

fn body(reader: &mut Reader<'_>, request: &Request, protocol: &Protocol) -> Result<Reply, DecodeError> {
    Ok(match request.opcode() {
        Opcode::Lookup | Opcode::Symlink | Opcode::Mknod | Opcode::Mkdir | Opcode::Link => {
            Reply::Entry(grown(reader, protocol)?)
        }
        Opcode::Getattr | Opcode::Setattr => Reply::Attr(grown(reader, protocol)?),
        Opcode::Statx => Reply::Statx(Box::new(whole(reader)?)),
        Opcode::Open | Opcode::Opendir => Reply::Open(whole(reader)?),
        Opcode::Create | Opcode::Tmpfile => Reply::Create(grown(reader, protocol)?, whole(reader)?),
        Opcode::Readlink | Opcode::Read => Reply::Data(rest(reader)),
        Opcode::Readdir | Opcode::Readdirplus => Reply::Directory(entries(reader, request.opcode())?),
        Opcode::Write => Reply::Written(number(reader)?),
        Opcode::Statfs => Reply::Statfs(reader.plain(if protocol.minor < 4 { 48 } else { 80 })?),
        Opcode::Getxattr | Opcode::Listxattr => match request.args::<abi::GetxattrIn>() {
            Some(args) if args.size == 0 => Reply::XattrSize(number(reader)?),
            _ => Reply::Data(rest(reader)),
        },
        Opcode::Getlk => Reply::Lock(whole(reader)?),
        Opcode::Init => {
            let size = reader.rest.len().clamp(8, size_of::<abi::InitOut>());
            Reply::Init(reader.plain(size)?)
        }
        Opcode::Bmap => Reply::Bmap(whole::<abi::BmapOut>(reader)?.block),
        Opcode::Ioctl => Reply::Ioctl(whole(reader)?, rest(reader)),
        Opcode::Poll => Reply::Poll(number(reader)?),
        Opcode::Lseek => Reply::Offset(whole::<abi::LseekOut>(reader)?.offset),
        Opcode::CopyFileRange => Reply::Copied(number(reader)?.into()),
        Opcode::CopyFileRange64 => Reply::Copied(whole::<abi::CopyFileRangeOut>(reader)?.bytes_copied),
        _ => Reply::Empty,
    })
}

fn entries(reader: &mut Reader<'_>, opcode: Opcode) -> Result<Vec<DirEntry>, DecodeError> {
    let mut all = Vec::new();
    while !reader.rest.is_empty() {
        let entry = match opcode {
            Opcode::Readdirplus => Some(whole::<abi::EntryOut>(reader)?),
            _ => None,
        };
        let head: abi::Dirent = whole(reader)?;
        let name = reader.bytes(head.namelen as usize, "a name")?;
        all.push(DirEntry {
            name: Name::new(name),
            ino: head.ino,
            kind: head.kind,
            off: head.off,
            entry: entry.filter(|entry| entry.nodeid != 0),
        });
        let padding = (head.namelen as usize).next_multiple_of(8) - head.namelen as usize;
        reader.bytes(padding, "padding")?;
    }
    Ok(all)
}
