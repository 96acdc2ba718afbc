//! Groups of Rust and of scripts: found by looking and by declaration, built, and remembered.

use gkfs_runner::Lookup;
use gkfs_runner::discover::GroupSpec;
use gkfs_runner::event::SourceKind;
use gkfs_runner::settings::GroupSettings;

use crate::bed::Bed;
use crate::found::write;

mod building;
mod looking;
mod memory;
mod targets;

const PLAIN: &str =
    "#[test] fn adds() { assert_eq!(1 + 1, 2); }\nmod deep { #[test] #[ignore] fn off() {} }\n";

/// Two cases of one test, described as the harness describes them.
const DESCRIBED: &str = r##"
mod write { #[test] fn empty() {} #[test] fn full() { panic!("no space"); } }
#[used]
#[unsafe(link_section = "gkfs_tests")]
static LINE: [u8; 99] = *b"{\"name\":\"write::empty\",\"id\":\"write[empty]\",\"file\":\"tests/io.rs\",\"line\":2,\"tags\":[\"quick\"],\"new\":1}\n";
"##;

/// A package of its own workspace, without dependencies.
fn package(bed: &Bed, tests: &[(&str, &str)]) {
    write(
        bed,
        "p/Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    write(bed, "p/src/lib.rs", "");
    for (name, code) in tests {
        write(bed, &format!("p/tests/{name}.rs"), code);
    }
}

fn lookup(bed: &Bed) -> Lookup {
    // Within the bed, whatever target directory surrounds this test.
    let target = bed.path("target").into_os_string();
    Lookup {
        logs: bed.path("build"),
        cargo_args: vec!["--offline".into(), "--target-dir".into(), target],
        ..Lookup::default()
    }
}

fn spec(name: &str, source: SourceKind, path: std::path::PathBuf) -> GroupSpec {
    let settings = GroupSettings {
        tags: vec!["mine".into()],
        ..GroupSettings::default()
    };
    GroupSpec {
        name: name.into(),
        source,
        path,
        python: None,
        args: Vec::new(),
        env: Vec::new(),
        settings,
    }
}
