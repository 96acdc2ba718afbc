//! What the fuzz targets run, on a stable compiler: a corpus of every opcode, each cut at every length and spoilt at every
//! place.
//!
//! `GKFS_FUSE_CORPUS=DIR` writes the corpus to `DIR/request` and so on, for `cargo fuzz run request DIR/request` to begin
//! with.

use std::path::Path;

use gkfs_fuse::abi::Opcode;
use gkfs_fuse::{Backend, Model, Protocol, Reply, Request};

use crate::wire::assemble;

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library of its own for the fuzzer")]
mod entries;

/// Where the corpus is written to.
const CORPUS: &str = "GKFS_FUSE_CORPUS";

/// A right request of each opcode, for a file system that has a file, node 2.
fn requests() -> Vec<Vec<u8>> {
    let noise = [0; 40 + 88];
    let names = || (b"file".to_vec(), b"other".to_vec());
    let request = |opcode: &Opcode| {
        let mut bytes = assemble(*opcode, &noise, names(), &[1; 32], 0);
        bytes[8] = 7;
        if *opcode == Opcode::Init {
            // Its minor version: as long as that of today.
            bytes[44] = 45;
        }
        bytes[16] = if bytes.len() > 40 && names_stand_in(*opcode) {
            1
        } else {
            2
        };
        bytes
    };
    Opcode::ALL.iter().map(request).collect()
}

fn names_stand_in(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::Lookup | Opcode::Mkdir | Opcode::Mknod | Opcode::Create | Opcode::Unlink | Opcode::Rename
    )
}

/// The first bytes of a `request` input: versions and flags.
fn with_protocol(request: &[u8]) -> Vec<u8> {
    [&[45, 45][..], &[0; 8], request].concat()
}

/// What a file system in memory answers, and a body of nothing where that is an error.
fn with_replies(request: &[u8]) -> Vec<Vec<u8>> {
    let protocol = Protocol::default();
    let asked = Request::decode(request, &protocol).expect("a right request");
    let answer = Model::new().file("file", "contents").answer(&asked, &protocol);
    let replies = [
        answer,
        Reply::Body(vec![0; 128]),
        Reply::Body(b"12345678".to_vec()),
    ];
    let bytes = replies.iter().filter_map(|reply| reply.encode(&asked, &protocol));
    bytes
        .map(|reply| [&[45], &length(request)[..], request, &reply].concat())
        .collect()
}

fn length(message: &[u8]) -> [u8; 2] {
    (message.len() as u16).to_le_bytes()
}

/// All of them, one after the other.
fn conversation(requests: &[Vec<u8>]) -> Vec<u8> {
    let messages = requests
        .iter()
        .map(|request| [&length(request)[..], request].concat());
    messages.collect::<Vec<_>>().concat()
}

/// The name of a target, what it runs, and its corpus.
type Target = (&'static str, fn(&[u8]), Vec<Vec<u8>>);

/// A corpus for each target.
fn corpus() -> [Target; 3] {
    let requests = requests();
    let protocols = requests.iter().map(|request| with_protocol(request)).collect();
    let replies = requests
        .iter()
        .flat_map(|request| with_replies(request))
        .collect();
    let mut conversations: Vec<_> = requests.chunks(4).map(conversation).collect();
    conversations.push(conversation(&requests));
    [
        ("request", entries::request, protocols),
        ("reply", entries::reply, replies),
        ("server", entries::server, conversations),
    ]
}

#[test]
fn the_corpus_is_right() {
    for request in requests() {
        let read = Request::decode(&request, &Protocol::default()).expect("a right request");
        assert_eq!(read.encode(&Protocol::default()), request);
    }
    for (target, run, inputs) in corpus() {
        inputs.iter().for_each(|input| run(input));
        if let Some(dir) = std::env::var_os(CORPUS) {
            let dir = Path::new(&dir).join(target);
            std::fs::create_dir_all(&dir).expect("a directory");
            for (number, input) in inputs.iter().enumerate() {
                std::fs::write(dir.join(number.to_string()), input).expect("a file");
            }
        }
    }
}

/// What fuzzing found: a handshake says by itself how long it is, whatever version is spoken otherwise.
#[test]
fn a_handshake_of_any_version_is_written_as_it_was_read() {
    for minor in [0, 5, 6, 31, 35, 36, 45, 52736_u32] {
        for flags in [0, 29696_u32] {
            let mut bytes = assemble(Opcode::Init, &[0; 40 + 88], Default::default(), &[], 0);
            bytes[44..48].copy_from_slice(&minor.to_ne_bytes());
            bytes[52..56].copy_from_slice(&flags.to_ne_bytes());
            for versions in [[0, 0], [45, 45], [45, 8]] {
                entries::request(&[&versions[..], &[0; 8], &bytes].concat());
            }
        }
    }
}

#[test]
fn whatever_is_cut_or_spoilt_ends_nothing() {
    for (target, run, inputs) in corpus() {
        // A server is started for each input, so not every place is tried.
        let step = if target == "server" { 13 } else { 1 };
        for input in &inputs {
            for place in (0..input.len()).step_by(step) {
                run(&input[..place]);
                for byte in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut spoilt = input.clone();
                    spoilt[place] = byte;
                    run(&spoilt);
                }
                // A number that is as large as numbers are.
                let mut spoilt = input.clone();
                spoilt[place..].iter_mut().take(8).for_each(|byte| *byte = 0xff);
                run(&spoilt);
            }
        }
    }
}
