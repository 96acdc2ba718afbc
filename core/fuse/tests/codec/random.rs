//! Rubbish into the decoder and into a whole server: errors, never a panic.

use gkfs_fuse::{FakeFuse, Problem, Protocol, Request};
use proptest::prelude::*;

fn any_protocol() -> impl Strategy<Value = Protocol> {
    (0..60_u32, 0..60_u32, any::<u64>()).prop_map(|(minor, kernel_minor, flags)| Protocol {
        minor,
        kernel_minor,
        flags,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn random_bytes_never_end_the_decoder(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        opcode in 0..56_u32,
        honest in any::<bool>(),
        protocol in any_protocol(),
    ) {
        if honest && bytes.len() >= 40 {
            let length = bytes.len() as u32;
            bytes[..4].copy_from_slice(&length.to_ne_bytes());
            bytes[4..8].copy_from_slice(&opcode.to_ne_bytes());
            bytes[36..38].fill(0);
        }
        if let Ok(request) = Request::decode(&bytes, &protocol) {
            prop_assert_eq!(request.bytes(), &bytes[..]);
            request.to_string();
        }
    }
}

#[test]
fn a_server_answers_whatever_comes() {
    let fake = FakeFuse::builder().start_without_kernel().expect("threads");
    let mut random = fastrand::Rng::with_seed(6);
    for round in 0..3000_u64 {
        let mut bytes = vec![0; random.usize(0..200)];
        random.fill(&mut bytes);
        if bytes.len() >= 40 {
            let length = bytes.len() as u32;
            bytes[..4].copy_from_slice(&length.to_ne_bytes());
            // Any opcode that is answered at once by a file system.
            bytes[4..8].copy_from_slice(&random.u32(1..56).to_ne_bytes());
            bytes[8..16].copy_from_slice(&(round + 1).to_ne_bytes());
            bytes[36..38].fill(0);
            let unanswered = [2, 36, 41, 42].contains(&bytes[4]);
            assert_eq!(fake.call_bytes(&bytes).is_err(), unanswered, "{bytes:?}");
        } else {
            assert!(fake.call_bytes(&bytes).is_err());
        }
    }
    let problems = fake.take_problems();
    let known = |problem: &Problem| matches!(problem, Problem::Malformed(_) | Problem::Forgotten { .. });
    assert!(problems.iter().all(known), "{problems:?}");
    fake.stop();
}
