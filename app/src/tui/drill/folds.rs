//! Which parts of a tree are closed, where the tree is a list in which each node stands before what it holds.

use std::borrow::Borrow;
use std::collections::BTreeSet;

/// What is closed, by whatever a node is known by.
#[derive(Debug, Clone)]
pub(super) struct Folds<K>(BTreeSet<K>);

impl<K> Default for Folds<K> {
    fn default() -> Folds<K> {
        Folds(BTreeSet::new())
    }
}

impl<K: Ord> Folds<K> {
    /// These are closed.
    pub(super) fn of(closed: impl IntoIterator<Item = K>) -> Folds<K> {
        Folds(closed.into_iter().collect())
    }

    /// Returns which nodes are shown, given what each is known by and how deep it lies: none that lies within a closed
    /// one.
    pub(super) fn shown<'a, Q>(&self, nodes: impl IntoIterator<Item = (&'a Q, usize)>) -> Vec<usize>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized + 'a,
    {
        let mut within = None;
        let is_shown = |(at, (key, depth)): (usize, (&Q, usize))| {
            if within.is_some_and(|outer| depth > outer) {
                return None;
            }
            within = self.0.contains(key).then_some(depth);
            Some(at)
        };
        nodes.into_iter().enumerate().filter_map(is_shown).collect()
    }

    /// Whether what a node holds is shown.
    pub(super) fn is_open<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        !self.0.contains(key)
    }

    /// Whether all are open.
    pub(super) fn are_all_open(&self) -> bool {
        self.0.is_empty()
    }

    /// Closes a node.
    pub(super) fn close(&mut self, key: K) {
        self.0.insert(key);
    }

    /// Opens a node; whether it was closed.
    pub(super) fn open<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.0.remove(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_a_closed_one_is_not_shown() {
        let nodes = [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 0), ("f", 1)];
        let shown = |folds: &Folds<String>| folds.shown(nodes);
        let mut folds = Folds::default();
        assert!(folds.are_all_open());
        assert_eq!(shown(&folds), [0, 1, 2, 3, 4, 5]);
        folds.close("b".to_owned());
        assert_eq!(shown(&folds), [0, 1, 3, 4, 5]);
        folds.close("a".to_owned());
        // What is closed within stays so.
        assert_eq!(shown(&folds), [0, 4, 5]);
        assert!(folds.open("a") && !folds.open("a"));
        assert_eq!(shown(&folds), [0, 1, 3, 4, 5]);
        assert!(!folds.is_open("b") && folds.is_open("a"));
        assert_eq!(shown(&Folds::of(["e".to_owned()])), [0, 1, 2, 3, 4]);
    }
}
