//! The rules of the house, checked on the sources: which crate may know which, how long a file may be, where
//! `unsafe` may stand.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may depend on whom; an entry missing here may depend on nothing of ours.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "gkfs-bench",
        &[
            "gkfs-runner",
            "gkfs-harness",
            "gkfs-embedded",
            "gkfs-io",
            "gkfs-overlay",
            "gkfs-fuse",
        ],
    ),
    (
        "gkfs-harness",
        &["gkfs-harness-macros", "gkfs-io", "gkfs-overlay", "gkfs-fuse"],
    ),
    ("gkfs-embedded", &["gkfs-proto", "gkfs-io"]),
    ("gkfs-preload", &["gkfs-proto"]),
    ("sample-tests", &["gkfs-harness", "gkfs-embedded"]),
];

/// What only tests may know besides: the harness is tried against the embedded stack.
const TEST_ARROWS: &[(&str, &[&str])] = &[("gkfs-harness", &["gkfs-embedded"])];

/// The terminal and the command line stay out of `core/`, and its errors are typed.
const NOT_IN_CORE: [&str; 4] = ["ratatui", "crossterm", "clap", "anyhow"];

/// The hard limit for a file; past `LONG` it is named, to be split soon.
const TOO_LONG: usize = 600;
const LONG: usize = 400;

fn root() -> PathBuf {
    let app = Path::new(env!("CARGO_MANIFEST_DIR"));
    app.parent().expect("app lies in the workspace").to_path_buf()
}

/// Returns the files below `dir` whose name satisfies `wanted`; build output and dot directories are not ours.
fn files(dir: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a readable directory") {
        let entry = entry.expect("a readable entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("a file type");
        if kind.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&entry.path(), wanted));
        } else if kind.is_file() && wanted(&name) {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    let sources = files(&root(), &|name| name.ends_with(".rs"));
    assert!(
        sources.len() > 20,
        "the sources were not found below {}",
        root().display()
    );
    sources
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(&path).expect("utf-8 source")))
        .collect()
}

struct Manifest {
    path: PathBuf,
    name: String,
    toml: toml::Table,
}

impl Manifest {
    /// Returns the names of dependencies, of tests only or of all else, for every platform.
    fn dependencies(&self, tests: bool) -> Vec<String> {
        let sections: &[&str] = if tests {
            &["dev-dependencies"]
        } else {
            &["dependencies", "build-dependencies"]
        };
        let platforms = self
            .toml
            .get("target")
            .and_then(|t| t.as_table())
            .into_iter()
            .flat_map(|t| t.values());
        let tables = std::iter::once(&self.toml).chain(platforms.filter_map(|platform| platform.as_table()));
        tables
            .flat_map(|table| {
                sections
                    .iter()
                    .filter_map(|section| table.get(*section)?.as_table())
            })
            .flat_map(|section| section.keys().cloned())
            .collect()
    }
}

fn manifests() -> Vec<Manifest> {
    let found = files(&root(), &|name| name == "Cargo.toml")
        .into_iter()
        .filter_map(|path| {
            let toml: toml::Table = fs::read_to_string(&path)
                .expect("utf-8")
                .parse()
                .expect("a manifest");
            // What is a workspace and a package is outside of ours: it is for who fuzzes.
            if toml.contains_key("workspace") {
                return None;
            }
            let name = toml.get("package")?.get("name")?.as_str()?.to_owned();
            Some(Manifest { path, name, toml })
        });
    let found: Vec<Manifest> = found.collect();
    assert!(
        found.len() > 5,
        "the manifests were not found below {}",
        root().display()
    );
    found
}

fn allowed(table: &'static [(&str, &[&str])], name: &str) -> &'static [&'static str] {
    table
        .iter()
        .find(|(from, _)| *from == name)
        .map_or(&[], |(_, to)| to)
}

#[test]
fn crates_know_each_other_only_along_the_arrows() {
    let manifests = manifests();
    let ours: Vec<&str> = manifests.iter().map(|manifest| manifest.name.as_str()).collect();
    let mut wrong = Vec::new();
    for manifest in &manifests {
        for tests in [false, true] {
            for to in manifest
                .dependencies(tests)
                .iter()
                .filter(|to| ours.contains(&to.as_str()))
            {
                let known = allowed(ARROWS, &manifest.name).contains(&to.as_str());
                let for_tests = tests && allowed(TEST_ARROWS, &manifest.name).contains(&to.as_str());
                if !known && !for_tests {
                    wrong.push(format!("{} → {to}", manifest.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that must not be:\n{}", wrong.join("\n"));
}

#[test]
fn core_knows_no_terminal_and_no_command_line() {
    let core = root().join("core");
    let mut wrong = Vec::new();
    for manifest in manifests()
        .iter()
        .filter(|manifest| manifest.path.starts_with(&core))
    {
        let all = [manifest.dependencies(false), manifest.dependencies(true)].concat();
        wrong.extend(
            all.iter()
                .filter(|to| NOT_IN_CORE.contains(&to.as_str()))
                .map(|to| format!("{} → {to}", manifest.name)),
        );
    }
    assert!(wrong.is_empty(), "not in core/:\n{}", wrong.join("\n"));
}

#[test]
fn only_runner_and_daemon_are_async() {
    let core = root().join("core");
    let may = ["gkfs-runner", "gkfs-embedded"];
    for manifest in manifests()
        .iter()
        .filter(|it| it.path.starts_with(&core) && !may.contains(&it.name.as_str()))
    {
        assert!(
            !manifest.dependencies(false).iter().any(|to| to == "tokio"),
            "{} → tokio",
            manifest.name
        );
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    // The client library is the one place that is unsafe throughout; it says so itself.
    for manifest in manifests()
        .iter()
        .filter(|manifest| manifest.name != "gkfs-preload")
    {
        let inherited = manifest
            .toml
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(|yes| yes.as_bool());
        assert_eq!(
            inherited,
            Some(true),
            "{}: [lints] workspace = true is missing",
            manifest.path.display()
        );
    }
}

#[test]
fn unsafe_stands_only_where_system_calls_are_made() {
    let preload = root().join("core/embedded/preload");
    // The macros write the attribute that puts a test's line into its section; they run nothing unsafe.
    let macros = root().join("core/harness/macros");
    // Spelt apart, so that this file does not find itself.
    let marks = ["allow(un", "expect(un"].map(|mark| format!("{mark}safe_code"));
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let may = path.starts_with(&preload)
            || path.starts_with(&macros)
            || path.file_name().is_some_and(|name| name == "sys.rs");
        if !may && marks.iter().any(|mark| text.contains(mark.as_str())) {
            wrong.push(path.display().to_string());
        }
    }
    assert!(
        wrong.is_empty(),
        "unsafe code is allowed outside of sys.rs and the client library:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn files_are_small_on_purpose() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > LONG {
            println!("long: {} ({lines} lines)", path.display());
        }
        if lines > TOO_LONG {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "files over {TOO_LONG} lines:\n{}",
        wrong.join("\n")
    );
}
