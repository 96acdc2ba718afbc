//! What no program should write, and what nobody should do to files that are shown.

use std::os::unix::fs::FileExt;

use super::*;

fn log(bed: &Bed) -> PathBuf {
    bed.attempt().join("workspace/logs/gkfs_daemon.log")
}

fn live(bed: &mut Bed) {
    bed.tell(Msg::Area(120, 30));
    let attempt = bed.attempt();
    bed.tell(Msg::Show {
        attempt_dir: Some(attempt),
        id: "io::fails".to_owned(),
        live: true,
    });
}

/// Shows what one daemon's log holds.
fn showing(bytes: &[u8]) -> Bed {
    let mut bed = Bed::empty();
    fs::write(log(&bed), bytes).expect("write");
    live(&mut bed);
    bed.keys("o2");
    bed
}

#[test]
fn a_line_of_a_hundred_megabytes() {
    let mut bed = Bed::empty();
    let file = File::create(log(&bed)).expect("create");
    let end = 100 << 20;
    // The line is a hole of zeros, but for its ends.
    file.write_at(b"[26-11-22 04:15:49.200000] 1 [I][main] begins ", 0)
        .expect("write");
    file.write_at(b" ends\n[26-11-22 04:15:49.300000] 1 [E][main] after\n", end)
        .expect("write");
    live(&mut bed);
    bed.keys("o2");
    assert_eq!(bed.drill.rows(), 2);
    let screen = bed.screen();
    assert!(
        screen.contains("begins \\u{0}") && screen.contains("after"),
        "{screen}"
    );
    let text: usize = bed.drill.extract(0..2).lines().map(|line| line.len()).sum();
    assert!(text < 600_000, "{text} bytes were taken");
}

#[test]
fn the_end_of_a_long_line_is_found() {
    // Longer than what is looked through at once, with the pattern across the border.
    let mut line = vec![b'x'; 2 << 20];
    line[(1 << 20) - 3..][..6].copy_from_slice(b"across");
    line.extend(b" ends\nshort\n");
    let mut bed = showing(&line);
    for pattern in ["across", "ends", "short"] {
        bed.keys(&format!("/{pattern}⏎"));
        assert!(
            bed.screen().contains(&format!("/{pattern} 1 found")),
            "{}",
            bed.screen()
        );
    }
}

#[test]
fn bytes_that_are_no_text() {
    let bed = showing(b"[26-11-22 04:15:49.200000] 1 [I][main] \0\0\xff\xfe\x1b[2J\x1b]0;title\x07\r\n\0\0\0\n\n\x1b[31mred\n");
    let screen = bed.screen();
    assert!(
        screen.contains("\\u{0}\\u{0}\\xff\\xfe\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
        "{screen}"
    );
    assert!(
        !screen.chars().any(|char| char.is_control() && char != '\n'),
        "{screen}"
    );
    assert!(screen.contains("red"), "{screen}");
}

#[test]
fn a_log_that_is_cut_goes_on_and_one_that_is_replaced_begins_anew() {
    let stamp = |second: u32, word: &str| format!("[26-11-22 04:15:{second}.000000] 1 [I][main] {word}\n");
    let mut bed = showing([stamp(50, "one"), stamp(51, "two")].concat().as_bytes());
    bed.keys("/two⏎ ");
    fs::write(log(&bed), stamp(52, "three")).expect("cut");
    bed.tell(Msg::Poll);
    assert_eq!(bed.drill.rows(), 1);
    assert!(
        bed.screen().contains("three") && bed.screen().contains("/two 0 found"),
        "{}",
        bed.screen()
    );
    fs::remove_file(log(&bed)).expect("remove");
    bed.tell(Msg::Poll);
    assert!(
        bed.screen().contains("three") && bed.screen().contains("gone"),
        "{}",
        bed.screen()
    );
    fs::write(log(&bed), [stamp(53, "four"), stamp(54, "two")].concat()).expect("write");
    bed.tell(Msg::Poll);
    let screen = bed.screen();
    assert!(!screen.contains("gone") && screen.contains("four"), "{screen}");
    assert!(screen.contains("/two 1 found"), "{screen}");
}

#[test]
fn a_step_that_is_half_written_is_none_yet() {
    let mut bed = Bed::empty();
    let path = bed.attempt().join("steps.jsonl");
    let text = fs::read_to_string(&path).expect("the steps");
    let half = text.len() - 150;
    fs::write(&path, &text[..half]).expect("write");
    live(&mut bed);
    bed.keys("o1");
    let before = bed.drill.rows();
    assert!(!bed.screen().contains("assert failed"), "{}", bed.screen());
    fs::write(&path, &text).expect("write");
    bed.tell(Msg::Poll);
    assert_eq!(bed.drill.rows(), before + 1);
    assert!(bed.screen().contains("assert failed"), "{}", bed.screen());
    fs::write(&path, b"{\"v\":1,\n\xff\n").expect("write");
    bed.tell(Msg::Poll);
    assert_eq!(bed.drill.rows(), 0);
}

#[test]
fn a_directory_that_is_removed_leaves_what_was_read() {
    let mut bed = Bed::empty();
    live(&mut bed);
    bed.keys("gg");
    let before = bed.drill.rows();
    fs::remove_dir_all(bed.dir.path()).expect("remove");
    for keys in ["G", "/rpc⏎", "&main⏎", "⎋⎋", "2", "3", "4", "5", "1"] {
        bed.tell(Msg::Poll);
        bed.keys(keys);
        bed.screen();
    }
    assert!(bed.drill.rows() <= before);
    assert!(bed.drill.extract(0..bed.drill.rows()).lines().count() > 0);
}
