//! What the tests of a run found their file system able to do.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The answers so far. Tests may ask the same on different daemons; one refusal is enough to say no.
#[derive(Debug, Default)]
pub(crate) struct Caps(Mutex<BTreeMap<String, bool>>);

impl Caps {
    /// Adds what one attempt found out.
    pub(crate) fn add(&self, answers: Vec<(String, bool)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, able) in answers {
            *known.entry(name).or_insert(true) &= able;
        }
    }

    /// Names of what always worked, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let able = known.iter().filter(|(_, able)| **able);
        able.map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refusal_is_enough() {
        let caps = Caps::default();
        caps.add(vec![("xattr".into(), true), ("link".into(), true)]);
        caps.add(vec![("xattr".into(), false), ("O_PATH".into(), false)]);
        caps.add(vec![("xattr".into(), true)]);
        assert_eq!(caps.names(), ["link"]);
    }
}
