//! Directories in, differences out.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::normal::Patterns;
use super::*;

/// Two attempts with nothing in their workspaces.
struct Bed {
    dir: tempfile::TempDir,
}

impl Bed {
    fn new() -> Bed {
        let bed = Bed {
            dir: tempfile::tempdir().expect("a directory"),
        };
        for side in 0..2 {
            fs::create_dir_all(bed.workspace(side)).expect("a workspace");
        }
        bed
    }

    fn workspace(&self, side: usize) -> PathBuf {
        self.dir.path().join(["a", "b"][side]).join("workspace")
    }

    /// Writes a file, and the directories around it.
    fn write(&self, side: usize, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.workspace(side).join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        fs::write(&path, text).expect("write");
        path
    }

    fn both(&self, name: &str, left: &str, right: &str) {
        self.write(0, name, left);
        self.write(1, name, right);
    }

    fn trees(&self, limits: Limits) -> Trees {
        let patterns = Patterns::new();
        let dirs = [0, 1].map(|side| self.workspace(side));
        let attempts = [0, 1].map(|side| Normalizer::of(dirs[side].parent().expect("an attempt"), &patterns));
        Trees::compare([&dirs[0], &dirs[1]], [&attempts[0], &attempts[1]], limits)
    }

    /// Returns what differs, by name.
    fn told(&self) -> Vec<(String, Change)> {
        let trees = self.trees(Limits::default());
        let nodes = trees.nodes.iter().filter(|node| node.change != Change::Same);
        nodes
            .map(|node| (node.path.display().to_string(), node.change))
            .collect()
    }
}

fn told(name: &str, change: Change) -> (String, Change) {
    (name.to_owned(), change)
}

#[test]
fn each_difference_is_told_by_its_kind() {
    let bed = Bed::new();
    bed.both("tmp/same", "x", "x");
    bed.both("tmp/other", "x", "y");
    bed.both("tmp/longer", "x", "xx");
    bed.both("tmp/may", "x", "x");
    bed.both("tmp/kind", "x", "x");
    let only = bed.write(0, "tmp/gone/deep", "x");
    bed.write(1, "tmp/new", "x");
    let may = bed.workspace(1).join("tmp/may");
    fs::set_permissions(may, fs::Permissions::from_mode(0o600)).expect("permissions");
    let kind = bed.workspace(1).join("tmp/kind");
    fs::remove_file(&kind).expect("remove");
    fs::create_dir(kind).expect("a directory");
    for side in 0..2 {
        let link = bed.workspace(side).join("tmp/link");
        std::os::unix::fs::symlink(bed.workspace(side).join("tmp/same"), link).expect("a link");
    }
    assert!(only.is_file());
    let mode = fs::metadata(bed.workspace(0).join("tmp/may"))
        .expect("a file")
        .permissions();
    assert_ne!(
        mode.mode() & 0o777,
        0o600,
        "files are not made for their owner alone here"
    );
    assert_eq!(
        bed.told(),
        [
            told("tmp/gone", Change::Removed),
            told("tmp/gone/deep", Change::Removed),
            told("tmp/kind", Change::Kind),
            told("tmp/longer", Change::Contents),
            told("tmp/may", Change::Permissions),
            told("tmp/new", Change::Added),
            told("tmp/other", Change::Contents),
        ]
    );
    let trees = bed.trees(Limits::default());
    let tmp = &trees.nodes[0];
    let counts = Counts {
        removed: 2,
        added: 1,
        changed: 4,
    };
    assert_eq!(
        (tmp.path.as_path(), tmp.held, tmp.end),
        (Path::new("tmp"), counts, trees.nodes.len())
    );
    assert_eq!(trees.counts(), counts);
}

#[test]
fn what_differs_from_attempt_to_attempt_anyway_is_the_same() {
    let bed = Bed::new();
    bed.both(
        "gkfs_hosts.txt",
        "h ofi+tcp://127.0.0.1:1234\n",
        "h ofi+tcp://127.0.0.1:43211\n",
    );
    bed.both("logs/gkfs_daemon.log", "long", "longer");
    bed.both("root/metadata/data.mdb", "one", "another");
    let [one, other] = [0, 1].map(|side| bed.workspace(side).join("mnt/f").display().to_string());
    bed.both("tmp/paths", &one, &other);
    assert_eq!(bed.told(), []);
    bed.write(0, "logs/gkfs_client.log", "x");
    assert_eq!(bed.told(), [told("logs/gkfs_client.log", Change::Removed)]);
}

#[test]
fn a_root_that_only_one_attempt_kept_is_no_difference() {
    let bed = Bed::new();
    bed.both("tmp/x", "x", "y");
    bed.write(0, "root/chunks/a/0", "x");
    let trees = bed.trees(Limits::default());
    let names: Vec<_> = trees
        .nodes
        .iter()
        .map(|node| (node.path.to_str(), node.end))
        .collect();
    assert_eq!(names, [(Some("tmp"), 2), (Some("tmp/x"), 2)]);
    assert_eq!(
        trees.limits,
        ["only one attempt kept what its daemons stored: that is left out"]
    );
    bed.write(1, "root/chunks/a/1", "x");
    assert_eq!(bed.told().len(), 3);
}

#[test]
fn without_time_files_are_told_apart_by_their_sizes_and_that_is_told() {
    let bed = Bed::new();
    bed.both("tmp/a", "x", "y");
    bed.both("tmp/b", "x", "xx");
    let limits = Limits {
        time: std::time::Duration::ZERO,
        ..Limits::default()
    };
    let trees = bed.trees(limits);
    assert_eq!(trees.counts().changed, 1);
    assert_eq!(
        trees.limits,
        ["contents were compared for 0 s only: 2 files are told apart by size alone"]
    );
}

#[test]
fn names_one_below_the_other_say_how_they_differ() {
    let bed = Bed::new();
    for name in 0..20 {
        bed.both(&format!("tmp/{name:02}"), "x", "x");
    }
    bed.both("tmp/10", "x", "y");
    bed.write(1, "tmp/11", "xyz");
    let rows = bed.trees(Limits::default()).rows();
    let side = |line: &Option<Line>| line.as_ref().map_or("-".to_owned(), |line| line.text.clone());
    let told: Vec<String> = rows
        .iter()
        .map(|row| match row {
            Row::Same(line, _) => line.text.clone(),
            Row::Differ(left, right) => format!("{} | {}", side(left), side(right)),
            Row::Skipped(names) => format!("… {names}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            "… 8",
            "tmp/07  1 bytes",
            "tmp/08  1 bytes",
            "tmp/09  1 bytes",
            "tmp/10  1 bytes | tmp/10  1 bytes, other contents",
            "tmp/11  1 bytes | tmp/11  3 bytes",
            "tmp/12  1 bytes",
            "tmp/13  1 bytes",
            "tmp/14  1 bytes",
            "… 5",
        ]
    );
}
