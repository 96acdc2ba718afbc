//! From the file system under test to the plain directory and back: paths and descriptors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gkfs_io::Argument;
use serde_json::{Map, Value};

/// Arguments that are descriptors; a number in place of a path is one, too.
const DESCRIPTORS: [&str; 5] = ["fd", "newfd", "dirfd", "olddirfd", "newdirfd"];
/// Arguments that are paths.
const PATHS: [&str; 7] = [
    "pathname",
    "pathname2",
    "path",
    "path_1",
    "path_2",
    "dirname",
    "linkpath",
];
/// Calls that look at a path.
const STATUS: [&str; 4] = ["stat", "lstat", "fstatat", "statx"];
/// Calls whose answer is a new descriptor.
const OPENING: [&str; 6] = ["open", "openat", "creat", "dup", "dup2", "dup3"];

/// Where the one's paths are in the other.
#[derive(Debug)]
pub(super) struct Translation {
    here: Vec<PathBuf>,
    there: PathBuf,
}

impl Translation {
    pub(super) fn new(here: PathBuf, there: PathBuf) -> Self {
        Self {
            here: vec![here],
            there,
        }
    }

    pub(super) fn add(&mut self, here: PathBuf) {
        if !self.here.contains(&here) {
            self.here.insert(0, here);
        }
    }

    /// The arguments for the plain directory; nothing if the operation is about something else.
    pub(super) fn arguments(
        &self,
        name: &str,
        args: &Map<String, Value>,
        known: Option<&Descriptors>,
    ) -> Option<Map<String, Value>> {
        let translate = |(arg, value): (&String, &Value)| {
            let translated = if DESCRIPTORS.contains(&arg.as_str()) {
                descriptor(value, known)?
            } else if !PATHS.contains(&arg.as_str()) {
                value.clone()
            } else if value.is_number() {
                descriptor(value, known)?
            } else if name == "symlink" && arg == "pathname" {
                // A link's target is a text, that of a path or not.
                self.path(value).unwrap_or_else(|| value.clone())
            } else if STATUS.contains(&name) && self.is_root(value) {
                // Who may do what at the mount point is nobody's operation.
                return None;
            } else {
                self.path(value)?
            };
            Some((arg.clone(), translated))
        };
        args.iter().map(translate).collect()
    }

    /// Whether an operation that was left out may have changed what is compared.
    pub(super) fn touches(&self, name: &str, args: &Map<String, Value>) -> bool {
        let paths = args.iter().filter(|(arg, _)| PATHS.contains(&arg.as_str()));
        let below = |value: &Value| PathBuf::from_json(value).is_some_and(|path| self.rest(&path).is_some());
        !STATUS.contains(&name) && paths.map(|(_, value)| value).any(below)
    }

    fn is_root(&self, value: &Value) -> bool {
        let path = PathBuf::from_json(value);
        path.and_then(|path| self.rest(&path).map(|rest| rest.trim_matches('/').is_empty())) == Some(true)
    }

    fn rest<'a>(&self, path: &'a Path) -> Option<&'a str> {
        self.here.iter().find_map(|here| below(path, here))
    }

    /// A path below the mount point, or one that is relative to a working directory that is the same on both sides.
    fn path(&self, value: &Value) -> Option<Value> {
        let path = PathBuf::from_json(value)?;
        if path.is_relative() {
            return Some(value.clone());
        }
        let rest = self.rest(&path)?;
        let mut there = self.there.clone().into_os_string();
        there.push(rest);
        Some(PathBuf::from(there).to_json())
    }

    /// A reply of the plain directory as the file system under test would have it.
    pub(super) fn reply(&self, mut reply: Value) -> Value {
        if let Some(object) = reply.as_object_mut() {
            for name in ["path", "target"] {
                if let Some(Value::String(text)) = object.get_mut(name) {
                    *text = text.replace(&*self.there.to_string_lossy(), &self.here[0].to_string_lossy());
                }
            }
        }
        reply
    }
}

/// What follows `here` in `path`, slashes and all: two of them, or one at the end, are part of what is tried out.
fn below<'a>(path: &'a Path, here: &Path) -> Option<&'a str> {
    let rest = path.to_str()?.strip_prefix(here.to_str()?)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn descriptor(value: &Value, known: Option<&Descriptors>) -> Option<Value> {
    let here = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    // The working directory, and what can be no descriptor, are the same on both sides.
    if here < 0 {
        return Some(here.into());
    }
    known?.0.get(&here).map(|there| (*there).into())
}

/// A session's open descriptors, with those of its twin.
#[derive(Debug, Default)]
pub(crate) struct Descriptors(BTreeMap<i64, i64>);

impl Descriptors {
    /// Notes what a call has opened or closed on both sides.
    pub(super) fn learn(&mut self, name: &str, args: &Map<String, Value>, here: &Value, there: &Value) {
        let number = |reply: &Value| reply.get("retval").and_then(Value::as_i64).filter(|fd| *fd >= 0);
        let opens = OPENING.contains(&name)
            || name == "fcntl" && matches!(args.get("cmd").and_then(Value::as_i64), Some(0 | 1030));
        match (number(here), number(there)) {
            (Some(here), Some(there)) if opens => {
                self.0.insert(here, there);
            }
            (Some(_), Some(_)) if name == "close" => {
                let closed = args.get("fd").and_then(Value::as_i64).unwrap_or(-1);
                self.0.remove(&closed);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(args: Value, known: Option<&Descriptors>) -> Option<Value> {
        let name = if args.get("linkpath").is_some() {
            "symlink"
        } else {
            "any"
        };
        let translation = Translation::new("/w/mnt".into(), "/w/oracle/mnt".into());
        let args = args.as_object().expect("an object").clone();
        translation.arguments(name, &args, known).map(Value::Object)
    }

    #[test]
    fn paths_below_the_mount_point_are_translated_and_others_are_none_of_its_business() {
        let there = arguments(json!({ "pathname": "/w/mnt//a/", "mode": 5 }), None);
        assert_eq!(there, Some(json!({ "pathname": "/w/oracle/mnt//a/", "mode": 5 })));
        assert_eq!(arguments(json!({ "pathname": "/w/mnty" }), None), None);
        assert_eq!(
            arguments(json!({ "pathname": "/tmp/x", "pathname2": "/w/mnt/x" }), None),
            None
        );
        let link = json!({ "pathname": "../x", "linkpath": "/w/mnt/l" });
        assert_eq!(
            arguments(link, None),
            Some(json!({ "pathname": "../x", "linkpath": "/w/oracle/mnt/l" }))
        );
        let outside = json!({ "pathname": "/tmp/x", "linkpath": "/w/mnt/l" });
        assert_eq!(
            arguments(outside, None).expect("a link may lead anywhere")["pathname"],
            "/tmp/x"
        );
        let data = json!({ "pathname": "/w/mnt/f", "data": "/w/mnt/f" });
        assert_eq!(arguments(data, None).expect("it is below")["data"], "/w/mnt/f");
    }

    #[test]
    fn descriptors_are_those_that_both_opened() {
        let mut known = Descriptors::default();
        known.learn(
            "open",
            &Map::new(),
            &json!({ "retval": 10000 }),
            &json!({ "retval": 3 }),
        );
        let pread = |fd: i32| json!({ "pathname": fd, "count": 1 });
        assert_eq!(arguments(pread(10000), Some(&known)), Some(pread(3)));
        assert_eq!(arguments(pread(10001), Some(&known)), None);
        assert_eq!(arguments(pread(10000), None), None);
        assert_eq!(
            arguments(json!({ "dirfd": -100, "pathname": "x" }), Some(&known)),
            Some(json!({ "dirfd": -100, "pathname": "x" }))
        );
        let close = json!({ "fd": 10000 });
        let close = close.as_object().expect("an object");
        known.learn("close", close, &json!({ "retval": 0 }), &json!({ "retval": 0 }));
        assert_eq!(arguments(pread(10000), Some(&known)), None);
    }
}
