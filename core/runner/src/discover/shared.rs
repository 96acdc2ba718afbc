//! Tests that use what a machine has only once, told by what stands in their files: they run one at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::Discovery;

/// Of a longer file only so much is looked at, in bytes.
const LONGEST: u64 = 1 << 20;

/// Gives each test a lock for each of the words that its file has.
pub(super) fn lock(discovery: &mut Discovery, words: &[String]) {
    if words.is_empty() {
        return;
    }
    let mut known = HashMap::new();
    for test in &mut discovery.tests {
        let Some(file) = &test.file else { continue };
        let found = known.entry(file.clone()).or_insert_with(|| words_in(file, words));
        let locks = &mut test.rules.locks;
        let new: Vec<String> = found
            .iter()
            .filter(|word| !locks.contains(word))
            .cloned()
            .collect();
        locks.extend(new);
    }
}

/// A file that cannot be read has none: whoever runs it will say why.
fn words_in(file: &Path, words: &[String]) -> Vec<String> {
    let mut text = Vec::new();
    if File::open(file)
        .and_then(|file| file.take(LONGEST).read_to_end(&mut text))
        .is_err()
    {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&text);
    words
        .iter()
        .filter(|word| text.contains(word.as_str()))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Test;
    use super::*;

    #[test]
    fn tests_whose_file_names_it_get_its_lock_once() {
        let dir = tempfile::tempdir().unwrap();
        let test = |name: &str, text: &str| {
            let file = dir.path().join(name);
            fs::write(&file, text).unwrap();
            Test {
                file: Some(file),
                ..Test::default()
            }
        };
        let tests = vec![
            test("a.py", "open('/tmp/only.txt')"),
            test("b.py", "pass"),
            Test::default(),
        ];
        let mut discovery = Discovery {
            tests,
            ..Discovery::default()
        };
        for _ in 0..2 {
            lock(&mut discovery, &["only.txt".into(), "other".into()]);
        }
        let locks: Vec<&[String]> = discovery.tests.iter().map(|test| &test.rules.locks[..]).collect();
        assert_eq!(locks, [&["only.txt".to_owned()][..], &[], &[]]);
    }
}
