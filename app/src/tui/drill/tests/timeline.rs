//! Going through the merged lines while they grow.

use std::io::Write;

use super::*;
use crate::tui::drill::rows::Row;

fn live() -> Bed {
    let mut bed = Bed::empty();
    bed.tell(Msg::Area(120, 40));
    let attempt = bed.attempt();
    bed.tell(Msg::Show {
        attempt_dir: Some(attempt),
        id: "io::fails".to_owned(),
        live: true,
    });
    bed
}

fn write(bed: &Bed, name: &str, text: &str) {
    let path = bed.attempt().join(name);
    let mut file = File::options()
        .append(true)
        .create(true)
        .open(path)
        .expect("open");
    file.write_all(text.as_bytes()).expect("write");
}

/// Returns the line under the cursor.
fn here(bed: &Bed) -> String {
    let row = bed.drill.timeline.reading.here().expect("a row");
    let at = match row {
        Row::Line(at) => at,
        Row::Fold(fold) => return format!("{} folded", fold.lines),
    };
    match bed.drill.logs.step(at) {
        Some(step) => step.describe(),
        None => String::from_utf8_lossy(bed.drill.logs.text(at).expect("it was read")).into_owned(),
    }
}

#[test]
fn merged_lines_are_in_the_order_of_what_happened() {
    let bed = Bed::new(120, 40);
    let rows = &bed.drill.timeline.reading.rows;
    let lines = rows.iter(0..rows.len()).filter_map(|(_, row)| row.line());
    let names: Vec<&str> = lines
        .map(|at| bed.drill.logs.sources[usize::from(at.source)].name.as_str())
        .collect();
    // The daemon in Berlin, the client in Greenwich: the mkdir lies between its step and the daemon's word.
    let wanted = "steps steps daemon daemon daemon steps client client daemon client steps client daemon daemon \
                  client steps stdout stdout stdout stderr stderr stderr stderr";
    assert_eq!(names.join(" "), wanted);
}

#[test]
fn a_test_that_is_over_shows_first_what_failed() {
    let bed = Bed::new(120, 40);
    assert!(here(&bed).starts_with("failed: assertion"), "{}", here(&bed));
}

#[test]
fn at_the_end_it_follows_and_elsewhere_it_stays() {
    let mut bed = live();
    let log = "workspace/logs/gkfs_daemon.log";
    write(&bed, log, "[26-11-22 04:15:50.000000] 4111 [I][main] late\n");
    bed.tell(Msg::Poll);
    assert!(here(&bed).ends_with("late"), "{}", here(&bed));
    bed.keys("kk");
    let before = here(&bed);
    write(&bed, log, "[26-11-22 04:15:51.000000] 4111 [I][main] later\nhalf");
    bed.tell(Msg::Poll);
    assert_eq!(here(&bed), before);
    assert!(bed.screen().contains("1 new (G)"), "{}", bed.screen());
    bed.keys("G");
    assert!(here(&bed).ends_with("later"));
    assert!(bed.screen().contains("following"));
}

#[test]
fn a_late_line_does_not_move_the_one_that_is_read() {
    let mut bed = live();
    bed.tell(Msg::Area(120, 16));
    bed.keys("kkk");
    let (before, list) = (here(&bed), bed.drill.timeline.reading.list);
    let late: String = (0..5)
        .map(|number| format!("[26-11-22 04:15:49.20015{number}] 4115 [I][main] early\n"))
        .collect();
    write(&bed, "workspace/logs/gkfs_daemon-1.log", &late);
    bed.tell(Msg::Poll);
    assert_eq!(here(&bed), before);
    let now = bed.drill.timeline.reading.list;
    assert_eq!(
        (now.cursor - list.cursor, now.top - list.top),
        (5, 5),
        "on the same row of the screen"
    );
    assert!(bed.screen().contains("5 new (G), 5 above"), "{}", bed.screen());
    assert!(bed.screen().contains("daemon-1"));
}

#[test]
fn a_search_goes_to_what_it_finds_and_on() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg/got rpc⏎");
    assert!(here(&bed).contains("49.214202"), "{}", here(&bed));
    bed.keys("n");
    assert!(here(&bed).contains("49.222519"), "{}", here(&bed));
    bed.keys("N");
    assert!(here(&bed).contains("49.214202"), "{}", here(&bed));
    assert!(bed.screen().contains("/got rpc 2 found"), "{}", bed.screen());
}

#[test]
fn what_comes_while_a_filter_is_set_is_filtered() {
    let mut bed = live();
    bed.keys("&rpc⏎");
    // The start of the server, two requests, and what became of the second.
    assert_eq!(bed.drill.timeline.reading.rows.len(), 4);
    let more =
        "[26-11-22 04:15:50.000000] 4111 [D][main] Got RPC\n[26-11-22 04:15:50.000001] 4111 [D][main] no\n";
    write(&bed, "workspace/logs/gkfs_daemon.log", more);
    bed.tell(Msg::Poll);
    assert_eq!(bed.drill.timeline.reading.rows.len(), 5);
    bed.keys("⎋");
    assert!(bed.drill.timeline.reading.rows.len() > 20);
}

#[test]
fn errors_and_steps_can_be_gone_through() {
    let mut bed = Bed::new(120, 40);
    bed.keys("gg)");
    assert!(here(&bed).contains("[error]"), "{}", here(&bed));
    bed.keys("gg]");
    assert!(here(&bed).starts_with("failed: "), "{}", here(&bed));
    bed.keys("{");
    assert!(here(&bed).starts_with("mkdir("), "{}", here(&bed));
}

#[test]
fn sources_can_be_switched_off_and_be_alone() {
    let mut bed = Bed::new(120, 40);
    let all = bed.drill.timeline.reading.rows.len();
    bed.keys("s2");
    assert_eq!(
        bed.drill.timeline.reading.rows.len(),
        all - 6,
        "without the daemon"
    );
    bed.keys("o2");
    assert_eq!(bed.drill.timeline.reading.rows.len(), 6, "only the daemon");
    bed.keys("o2s2L");
    assert_eq!(
        bed.drill.timeline.reading.rows.len(),
        all,
        "nothing is as little as trace"
    );
}

#[test]
fn an_answer_to_what_is_no_longer_shown_is_dropped() {
    let mut bed = Bed::empty();
    let attempt = bed.attempt();
    let show = |id: &str, attempt_dir: Option<PathBuf>| Msg::Show {
        attempt_dir,
        id: id.to_owned(),
        live: false,
    };
    let old = update(&mut bed.drill, show("io::fails", Some(attempt)));
    update(&mut bed.drill, show("io::later", None));
    for effect in old {
        assert!(update(&mut bed.drill, load(effect)).is_empty());
    }
    assert!(bed.drill.logs.sources.is_empty());
}

#[test]
fn a_log_that_is_cut_is_shown_as_it_is_now() {
    let mut bed = live();
    let log = bed.attempt().join("workspace/logs/gkfs_daemon.log");
    fs::write(&log, "[26-11-22 04:15:52.000000] 4111 [I][main] anew\n").expect("write");
    bed.tell(Msg::Poll);
    assert!(bed.screen().contains("anew"));
    assert!(!bed.screen().contains("Startup successful"));
    fs::remove_dir_all(bed.attempt()).expect("remove");
    bed.tell(Msg::Poll);
    bed.screen();
}

#[test]
fn a_filter_can_leave_lines_out() {
    let mut bed = Bed::new(120, 40);
    let all = bed.drill.timeline.reading.rows.len();
    bed.keys("&!rpc⏎");
    assert_eq!(bed.drill.timeline.reading.rows.len(), all - 4);
    assert!(!bed.screen().contains("rpc_srv"), "{}", bed.screen());
}

#[test]
fn the_life_of_a_process_begins_before_its_step_was_written() {
    let mut bed = Bed::empty();
    // Between the end of the first mkdir and the record of the second.
    let log = bed.attempt().join("workspace/logs/gkfs_client.log");
    let text = fs::read_to_string(&log).expect("the log");
    let second = text
        .find("[2026-11-22 03:15:49.222340]")
        .expect("the second mkdir");
    let (before, after) = text.split_at(second);
    let early = "[2026-11-22 03:15:49.217900] [4113] [info] early\n";
    fs::write(&log, [before, early, after].concat()).expect("write");
    let attempt = bed.attempt();
    bed.tell(Msg::Show {
        attempt_dir: Some(attempt),
        id: "io::fails".to_owned(),
        live: false,
    });
    bed.keys("{⏎");
    assert!(bed.screen().contains("[4113] [info] early"), "{}", bed.screen());
    assert!(!bed.screen().contains("Startup successful"), "{}", bed.screen());
}

#[test]
fn who_comes_back_to_a_test_finds_the_place() {
    let mut bed = Bed::new(120, 40);
    bed.keys("ggjj jj");
    let before = (here(&bed), bed.screen());
    bed.again();
    assert_eq!((here(&bed), bed.screen()), before);
    assert_eq!(bed.drill.timeline.marks.len(), 1);
}

#[test]
fn a_script_that_failed_shows_what_it_said_last_and_why() {
    let mut bed = Bed::empty();
    // No assertion and no panic: a shell says what it has to say, and ends.
    fs::write(bed.attempt().join("steps.jsonl"), "").expect("write");
    for name in ["gkfs_daemon.log", "gkfs_client.log"] {
        fs::remove_file(bed.attempt().join("workspace/logs").join(name)).expect("a log");
    }
    fs::write(bed.attempt().join("stdout.log"), "one\ntwo\n").expect("write");
    fs::write(
        bed.attempt().join("stderr.log"),
        "mkdir: wait\nmkdir: no space left\n",
    )
    .expect("write");
    bed.tell(Msg::Area(100, 20));
    bed.tell(Msg::Why(Some("exit status: 1\nmkdir: no space left".to_owned())));
    bed.show();
    assert!(here(&bed).contains("no space left"), "{}", bed.screen());
    bed.keys("gg]");
    assert!(here(&bed).contains("no space left"), "{}", bed.screen());
    bed.keys("2");
    assert!(bed.screen().contains("✗ exit status: 1"), "{}", bed.screen());
    // One that passed has said nothing that matters more than its beginning.
    bed.tell(Msg::Why(None));
    bed.again();
    bed.keys("1gg]");
    assert!(!here(&bed).contains("no space left"), "{}", bed.screen());
}

#[test]
fn keys_are_told_where_they_do_something() {
    let mut bed = Bed::new(100, 20);
    bed.keys("3");
    assert!(bed.screen().contains("m: what a client sees"));
    bed.tell(Msg::Keys(false));
    assert!(!bed.screen().contains("m: what a client sees"));
}

#[test]
fn sources_have_the_same_numbers_whoever_began_to_write_first() {
    let bed = live();
    let logs = bed.attempt().join("workspace/logs");
    fs::remove_file(logs.join("gkfs_daemon.log")).expect("a log");
    fs::write(logs.join("gkfs_daemon.stderr.log"), "").expect("write");
    let mut bed = bed;
    let names = |bed: &mut Bed| {
        bed.keys("s");
        let names: Vec<String> = bed
            .drill
            .numbers()
            .iter()
            .map(|(_, name, _)| (*name).to_owned())
            .collect();
        bed.tell(Msg::NoDigit);
        names
    };
    bed.again();
    assert_eq!(names(&mut bed).last().map(String::as_str), Some("daemon.stderr"));
    bed.copy("gkfs_daemon.log", &logs.join("gkfs_daemon.log"));
    bed.tell(Msg::Poll);
    let later = names(&mut bed);
    bed.again();
    assert_eq!(later, names(&mut bed));
    assert_eq!(later[..2], ["steps", "daemon"]);
}

#[test]
fn what_was_said_without_ending_the_line_is_seen_while_the_test_runs() {
    let mut bed = live();
    write(&bed, "stdout.log", "waiting for the daemon");
    bed.tell(Msg::Poll);
    bed.keys("4");
    assert!(
        bed.screen().contains("stdout: waiting for the daemon"),
        "{}",
        bed.screen()
    );
    write(&bed, "stdout.log", ", here it is\n");
    bed.tell(Msg::Poll);
    let screen = bed.screen();
    assert!(!screen.contains("stdout: waiting"), "{screen}");
    assert!(screen.contains("waiting for the daemon, here it is"), "{screen}");
}

#[test]
fn the_bytes_of_a_step_are_shown_when_they_are_asked_for() {
    let mut bed = live();
    let hundred: Vec<u8> = (0..100).collect();
    let bytes = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &hundred);
    let step = serde_json::json!({
        "v": 1, "n": "9.0", "ph": "i", "ts": 5, "mono": 5, "pid": 9, "tid": 9, "kind": "fuse", "dir": "request",
        "text": "→ LOOKUP #4 node 1 name=file", "bytes": { "head": { "b64": bytes }, "len": 5000, "xxh3": "0" },
    });
    fs::write(bed.attempt().join("steps.jsonl"), format!("{step}\n")).expect("write");
    bed.tell(Msg::Poll);
    bed.again();
    bed.keys("gg");
    while !here(&bed).contains("LOOKUP") {
        bed.keys("j");
    }
    assert!(!bed.screen().contains("000000  00 01 02 03"), "{}", bed.screen());
    bed.keys("p");
    let screen = bed.screen();
    assert!(screen.contains("000000  00 01 02 03"), "{screen}");
    assert!(screen.contains("000030  30 31 32 33"), "{screen}");
    assert!(screen.contains("0123456789:;<=>?"), "{screen}");
    assert!(screen.contains("4900 bytes more were not recorded"), "{screen}");
    bed.keys("p");
    assert!(!bed.screen().contains("000000  00 01 02 03"), "{}", bed.screen());
}

#[test]
fn a_moment_has_no_life_to_be_narrowed_to() {
    let mut bed = Bed::new(120, 40);
    // The assertion.
    bed.keys("gg]⏎");
    let screen = bed.screen();
    assert!(
        screen.contains("took no time") && !screen.contains("(esc)"),
        "{screen}"
    );
    assert!(bed.drill.rows() > 20, "{screen}");
}
