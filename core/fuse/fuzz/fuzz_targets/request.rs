//! Any bytes are a request, which then says the same when it is written again, or none.

#![no_main]

use gkfs_fuse::{Protocol, Request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, u64, Vec<u8>)| {
    let (minor, kernel_minor, flags, bytes) = input;
    let protocol = Protocol {
        minor: minor.into(),
        kernel_minor: kernel_minor.into(),
        flags,
    };
    if let Ok(request) = Request::decode(&bytes, &protocol) {
        assert_eq!(request.bytes(), bytes);
        let _ = (request.to_string(), request.body.fields());
        let again = request.encode(&protocol);
        let read = Request::decode(&again, &protocol).expect("what was written can be read");
        assert_eq!(read.body, request.body);
    }
});
