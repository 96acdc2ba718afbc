//! Replies that a server must not send.

use zerocopy::{FromBytes, IntoBytes};

use crate::abi::OutHeader;

/// How a right reply is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Corrupt {
    /// The header tells of so many bytes more, or fewer, than there are.
    LengthLies(i32),
    /// Only the first bytes are sent; the header tells the truth about it if it is still there.
    Short(usize),
    /// Only the header is sent, and tells the truth about it.
    NoBody,
    /// So many zeros follow, and the header tells of them.
    Long(usize),
    /// The number is another one.
    Unique(u64),
    /// The header has this error, negative or not, behind which the body still stands.
    Error(i32),
    /// The header has this error, and nothing follows.
    OnlyError(i32),
    /// Every byte of the body is random, from this seed.
    Garbage(u64),
    /// These bytes are sent instead.
    Bytes(Vec<u8>),
}

impl Corrupt {
    pub(crate) fn apply(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        const HEADER: usize = size_of::<OutHeader>();
        let header = |bytes: &[u8]| {
            OutHeader::read_from_prefix(bytes).map_or_else(|_| OutHeader::default(), |it| it.0)
        };
        let mut head = header(&bytes);
        match self {
            Self::LengthLies(by) => head.len = head.len.wrapping_add_signed(*by),
            Self::Short(keep) => {
                bytes.truncate(*keep);
                head.len = bytes.len() as u32;
            }
            Self::NoBody => {
                bytes.truncate(HEADER);
                head.len = bytes.len() as u32;
            }
            Self::Long(more) => {
                bytes.resize(bytes.len() + more, 0);
                head.len = bytes.len() as u32;
            }
            Self::Unique(unique) => head.unique = *unique,
            Self::Error(error) => head.error = *error,
            Self::OnlyError(error) => {
                bytes.truncate(HEADER);
                head.len = bytes.len() as u32;
                head.error = *error;
            }
            Self::Garbage(seed) => {
                fastrand::Rng::with_seed(*seed).fill(bytes.get_mut(HEADER..).unwrap_or_default())
            }
            Self::Bytes(other) => return other.clone(),
        }
        let length = bytes.len().min(HEADER);
        bytes[..length].copy_from_slice(&head.as_bytes()[..length]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Reply;
    use crate::{Body, Protocol, Request};

    fn broken(corrupt: &Corrupt) -> (OutHeader, usize) {
        let request = Request::new(7, 1, Body::Readlink {}, &Protocol::default());
        let right = Reply::Data(b"target".to_vec()).encode(&request, &Protocol::default());
        let bytes = corrupt.apply(right.expect("bytes"));
        let header = OutHeader::read_from_prefix(&bytes).map_or(OutHeader::default(), |it| it.0);
        (header, bytes.len())
    }

    #[test]
    fn each_breaks_one_thing() {
        assert_eq!(broken(&Corrupt::LengthLies(8)).0.len, 30);
        assert_eq!(broken(&Corrupt::Short(1)).1, 1);
        assert_eq!(
            broken(&Corrupt::NoBody),
            (
                OutHeader {
                    len: 16,
                    error: 0,
                    unique: 7
                },
                16
            )
        );
        assert_eq!(broken(&Corrupt::Long(2)).0.len, 24);
        assert_eq!(broken(&Corrupt::Unique(9)).0.unique, 9);
        assert_eq!(broken(&Corrupt::Error(-512)).0.error, -512);
        assert_eq!(broken(&Corrupt::OnlyError(5)).1, 16);
        assert_eq!(broken(&Corrupt::Bytes(vec![1])).1, 1);
    }
}
