//! The messages: requests by the name of their [operation](crate::frame::Op), and the replies that need one.

mod reply;
mod request;

pub use reply::*;
pub use request::*;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frame::{HEADER_LEN, Request},
        wire::{Encode, Malformed, Reader, Writer},
    };
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_reads_back(old: std::vec::Vec<u8>, new: std::vec::Vec<u8>, flags: u32) {
            let rename = Rename { old: &old, new: &new, flags };
            let mut buffer = [0; 4096];
            let frame = Request::encode(&rename, 1, 0, &mut buffer).unwrap();
            prop_assert_eq!(Rename::decode(&frame[HEADER_LEN..]), Ok(rename));
        }

        #[test]
        fn no_bytes_make_a_decoder_panic(bytes: std::vec::Vec<u8>) {
            let _ = Rename::decode(&bytes);
            let _ = SetAttr::decode(&bytes);
            let _ = Welcome::decode(&bytes);
            let _ = Entry::decode_with_data(&bytes);
        }
    }

    #[test]
    fn what_follows_a_message_is_data() {
        let mut buffer = [0; 64];
        let mut out = Writer::new(&mut buffer);
        Grow { ino: 1, end: 2 }.encode(&mut out).unwrap();
        out.put(b"data").unwrap();
        let len = out.len();
        assert_eq!(Grow::decode(&buffer[..len]), Err(Malformed));
        assert_eq!(Grow::decode_with_data(&buffer[..len]).unwrap().1, b"data");
        assert_eq!(Reader::new(&buffer[..2]).take(3), Err(Malformed));
    }
}
