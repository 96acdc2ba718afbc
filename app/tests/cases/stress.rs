//! Flakes: a test run again and again, what is kept of that, and what can be read from it later.

use gkfs_bench::Exit;
use serde_json::Value;

use crate::bed::Bed;

/// A test that fails in every fifth attempt, and says why in a line of its output.
fn seeded() -> Bed {
    let bed = Bed::new();
    bed.script(
        "s/flakes.sh",
        "echo \"begins at $(date +%s%N) as $$\"\necho \"looks in $LOGS\"\n\
         if [ $((GKFS_BENCH_ATTEMPT % 5)) = 3 ]; then echo 'the reply is stale'; else echo 'the reply is new'; fi\n\
         echo ends\ntest $((GKFS_BENCH_ATTEMPT % 5)) != 3",
    );
    bed.script("s/holds.sh", "true");
    bed
}

fn kept(bed: &Bed, test: &str) -> Vec<u32> {
    let dir = bed.cwd().join(".gkfs-bench/runs/last/tests/s").join(test);
    let names = std::fs::read_dir(dir).expect("attempts").flatten();
    let number = |name: String| name.strip_prefix("attempt-")?.parse().ok();
    let mut numbers: Vec<u32> = names
        .filter_map(|entry| number(entry.file_name().into_string().ok()?))
        .collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_flake_is_counted_kept_and_compared() {
    let bed = seeded();
    let outcome = bed.process(&["run", "--stack", "plain", "--stress", "20", "-j2"]);
    assert_eq!(outcome.exit, Exit::Failed, "{}", outcome.err);
    assert!(outcome.out.contains("✗ 4 of 20 (20.0 %)"), "{}", outcome.out);
    assert!(
        outcome.out.contains("s::flakes  first in attempt 3"),
        "{}",
        outcome.out
    );
    assert!(outcome.out.contains("✓ 0 of 20 (0.0 %)"), "{}", outcome.out);

    // All that failed is kept, and of what passed the last.
    let kept_flakes = kept(&bed, "flakes");
    assert!(
        [3, 8, 13, 18].iter().all(|number| kept_flakes.contains(number)),
        "{kept_flakes:?}"
    );
    assert!(kept_flakes.len() <= 6, "{kept_flakes:?}");

    let shown = bed.run(&["show", "flakes"]);
    assert!(
        shown.out.contains("not passed: 4 of 20 (20.0 %)"),
        "{}",
        shown.out
    );
    assert!(shown.out.contains("machine: load "), "{}", shown.out);

    let diff = bed.run(&["diff", "flakes"]);
    assert_eq!(diff.exit, Exit::Failed, "{}", diff.err);
    let (_, behind) = diff
        .out
        .split_once("@@ the first difference @@\n")
        .expect("a first difference");
    assert!(
        behind.starts_with("- the reply is new\n+ the reply is stale\n"),
        "{}",
        diff.out
    );
    // What comes after that is no further cause.
    let (before, _) = diff.out.split_once("@@ the first difference @@").expect("a mark");
    assert!(
        !before.contains("\n- ") && !before.contains("\n+ "),
        "{}",
        diff.out
    );
}

#[test]
fn a_time_is_as_good_as_a_number() {
    let bed = seeded();
    let outcome = bed.process(&["run", "holds", "--stack", "plain", "--stress", "1s"]);
    assert_eq!(outcome.exit, Exit::Passed, "{}{}", outcome.out, outcome.err);
    assert!(outcome.out.contains("✓ 0 of "), "{}", outcome.out);
    let wrong = bed.run(&["run", "--stress", "often"]);
    assert_eq!(wrong.exit, Exit::Usage);
    assert!(
        wrong.err.contains("or a number of times such as `50`"),
        "{}",
        wrong.err
    );
    assert_eq!(
        bed.run(&["run", "--stress", "5", "--repeat", "2"]).exit,
        Exit::Usage
    );
    assert_eq!(bed.run(&["run", "--stress", "0"]).exit, Exit::Usage);
}

#[test]
fn the_machine_stands_beside_each_attempt_in_the_record() {
    let bed = seeded();
    let outcome = bed.process(&["run", "holds", "--stack", "plain", "--format", "jsonl"]);
    let events = outcome
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("json"));
    let ended: Vec<Value> = events
        .filter(|event| event["kind"] == "attempt_finished")
        .collect();
    let load = &ended[0]["load"];
    assert!(
        load["load1"].is_number() && load["mem_available"].as_u64() > Some(0),
        "{load}"
    );
    let counts_pressure = std::path::Path::new("/proc/pressure/cpu").exists();
    assert_eq!(load["cpu_wait_us"].is_u64(), counts_pressure, "{load}");
}

#[test]
fn history_tells_rates_and_trends_over_runs() {
    let bed = seeded();
    for _ in 0..2 {
        bed.process(&["run", "--stack", "plain", "--stress", "5"]);
    }
    bed.process(&["run", "--stack", "plain"]);
    let all = bed.run(&["history"]);
    assert_eq!(all.exit, Exit::Passed, "{}", all.err);
    assert!(
        all.out.contains("2 of 11 (18.2 %)") && all.out.contains("s::flakes"),
        "{}",
        all.out
    );
    assert!(
        all.out.contains("flaky in 2 of 3 runs") && !all.out.contains("s::holds"),
        "{}",
        all.out
    );
    let one = bed.run(&["history", "holds"]);
    assert!(
        one.out.contains("s::holds in 3 runs") && one.out.contains("not passed 0 of 11 (0.0 %)"),
        "{}",
        one.out
    );
    assert_eq!(one.out.matches("✓ passed").count(), 3, "{}", one.out);
    let json = bed.run(&["history", "flakes", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.out).expect("json");
    assert_eq!(
        (&json[0]["not_passed"], &json[0]["attempts"]),
        (&2.into(), &11.into())
    );
    assert_eq!(bed.run(&["history", "fial"]).exit, Exit::Usage);
}
