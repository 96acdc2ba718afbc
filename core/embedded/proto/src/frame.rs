//! Frames: a fixed header, then a body of a length it tells.
//!
//! | bytes | request | response |
//! |---|---|---|
//! | 0..4 | length of the body | length of the body |
//! | 4..8 | operation | status: 0, an errno, or [`REDIRECT`] |
//! | 8..12 | tag, repeated in the response | tag |

use crate::{
    MAX_BODY,
    wire::{Encode, Malformed, Writer},
};

/// Bytes in a frame's header.
pub const HEADER_LEN: usize = 12;

/// Status of a response whose body is an absolute path outside the mount, where a symbolic link led.
pub const REDIRECT: u32 = 0x1_0000;

macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident = $number:literal,)*) => {
        /// What a request asks for; its body is the message of the same name in [`msg`](crate::msg).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Op { $($(#[$meta])* $name = $number,)* }

        impl Op {
            /// Every operation, for tables and tests.
            pub const ALL: &'static [Op] = &[$(Op::$name),*];

            /// The operation of that number.
            pub fn from_number(number: u32) -> Option<Op> {
                match number { $($number => Some(Op::$name),)* _ => None }
            }
        }
    };
}

operations! {
    /// Introduces a client; the first request of a connection.
    Hello = 1,
    /// Says that this process is about to fork, so that its open files may outlive it.
    Forking = 2,
    /// Asks what a path names.
    Stat = 10,
    /// Asks what an open file's node is like.
    StatNode = 11,
    /// Opens, and creates where asked to.
    Open = 12,
    /// Makes a directory or a special file.
    Make = 13,
    /// Makes a symbolic link.
    Symlink = 14,
    /// Reads a symbolic link.
    Readlink = 15,
    /// Makes a hard link.
    Link = 16,
    /// Removes a name.
    Unlink = 17,
    /// Renames.
    Rename = 18,
    /// Changes mode, owner or times.
    SetAttr = 19,
    /// Changes a file's size.
    Truncate = 20,
    /// Lists a directory.
    Readdir = 21,
    /// Asks for the path that a node has now.
    PathOf = 22,
    /// Asks for the file system's totals.
    Statfs = 23,
    /// Reads an extended attribute.
    GetXattr = 24,
    /// Writes an extended attribute.
    SetXattr = 25,
    /// Lists the names of extended attributes.
    ListXattr = 26,
    /// Removes an extended attribute.
    RemoveXattr = 27,
    /// Reads file content from the only daemon.
    Read = 40,
    /// Writes file content to the only daemon.
    Write = 41,
    /// Reads a part of one chunk from its owner.
    ReadChunk = 42,
    /// Writes a part of one chunk to its owner.
    WriteChunk = 43,
    /// Extends a file to at least a size, after its chunks were written.
    Grow = 44,
    /// Takes room at the end of a file for an appending write.
    Reserve = 45,
    /// Allocates, zeroes or punches a range.
    Allocate = 46,
    /// A request between daemons; its body is theirs to define.
    Peer = 100,
}

/// A message that is sent as a request.
pub trait Ask: Encode {
    /// The operation it belongs to.
    const OP: Op;
}

/// Header of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Bytes in the body.
    pub len: usize,
    /// What is asked for.
    pub op: Op,
    /// Chosen by the sender.
    pub tag: u32,
}

/// Why a header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadHeader {
    /// The body would be longer than [`MAX_BODY`].
    TooLong(u32),
    /// No operation has this number.
    UnknownOp(u32),
}

impl Request {
    /// Writes header and message into `buffer`; `data_len` bytes of file content will follow them on the wire.
    pub fn encode<'b, M: Ask>(
        message: &M,
        tag: u32,
        data_len: usize,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Malformed> {
        frame(M::OP as u32, tag, message, data_len, buffer)
    }

    /// Reads a header.
    pub fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Request, BadHeader> {
        let [len, op, tag] = words(bytes);
        let op = Op::from_number(op).ok_or(BadHeader::UnknownOp(op))?;
        Ok(Request {
            len: body_len(len)?,
            op,
            tag,
        })
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done; the body is the operation's reply.
    Done,
    /// Failed with this errno; there is no body.
    Failed(u32),
    /// A symbolic link leads out of the mount; the body is the absolute path to use instead.
    Redirect,
}

/// Header of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// Bytes in the body.
    pub len: usize,
    /// How the request ended.
    pub status: Status,
    /// The request's tag.
    pub tag: u32,
}

impl Response {
    /// Writes header and reply into `buffer`; `data_len` bytes of file content will follow them on the wire.
    pub fn encode<'b>(
        status: Status,
        reply: &impl Encode,
        tag: u32,
        data_len: usize,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], Malformed> {
        let status = match status {
            Status::Done => 0,
            Status::Failed(errno) => errno,
            Status::Redirect => REDIRECT,
        };
        frame(status, tag, reply, data_len, buffer)
    }

    /// Reads a header.
    pub fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Response, BadHeader> {
        let [len, status, tag] = words(bytes);
        let status = match status {
            0 => Status::Done,
            REDIRECT => Status::Redirect,
            errno => Status::Failed(errno),
        };
        Ok(Response {
            len: body_len(len)?,
            status,
            tag,
        })
    }
}

fn frame<'b>(
    word: u32,
    tag: u32,
    message: &impl Encode,
    data_len: usize,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], Malformed> {
    let (header, body) = buffer.split_at_mut_checked(HEADER_LEN).ok_or(Malformed)?;
    let mut out = Writer::new(body);
    message.encode(&mut out)?;
    let encoded = out.len();
    let len = u32::try_from(encoded + data_len).map_err(|_| Malformed)?;
    header[0..4].copy_from_slice(&len.to_le_bytes());
    header[4..8].copy_from_slice(&word.to_le_bytes());
    header[8..12].copy_from_slice(&tag.to_le_bytes());
    Ok(&buffer[..HEADER_LEN + encoded])
}

fn words(bytes: &[u8; HEADER_LEN]) -> [u32; 3] {
    let word = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
    [word(0), word(4), word(8)]
}

fn body_len(len: u32) -> Result<usize, BadHeader> {
    if len as usize > MAX_BODY {
        Err(BadHeader::TooLong(len))
    } else {
        Ok(len as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_header_is_refused() {
        let http: &[u8; HEADER_LEN] = b"GET / HTTP/1";
        assert!(Request::parse(http).is_err());
        assert!(Response::parse(http).is_err());
    }

    #[test]
    fn every_operation_has_its_own_number() {
        for op in Op::ALL {
            assert_eq!(Op::from_number(*op as u32), Some(*op));
        }
    }

    #[test]
    fn a_buffer_too_small_is_an_error() {
        assert_eq!(
            Response::encode(Status::Done, &(), 0, 0, &mut [0; HEADER_LEN - 1]),
            Err(Malformed)
        );
    }
}
