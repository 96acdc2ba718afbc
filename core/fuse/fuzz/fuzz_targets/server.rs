//! Whatever a kernel might say, a whole server answers what is to be answered, and does not end.

#![no_main]

use std::cell::RefCell;

use gkfs_fuse::FakeFuse;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FAKE: RefCell<Option<(FakeFuse, u64)>> = const { RefCell::new(None) };
}

fuzz_target!(|input: Vec<Vec<u8>>| {
    FAKE.with_borrow_mut(|slot| {
        let (fake, unique) = slot.get_or_insert_with(|| {
            let fake = FakeFuse::builder().keep_log(false).start_without_kernel();
            (fake.expect("threads"), 1)
        });
        for mut bytes in input {
            if bytes.len() >= 40 {
                let length = bytes.len() as u32;
                bytes[..4].copy_from_slice(&length.to_ne_bytes());
                bytes[8..16].copy_from_slice(&unique.to_ne_bytes());
                bytes[36..38].fill(0);
                *unique += 1;
            }
            let opcode = bytes.get(4..8).map_or(0, |field| field[0]);
            let answered = fake.call_bytes(&bytes).is_ok();
            // What has no header, and what is never answered.
            assert!(answered || bytes.len() < 40 || [2, 36, 41, 42].contains(&opcode), "{bytes:?}");
        }
        fake.take_problems();
    });
});
