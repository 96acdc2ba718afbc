//! What takes more than one recorded run, or somebody who looks at a file system: comparisons, the mount view, folds.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gkfs_bench::tui::stage::Stage;

use super::{Bed, TEST, shown};

/// The run that was made a day before.
const BEFORE: &str = "20261121T103029Z-0001";
/// Where the attempt at the test lies in a run.
const ATTEMPT: &str = "tests/showcase/fails/attempt-2";

/// To the attempts of both runs, which are compared.
const COMPARED: &str = "tab 5 space j j space d";

/// Answers as a look at the file system does.
const LOOK: &str = r#"{"rows":[
{"path":"/dir","seen":{"mode":16877,"size":0,"node":1,"errno":0},"stored":null,"flags":[]},
{"path":"/dir/whole","seen":{"mode":33188,"size":1048577,"node":2,"errno":0},"stored":{"key":"dir:whole","chunks":3,"bytes":1048577,"end":1048577},"flags":[]},
{"path":"/gone","seen":null,"stored":{"key":"gone","chunks":1,"bytes":12,"end":12},"flags":["no_metadata"]},
{"path":"/lost","seen":{"mode":33188,"size":9,"node":3,"errno":0},"stored":null,"flags":["no_data"]},
{"path":"/torn","seen":{"mode":33188,"size":4096,"node":4,"errno":0},"stored":{"key":"torn","chunks":1,"bytes":5000,"end":5000},"flags":[{"beyond":904}]}
],"more":false,"copy":true}"#;

/// A recorded run, one of the day before in which some went another way, and a program that looks.
pub(super) struct Second {
    pub(super) bed: Bed,
    program: PathBuf,
}

impl Second {
    pub(super) fn new() -> Second {
        let bed = Bed::new();
        let run = bed.record.dir.clone();
        let before = run.with_file_name(BEFORE);
        copy(&run, &before).expect("a copy of the run");
        let described = fs::read_to_string(before.join("run.json")).expect("a run");
        let mut described: serde_json::Value = serde_json::from_str(&described).expect("JSON");
        described["id"] = BEFORE.into();
        let started = described["started_ts"].as_i64().expect("a time");
        described["started_ts"] = (started - 86_400_000_000).into();
        fs::write(before.join("run.json"), described.to_string()).expect("write");
        for (run, note) in [(&before, "it was so\n"), (&run, "it is so\n")] {
            fs::write(run.join(ATTEMPT).join("workspace/tmp/note"), note).expect("write");
        }
        fs::write(run.join(ATTEMPT).join("workspace/tmp/new"), "hello\n").expect("write");
        fs::create_dir(before.join(ATTEMPT).join("workspace/tmp/old")).expect("a directory");
        let logs = run.join(ATTEMPT).join("workspace/logs");
        let mut log = fs::read_to_string(logs.join("gkfs_client.log")).expect("a log");
        for number in 0..3 {
            let line =
                format!("[2026-11-22 10:30:45.7200{number}0] [29053] [syscall] [ih] close({number}) = 0\n");
            log.push_str(&line);
        }
        fs::write(logs.join("gkfs_client.log"), log).expect("write");
        let program = Path::new(&bed.dir).join("look");
        fs::write(&program, format!("#!/bin/sh\ncat <<'END'\n{LOOK}\nEND\n")).expect("write");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("permissions");
        Second { bed, program }
    }

    pub(super) fn stage(&self, size: (u16, u16), keys: &str) -> Stage {
        let mut stage = self.bed.stage(size, TEST);
        stage.state.drill.set_program(self.program.clone());
        stage.press(keys);
        stage
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let from = entry?.path();
        let to = to.join(from.file_name().unwrap_or_default());
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

#[test]
fn comparisons_the_mount_view_and_folds_at_every_size() {
    let second = Second::new();
    let screens = [
        ("history_of_two", "tab 5".to_owned()),
        ("compared_logs", COMPARED.to_owned()),
        ("compared_in_columns", format!("{COMPARED} s")),
        ("compared_workspaces", format!("{COMPARED} l l l l l l l")),
        ("compared_from_the_workspace", "tab 3 d".to_owned()),
        ("mount_view", "tab 3 m".to_owned()),
        ("internal_folded", "tab 1 g g / c l o s e enter".to_owned()),
        ("internal_shown", "tab 1 i g g / c l o s e enter".to_owned()),
    ];
    shown(&screens, |size, keys| second.bed.text(&second.stage(size, keys)));
}
