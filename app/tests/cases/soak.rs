//! Of what noisy tests write nothing is lost on its way to the screen; `benches/soak` does this for minutes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bed::Bed;

#[path = "../../benches/soak/numbers.rs"]
mod numbers;

const TESTS: usize = 8;
const LINES: u64 = 5000;
const DEADLINE: Duration = Duration::from_secs(120);

#[test]
fn every_line_of_noisy_tests_is_on_disk_and_on_the_screen_once_and_in_order() {
    let bed = Bed::new();
    for test in 0..TESTS {
        let text = format!("seq -f ' seq=%09.0f' 0 {}", LINES - 1);
        bed.script(&format!("load/noise_{test}.sh"), &text);
    }
    let mut run = bed
        .command(&["run", "--stack", "plain", "-j", "8"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let last = bed.cwd().join(".gkfs-bench/runs/last");
    let began = Instant::now();
    let dir = loop {
        if let Ok(dir) = last.canonicalize() {
            break dir;
        }
        assert!(began.elapsed() < DEADLINE, "no run begins");
        std::thread::sleep(Duration::from_millis(10));
    };
    numbers::followed(&dir, 3, LINES).expect("all lines on the screen");
    assert!(run.wait().expect("a child").success());
    for test in 0..TESTS {
        let attempt = dir.join(format!("tests/load/noise_{test}/attempt-1"));
        numbers::on_disk(&attempt, LINES).expect("all lines on disk");
    }
}
