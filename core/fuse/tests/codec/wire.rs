//! The wire format said a second time, as lengths and places, and the codec held against it.

use gkfs_fuse::abi::Opcode::{self, *};
use gkfs_fuse::{Protocol, Reply, Request};
use proptest::prelude::*;

/// What stands behind the structure and the names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tail {
    None,
    /// Bytes, whose number stands at this place of the structure.
    Sized(usize),
    /// Items of this length, whose number stands at this place.
    Items(usize, usize),
}

/// Structure, names, and what follows, of each opcode.
pub(crate) fn layout(opcode: Opcode) -> (usize, usize, Tail) {
    match opcode {
        Lookup | Unlink | Rmdir | Removexattr => (0, 1, Tail::None),
        Symlink => (0, 2, Tail::None),
        Readlink | Statfs | Destroy => (0, 0, Tail::None),
        Forget | Opendir | Open | Access | Listxattr | Interrupt | Syncfs => (8, 0, Tail::None),
        Getattr | Fsync | Fsyncdir | Bmap => (16, 0, Tail::None),
        Setattr => (88, 0, Tail::None),
        Mknod | Create | Tmpfile => (16, 1, Tail::None),
        Mkdir | Link | Getxattr => (8, 1, Tail::None),
        Rename => (8, 2, Tail::None),
        Rename2 => (16, 2, Tail::None),
        Read | Readdir | Readdirplus => (40, 0, Tail::None),
        Write => (40, 0, Tail::Sized(16)),
        Release | Releasedir | Flush | Poll | Lseek => (24, 0, Tail::None),
        Setxattr => (8, 1, Tail::Sized(0)),
        Init => (64, 0, Tail::None),
        Getlk | Setlk | Setlkw => (48, 0, Tail::None),
        Ioctl => (32, 0, Tail::Sized(24)),
        NotifyReply => (40, 0, Tail::Sized(16)),
        BatchForget => (8, 0, Tail::Items(0, 16)),
        Fallocate | Statx => (if matches!(opcode, Statx) { 24 } else { 32 }, 0, Tail::None),
        CopyFileRange | CopyFileRange64 => (56, 0, Tail::None),
        Setupmapping => (40, 0, Tail::None),
        Removemapping => (4, 0, Tail::Items(0, 16)),
    }
}

/// The bytes of a right request, whatever its fields say.
pub(crate) fn request() -> impl Strategy<Value = (Opcode, Vec<u8>)> {
    let name = prop::collection::vec(1..=255_u8, 0..20);
    (
        prop::sample::select(Opcode::ALL),
        prop::collection::vec(any::<u8>(), 40 + 88),
        (name.clone(), name),
        prop::collection::vec(any::<u8>(), 0..100),
        0..3_u16,
    )
        .prop_map(|(opcode, noise, names, data, extensions)| {
            (opcode, assemble(opcode, &noise, names, &data, extensions))
        })
}

pub(crate) fn assemble(
    opcode: Opcode,
    noise: &[u8],
    names: (Vec<u8>, Vec<u8>),
    data: &[u8],
    extensions: u16,
) -> Vec<u8> {
    let (size, count, tail) = layout(opcode);
    let mut bytes = noise[..40 + size].to_vec();
    for name in [names.0, names.1].into_iter().take(count) {
        bytes.extend(name);
        bytes.push(0);
    }
    match tail {
        Tail::None => {}
        Tail::Sized(place) => {
            bytes[40 + place..][..4].copy_from_slice(&(data.len() as u32).to_ne_bytes());
            bytes.extend(data);
        }
        Tail::Items(place, length) => {
            let items = data.len() / length;
            bytes[40 + place..][..4].copy_from_slice(&(items as u32).to_ne_bytes());
            bytes.extend(&data[..items * length]);
        }
    }
    // A handshake has whatever length the kernel gives it, so nothing can stand behind it.
    let extensions = if opcode == Init { 0 } else { extensions };
    bytes.extend(vec![7; 8 * usize::from(extensions)]);
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(&length.to_ne_bytes());
    bytes[4..8].copy_from_slice(&opcode.number().to_ne_bytes());
    bytes[36..38].copy_from_slice(&extensions.to_ne_bytes());
    bytes
}

proptest! {
    #[test]
    fn every_right_request_is_read_and_written_again((opcode, bytes) in request()) {
        let protocol = Protocol::default();
        let request = Request::decode(&bytes, &protocol).expect("a right request");
        prop_assert_eq!(request.opcode(), opcode);
        prop_assert_eq!(request.encode(&protocol), bytes);
        // Whatever is in it can be shown and recorded.
        prop_assert!(request.to_string().starts_with(opcode.name()));
        request.body.fields();
    }

    #[test]
    fn a_request_that_is_cut_is_refused((opcode, bytes) in request(), at in any::<prop::sample::Index>()) {
        let protocol = Protocol::default();
        let mut cut = bytes[..at.index(bytes.len())].to_vec();
        prop_assert!(Request::decode(&cut, &protocol).is_err(), "the header's length is wrong");
        // The same with a length that is right: only another right request may come of it.
        if let Some(length) = cut.get(..4).map(|_| cut.len() as u32) {
            cut[..4].copy_from_slice(&length.to_ne_bytes());
        }
        // A handshake may have any length: kernels have made it longer over the years.
        if let Ok(request) = Request::decode(&cut, &protocol)
            && opcode != Init
        {
            prop_assert_eq!(request.opcode(), opcode);
            prop_assert_eq!(request.encode(&protocol), cut);
        }
    }

    #[test]
    fn any_bytes_are_a_reply_or_none((_, bytes) in request(), mut reply in prop::collection::vec(any::<u8>(), 0..300)) {
        let protocol = Protocol::default();
        let request = Request::decode(&bytes, &protocol).expect("a right request");
        let length = reply.len() as u32;
        if reply.len() >= 16 {
            reply[..4].copy_from_slice(&length.to_ne_bytes());
            reply[4..8].fill(0);
        }
        if let Ok(read) = Reply::decode(&reply, &request, &protocol) {
            let written = read.encode(&request, &protocol);
            prop_assert!(!read.to_string().is_empty() && written.is_some());
        }
    }
}
