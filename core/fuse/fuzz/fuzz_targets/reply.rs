//! Any bytes are the reply to a request of any opcode, or none.

#![no_main]

use gkfs_fuse::{Protocol, Reply, Request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<u8>, u8)| {
    let (mut request, mut reply, minor) = input;
    let protocol = Protocol::minor(minor.into());
    // Lengths that are right: what stands behind them is what is to be looked at.
    for bytes in [&mut request, &mut reply] {
        if let Some(length) = u32::try_from(bytes.len()).ok().filter(|length| *length >= 4) {
            bytes[..4].copy_from_slice(&length.to_ne_bytes());
        }
    }
    let Ok(request) = Request::decode(&request, &protocol) else {
        return;
    };
    if let Ok(read) = Reply::decode(&reply, &request, &protocol) {
        let _ = (read.to_string(), read.fields(), read.encode(&request, &protocol));
    }
});
