//! Under which names the kernel knows the nodes that it holds: what it is told when it is to let them go.

use std::collections::HashMap;

use crate::codec::{Body, Name, Reply, Request};

/// A directory's node, and a name in it.
type Place = (u64, Name);

/// The names of each node.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<u64, Vec<Place>>);

impl Names {
    /// Learns from an answer which name a node has.
    pub(crate) fn learn(&mut self, request: &Request, reply: &Reply) {
        let parent = request.node();
        match (&request.body, reply) {
            (_, Reply::Entry(entry) | Reply::Create(entry, _)) => {
                if let Some(name) = request.name() {
                    self.add(entry.nodeid, (parent, name.clone()));
                }
            }
            (Body::Readdirplus { .. }, Reply::Directory(entries)) => {
                for entry in entries {
                    if let Some(told) = &entry.entry {
                        self.add(told.nodeid, (parent, entry.name.clone()));
                    }
                }
            }
            (Body::Rename { args, name, new_name }, Reply::Empty) => {
                self.rename(&(parent, name.clone()), &(args.newdir, new_name.clone()));
            }
            (Body::Rename2 { args, name, new_name }, Reply::Empty) => {
                self.rename(&(parent, name.clone()), &(args.newdir, new_name.clone()));
            }
            _ => {}
        }
    }

    fn add(&mut self, node: u64, place: Place) {
        let places = self.0.entry(node).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }

    fn rename(&mut self, old: &Place, new: &Place) {
        for place in self.0.values_mut().flatten().filter(|place| *place == old) {
            place.clone_from(new);
        }
    }

    /// The kernel knows it no more.
    pub(crate) fn forget(&mut self, node: u64) {
        self.0.remove(&node);
    }

    /// All names of these nodes.
    pub(crate) fn of(&self, nodes: impl Iterator<Item = u64>) -> Vec<Place> {
        nodes
            .filter_map(|node| self.0.get(&node))
            .flatten()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::RenameIn;
    use crate::attr::Attr;
    use crate::codec::Protocol;

    #[test]
    fn a_name_is_learnt_moved_and_forgotten() {
        let mut names = Names::default();
        let ask = |node, body| Request::new(2, node, body, &Protocol::default());
        let lookup = ask(1, Body::Lookup { name: Name::new("a") });
        let entry = Reply::Entry(Attr::file(0o600).ino(7).entry().0);
        names.learn(&lookup, &entry);
        names.learn(&lookup, &entry);
        assert_eq!(names.of([7, 8].into_iter()), [(1, Name::new("a"))]);
        let rename = Body::Rename {
            args: RenameIn { newdir: 3 },
            name: Name::new("a"),
            new_name: Name::new("b"),
        };
        names.learn(&ask(1, rename), &Reply::Empty);
        assert_eq!(names.of([7].into_iter()), [(3, Name::new("b"))]);
        names.forget(7);
        assert_eq!(names.of([7].into_iter()), []);
    }
}
