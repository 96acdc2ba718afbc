#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| gkfs_fuse_fuzz::reply(input));
