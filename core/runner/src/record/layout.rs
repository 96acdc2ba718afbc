//! Where things are in a run's directory.

use xxhash_rust::xxh3::xxh3_64;

/// The longest encoded name; a longer one is cut and ends in `~` and a part of its hash.
const LONGEST: usize = 120;

/// A name as a file name: bytes outside `[A-Za-z0-9._-]` as `%XX`, at most 120 of them, then `~` and 8 hexadecimal
/// digits of the name's XXH3. The number of a second test of one name (`#2`) stays readable.
///
/// ```
/// use gkfs_runner::record::encode;
/// assert_eq!(encode("write::all[4 k]"), "write%3A%3Aall%5B4%20k%5D");
/// assert_eq!(encode("read#2"), "read#2");
/// assert_eq!(encode(".."), "%2E%2E");
/// ```
#[must_use]
pub fn encode(name: &str) -> String {
    let (name, copy) = split_copy(name);
    let mut text = String::with_capacity(name.len());
    let dots = matches!(name, "." | "..");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || (b"._-".contains(&byte) && !dots) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    if text.len() > LONGEST {
        text.truncate(LONGEST);
        text.push_str(&format!("~{:08x}", xxh3_64(name.as_bytes()) as u32));
    }
    text.push_str(copy);
    text
}

fn split_copy(name: &str) -> (&str, &str) {
    match name.rfind('#') {
        Some(at) if at > 0 && name.len() > at + 1 && name[at + 1..].bytes().all(|b| b.is_ascii_digit()) => {
            name.split_at(at)
        }
        _ => (name, ""),
    }
}

/// The directory of an attempt, relative to the run's.
#[must_use]
pub fn attempt_dir(group: &str, name: &str, attempt: u32) -> String {
    format!("tests/{}/{}/attempt-{attempt}", encode(group), encode(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_name_is_cut_and_stays_distinct() {
        let long = |end: &str| encode(&format!("{}{end}", "x".repeat(200)));
        assert_eq!(long("a").len(), LONGEST + 9);
        assert_ne!(long("a"), long("b"));
    }

    proptest! {
        #[test]
        fn every_name_is_one_safe_component(name in "\\PC{0,200}") {
            let text = encode(&name);
            prop_assert!(text.len() <= 255 && text != "." && text != ".." && !text.contains(['/', '\0']));
        }

        #[test]
        fn different_names_have_different_directories(a in "\\PC{0,40}", b in "\\PC{0,40}") {
            prop_assert_eq!(a == b, encode(&a) == encode(&b));
        }
    }
}
