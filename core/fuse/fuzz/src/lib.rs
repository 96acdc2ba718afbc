//! What is fuzzed: one function of any bytes for each target. `tests/codec/corpus.rs` of `gkfs-fuse` runs the same ones.

use std::time::Duration;

use gkfs_fuse::{FakeFuse, Protocol, Reply, Request};

/// Any bytes are a request, which then says the same when it is written again, or none. Before them stand the minor versions
/// of server and kernel, a byte each, and eight of flags.
pub fn request(input: &[u8]) {
    let Some(([minor, kernel_minor, flags @ ..], bytes)) = input.split_first_chunk::<10>() else {
        return;
    };
    let protocol = Protocol {
        minor: u32::from(*minor),
        kernel_minor: u32::from(*kernel_minor),
        flags: u64::from_le_bytes(*flags),
    };
    if let Ok(request) = Request::decode(bytes, &protocol) {
        assert_eq!(request.bytes(), bytes);
        let _ = (request.to_string(), request.body.fields());
        let again = request.encode(&protocol);
        let read = Request::decode(&again, &protocol).expect("what was written can be read");
        assert_eq!(read.body, request.body);
    }
}

/// Any bytes are the reply to a request of any opcode, or none. Before them stand the minor version, a byte, and the request
/// after its length, two bytes.
pub fn reply(input: &[u8]) {
    let Some(([minor, length @ ..], rest)) = input.split_first_chunk::<3>() else {
        return;
    };
    let protocol = Protocol::minor(u32::from(*minor));
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (request, reply) = rest.split_at(length);
    let (mut request, mut reply) = (request.to_vec(), reply.to_vec());
    // Lengths that are right: what stands behind them is what is to be looked at.
    for bytes in [&mut request, &mut reply] {
        tell_length(bytes);
    }
    let Ok(request) = Request::decode(&request, &protocol) else {
        return;
    };
    if let Ok(read) = Reply::decode(&reply, &request, &protocol) {
        let _ = (read.to_string(), read.fields(), read.encode(&request, &protocol));
    }
}

/// Whatever a kernel might say, a whole server answers what is to be answered, and does not end. Each message stands after
/// its length, two bytes.
pub fn server(mut input: &[u8]) {
    const HEADER: usize = 40;
    /// `FORGET`, `INTERRUPT`, `NOTIFY_REPLY` and `BATCH_FORGET` are not answered.
    const UNANSWERED: [u8; 4] = [2, 36, 41, 42];
    let fake = FakeFuse::builder()
        .keep_log(false)
        .deadline(Duration::from_millis(20))
        .start_without_kernel()
        .expect("threads");
    fake.forgive();
    let mut unique = 0_u64;
    while let Some((length, rest)) = input.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (message, rest) = rest.split_at(length);
        input = rest;
        let mut bytes = message.to_vec();
        if bytes.len() >= HEADER {
            unique += 1;
            tell_length(&mut bytes);
            bytes[8..16].copy_from_slice(&unique.to_ne_bytes());
            // No extensions.
            bytes[36..38].fill(0);
        }
        let answered = fake.call_bytes(&bytes).is_ok();
        let unanswered = bytes.len() < HEADER || bytes[5..8] == [0; 3] && UNANSWERED.contains(&bytes[4]);
        assert!(answered || unanswered, "no answer to {bytes:?}");
    }
}

fn tell_length(bytes: &mut [u8]) {
    if let Ok(length @ 4..) = u32::try_from(bytes.len()) {
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
    }
}
