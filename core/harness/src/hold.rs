//! A test that failed and waits, so that somebody can look at what lives of it.
//!
//! The runner names a file in `GKFS_BENCH_HOLD`. A test that fails begins a step `hold` before anything is torn down, and
//! ends it when that file is there. The step is how the runner learns of it, and the file how the test learns that it may
//! go on: nothing else passes between them, so that whoever can write a file can let a test go on.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::time::Duration;

use serde_json::json;

use crate::environment::Environment;
use crate::steps::Steps;

/// How often the file is looked for: nobody sees the difference, and it costs nothing.
const PACE: Duration = Duration::from_millis(50);

/// Whether, and until when, a test that failed waits before its fixtures end.
#[derive(Clone, Debug)]
pub struct Hold {
    environment: Environment,
    steps: Steps,
}

impl Hold {
    pub(crate) fn new(environment: &Environment, steps: &Steps) -> Self {
        Self {
            environment: environment.clone(),
            steps: steps.clone(),
        }
    }

    /// Waits until the test may go on, if the runner wants to hold what fails; else returns at once. A test is held only
    /// once: when it may go on, it may for all that fails later.
    pub fn wait(&self, why: &str) {
        let Some(release) = self.environment.path("GKFS_BENCH_HOLD") else {
            return;
        };
        if release.exists() {
            return;
        }
        self.environment.lift_deadline();
        let span = self
            .steps
            .begin("hold", json!({ "reason": why, "release": release }));
        if !self.environment.has_runner() {
            say(&format!(
                "held: {why}\nwhat it started lives on; to let it go on: touch {}\n",
                shell_words::quote(&release.to_string_lossy())
            ));
        }
        while !release.exists() {
            std::thread::sleep(PACE);
        }
        span.end(json!({ "ok": true }));
    }
}

/// Says something past libtest's capture: it is nothing to find out when the test has ended.
fn say(text: &str) {
    if let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() {
        // Who closed standard error wants to hear nothing.
        let _: std::io::Result<()> = std::fs::File::from(stderr).write_all(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use super::*;

    fn hold(dir: &Path, release: &Path) -> Hold {
        let variables = [
            ("GKFS_BENCH_PROTOCOL", "1".into()),
            ("GKFS_BENCH_HOLD", release.as_os_str().to_owned()),
        ];
        let lookup = |name: &str| {
            variables
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.clone())
        };
        let environment = Environment::from_lookup(lookup).unwrap();
        Hold::new(&environment, &Steps::create(&dir.join("steps.jsonl")).unwrap())
    }

    #[test]
    fn a_test_waits_until_the_file_is_there_and_only_once() {
        let dir = tempfile::tempdir().unwrap();
        let release = dir.path().join("release");
        let hold = hold(dir.path(), &release);
        let steps = || std::fs::read_to_string(dir.path().join("steps.jsonl")).unwrap();
        let waiting = std::thread::spawn({
            let hold = hold.clone();
            move || hold.wait("1 is not 2")
        });
        let end = Instant::now() + Duration::from_secs(120);
        while !steps().contains("\"kind\":\"hold\"") {
            assert!(Instant::now() < end, "no step: {}", steps());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(steps().contains("1 is not 2") && !waiting.is_finished());
        std::fs::write(&release, "").unwrap();
        waiting.join().unwrap();
        hold.wait("again");
        assert!(!steps().contains("again"));
    }
}
