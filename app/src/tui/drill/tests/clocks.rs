//! One clock for all: whatever zones, changes and leaps the clocks of the sources went through, the merged order is that
//! in which things happened.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;

/// What the machine's clock shows at a moment that is counted from the beginning, in microseconds.
type Wall = fn(i64) -> i64;

/// A story of operations: each is begun by the harness, called by the client, handled by the daemon, and returns.
struct Story {
    /// The first moment.
    begin: &'static str,
    /// The daemon's zone, which is the machine's.
    zone: &'static str,
    /// From one operation to the next, in microseconds.
    every: i64,
    /// From one of its moments to the next.
    apart: i64,
    wall: Wall,
}

const OPERATIONS: i64 = 12;

impl Story {
    /// Writes it down, as if it had been a test, and shows it.
    fn told(&self) -> Bed {
        let mut bed = Bed::empty();
        let zone = TimeZone::get(self.zone).expect("a zone");
        let begin: Timestamp = self.begin.parse().expect("a time");
        let at = |moment: i64| {
            let wall = begin.as_microsecond() + (self.wall)(moment);
            Timestamp::from_microsecond(wall).expect("a time")
        };
        let (mut steps, mut client, mut daemon) = (String::new(), String::new(), String::new());
        let mono = |moment: i64| 5_000_000 + moment;
        let spawned = at(0).as_microsecond();
        let daemon_step = r#""pid":1,"tid":1,"kind":"daemon","log":"gkfs_daemon.log","child_pid":2"#;
        writeln!(
            steps,
            r#"{{"v":1,"n":"1.d","ph":"b","ts":{spawned},"mono":{},{daemon_step}}}"#,
            mono(0)
        )
        .expect("text");
        for number in 1..=OPERATIONS {
            let moment = |nth: i64| number * self.every + nth * self.apart;
            let line = |phase: &str, nth: i64| {
                let ts = at(moment(nth)).as_microsecond();
                format!(
                    r#"{{"v":1,"n":"1.{number}","ph":"{phase}","ts":{ts},"mono":{},"pid":1,"tid":1,"kind":"op","op":"begin{number}"}}"#,
                    mono(moment(nth))
                )
            };
            writeln!(steps, "{}", line("b", 0)).expect("text");
            let utc = |nth: i64| {
                at(moment(nth))
                    .to_zoned(TimeZone::UTC)
                    .strftime("%Y-%m-%d %H:%M:%S%.6f")
            };
            let local = |nth: i64| {
                at(moment(nth))
                    .to_zoned(zone.clone())
                    .strftime("%y-%m-%d %H:%M:%S%.6f")
            };
            writeln!(client, "[{}] [7] [info] call{number}", utc(1)).expect("text");
            writeln!(daemon, "[{}] 2 [I][main] handle{number}", local(2)).expect("text");
            writeln!(client, "[{}] [7] [info] return{number}", utc(3)).expect("text");
            writeln!(steps, "{}", line("e", 4)).expect("text");
        }
        let attempt = bed.attempt();
        for (name, text) in [("gkfs_client.log", client), ("gkfs_daemon.log", daemon)] {
            fs::write(attempt.join("workspace/logs").join(name), text).expect("write");
        }
        fs::write(attempt.join("steps.jsonl"), steps).expect("write");
        for name in ["stdout.log", "stderr.log"] {
            fs::remove_file(attempt.join(name)).expect("remove");
        }
        bed.zone(self.zone);
        bed.tell(Msg::Area(120, 40));
        bed.show();
        bed
    }

    /// Whether all is in the order in which it happened.
    fn is_in_order(&self) {
        let bed = self.told();
        let drill = &bed.drill;
        let extract = drill.extract(0..drill.rows());
        let said: Vec<String> = extract.lines().collect();
        let words = |number| ["begin", "call", "handle", "return"].map(|word| format!("{word}{number}"));
        let wanted: Vec<String> = (1..=OPERATIONS).flat_map(words).collect();
        let found: Vec<&str> = said
            .iter()
            .filter_map(|line| {
                wanted
                    .iter()
                    .find(|word| line.contains(*word) && is_whole(line, word))
            })
            .map(String::as_str)
            .collect();
        assert_eq!(found, wanted, "\n{}", said.join("\n"));
    }
}

/// Whether a word with a number is not only the beginning of one with a longer number.
fn is_whole(line: &str, word: &str) -> bool {
    line.split(word)
        .nth(1)
        .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}

const QUICK: Story = Story {
    begin: "2026-11-22T03:15:49Z",
    zone: "Asia/Kolkata",
    every: 10_000,
    apart: 1_000,
    wall: |moment| moment,
};

#[test]
fn a_daemon_in_kolkata_and_a_client_in_greenwich() {
    QUICK.is_in_order();
}

#[test]
fn the_hour_that_comes_twice() {
    Story {
        begin: "2026-10-25T00:59:00Z",
        zone: "Europe/Berlin",
        every: 15_000_000,
        ..QUICK
    }
    .is_in_order();
}

#[test]
fn the_hour_that_is_left_out() {
    Story {
        begin: "2026-03-29T00:59:00Z",
        zone: "Europe/Berlin",
        every: 15_000_000,
        ..QUICK
    }
    .is_in_order();
}

#[test]
fn a_clock_that_is_set_back() {
    let set_back: [Wall; 3] = [
        |moment| {
            if moment < 65_000 {
                moment
            } else {
                moment - 2_000_000
            }
        },
        // In the midst of an operation.
        |moment| if moment < 71_500 { moment } else { moment - 40_000 },
        // By less than the time between two lines of a source.
        |moment| if moment < 65_000 { moment } else { moment - 12_000 },
    ];
    for wall in set_back {
        Story { wall, ..QUICK }.is_in_order();
    }
}

#[test]
fn stamps_that_are_equal() {
    // The harness begins what the client calls, which the daemon handles: one operation after the other.
    let bed = Story { apart: 0, ..QUICK }.told();
    let names: Vec<String> = bed.drill.extract(0..bed.drill.rows()).lines().collect();
    let sources: Vec<&str> = names
        .iter()
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    let operation = ["steps", "client", "client", "daemon"];
    let wanted: Vec<&str> = ["steps"]
        .into_iter()
        .chain((0..OPERATIONS).flat_map(|_| operation))
        .collect();
    assert_eq!(sources, wanted, "\n{}", names.join("\n"));
}

#[test]
fn what_is_wrong_with_a_clock_is_said() {
    let mut bed = QUICK.told();
    let screen = bed.screen();
    assert!(
        screen.contains("daemon +05:30") && screen.contains("client UTC"),
        "{screen}"
    );
    // The record tells of another zone than the daemon was in: then it is measured.
    bed.zone("UTC");
    bed.again();
    let screen = bed.screen();
    assert!(screen.contains("daemon +05:30 measured"), "{screen}");
}
