//! JSON as rows that can be folded.

use std::collections::BTreeSet;

use serde_json::Value;

/// More of one string is not shown, in characters.
const LONGEST: usize = 2000;
/// A list of so many plain values stands in one row, until it is unfolded.
const SHORT: usize = 12;

/// A value with its key, or a list's or object's head.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) depth: usize,
    /// Its name in an object, or its index in a list.
    pub(super) key: String,
    /// The value; of a list or object, what it holds in short.
    pub(super) text: String,
    pub(super) kind: Kind,
    /// The index behind its last descendant.
    end: usize,
    /// Where it is, as a JSON pointer; only of what can be folded.
    pointer: String,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A number, `true`, `false` or `null`.
    Plain,
    /// A list or object with something in it.
    Branch {
        /// Whether its contents are shown.
        open: bool,
    },
}

/// Values with their keys, as rows of which some are folded away.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// What is not as it is at first: pointers.
    turned: BTreeSet<String>,
    visible: Vec<usize>,
}

impl Tree {
    /// Makes the rows of an object's members, in the given order.
    pub(super) fn new<'a>(members: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Tree {
        let mut tree = Tree::default();
        for (key, value) in members {
            tree.push(0, key.to_owned(), value, "");
        }
        tree.reflow();
        tree
    }

    /// Folds and unfolds as in another tree.
    pub(super) fn like(mut self, other: &Tree) -> Tree {
        self.turned.clone_from(&other.turned);
        for node in &mut self.nodes {
            if let Kind::Branch { open } = &mut node.kind
                && self.turned.contains(&node.pointer)
            {
                *open = !*open;
            }
        }
        self.reflow();
        self
    }

    /// Returns the rows that are shown.
    pub(super) fn rows(&self) -> &[usize] {
        &self.visible
    }

    pub(super) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// Returns how many rows there are, folded ones too.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the node that a node is in.
    pub(super) fn parent(&self, index: usize) -> Option<usize> {
        let depth = self.nodes.get(index)?.depth;
        (0..index).rev().find(|at| self.nodes[*at].depth < depth)
    }

    /// Opens or closes a node. Returns whether that changed it.
    pub(super) fn fold(&mut self, index: usize, close: bool) -> bool {
        let Some(node) = self.nodes.get_mut(index) else {
            return false;
        };
        let Kind::Branch { open } = &mut node.kind else {
            return false;
        };
        if *open != close {
            return false;
        }
        *open = !close;
        if !self.turned.remove(&node.pointer) {
            self.turned.insert(node.pointer.clone());
        }
        self.reflow();
        true
    }

    fn push(&mut self, depth: usize, key: String, value: &Value, above: &str) {
        let index = self.nodes.len();
        let pointer = match value {
            Value::Array(_) | Value::Object(_) => format!("{above}/{key}"),
            _ => String::new(),
        };
        self.nodes.push(Node {
            depth,
            key,
            text: text(value),
            kind: kind(value),
            end: index + 1,
            pointer: pointer.clone(),
        });
        match value {
            Value::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    self.push(depth + 1, at.to_string(), value, &pointer);
                }
            }
            Value::Object(values) => {
                for (key, value) in values {
                    self.push(depth + 1, key.clone(), value, &pointer);
                }
            }
            _ => {}
        }
        self.nodes[index].end = self.nodes.len();
    }

    fn reflow(&mut self) {
        self.visible.clear();
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            self.visible.push(at);
            at = match node.kind {
                Kind::Branch { open: false } => node.end,
                _ => at + 1,
            };
        }
    }
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::String(_) => Kind::Text,
        // The bytes of a read are many, and say little one below the other.
        Value::Array(values) if !values.is_empty() => Kind::Branch {
            open: !values.iter().all(is_plain),
        },
        Value::Object(values) if !values.is_empty() => Kind::Branch { open: true },
        _ => Kind::Plain,
    }
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => cut(text),
        Value::Array(values) if values.is_empty() => "[]".to_owned(),
        Value::Array(values) if values.iter().all(is_plain) => {
            let shown: Vec<String> = values.iter().take(SHORT).map(Value::to_string).collect();
            let more = if values.len() > SHORT { ", …" } else { "" };
            format!("[{}{more}] {}", cut(&shown.join(", ")), values.len())
        }
        Value::Array(values) => format!("[{}]", values.len()),
        Value::Object(values) if values.is_empty() => "{}".to_owned(),
        Value::Object(values) => format!("{{{}}}", values.len()),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(tree: &Tree) -> Vec<String> {
        let nodes = tree.rows().iter().filter_map(|at| tree.node(*at));
        nodes
            .map(|node| format!("{}{} {}", " ".repeat(node.depth), node.key, node.text))
            .collect()
    }

    fn tree(value: &Value) -> Tree {
        let members = value.as_object().expect("an object");
        Tree::new(members.iter().map(|(key, value)| (key.as_str(), value)))
    }

    #[test]
    fn what_is_folded_is_not_shown() {
        let mut tree = tree(&json!({ "reply": { "buf": [1, 2], "retval": 2 }, "x": [] }));
        assert_eq!(shown(&tree), ["reply {2}", " buf [1, 2] 2", " retval 2", "x []"]);
        assert!(tree.fold(1, false));
        assert_eq!(shown(&tree).len(), 6);
        assert!(tree.fold(0, true));
        assert_eq!(shown(&tree), ["reply {2}", "x []"]);
        // Nothing to be folded, or folded already.
        assert!(!tree.fold(0, true) && !tree.fold(5, true) && !tree.fold(99, true));
        assert_eq!((tree.parent(2), tree.parent(0)), (Some(1), None));
    }

    #[test]
    fn folds_stay_when_values_change() {
        let mut before = tree(&json!({ "args": { "mode": 511 } }));
        before.fold(0, true);
        let after = tree(&json!({ "args": { "mode": 511 }, "reply": { "retval": 0 } })).like(&before);
        assert_eq!(shown(&after), ["args {1}", "reply {1}", " retval 0"]);
    }

    #[test]
    fn long_values_are_cut() {
        let bytes: Vec<u8> = vec![7; 100];
        let tree = tree(&json!({ "buf": bytes, "text": "x".repeat(5000) }));
        let rows = shown(&tree);
        assert!(rows[0].ends_with(", …] 100"), "{}", rows[0]);
        assert!(rows[1].chars().count() < 2100);
    }
}
