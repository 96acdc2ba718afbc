//! What a test's view changed: a tree, in detail, and as it comes.

use std::io::Write;

use serde_json::{Value, json};

use super::screens::snapshot;
use super::*;
use crate::tui::drill::copy::Copied;

fn side(mode: u32, size: u64) -> Value {
    json!({ "type": "file", "mode": mode, "uid": 0, "gid": 0, "size": size, "modified": 1_795_317_349_000_000_i64 })
}

fn changes() -> Vec<Value> {
    let mut was = side(0o777, 19);
    was["type"] = "link".into();
    was["link"] = "motd.old".into();
    vec![
        json!({ "change": "add", "path": "/etc/app/foobar.conf", "now": side(0o644, 11),
            "diff": "--- /dev/null\n+++ /etc/app/foobar.conf\n@@ -0,0 +1 @@\n+an example\n" }),
        json!({ "change": "mod", "path": "/etc/hosts", "what": ["content", "mode"],
            "before": side(0o644, 30), "now": side(0o600, 18),
            "diff": "--- /etc/hosts\n+++ /etc/hosts\n@@ -1,2 +1 @@\n 127.0.0.1 localhost\n-10.0.0.1 server\n" }),
        json!({ "change": "del", "path": "/etc/motd", "before": was }),
        json!({ "change": "mod", "path": "/root/.bashrc" }),
        json!({ "change": "add", "path": "/srv/data/new", "what": ["renamed"], "from": "/srv/data/old",
            "before": side(0o644, 5000), "now": side(0o644, 5000), "note": "5000 bytes, no text" }),
        json!({ "change": "del", "path": "/srv/data/old" }),
    ]
}

/// Writes a step that lists the changes without their details, as it does, and the file that has those.
fn record(bed: &Bed, changes: &[Value], file: bool) {
    let steps = bed.attempt().join("steps.jsonl");
    let bare = |change: &Value| {
        let mut change = change.clone();
        let members = change.as_object_mut().expect("an object");
        members.retain(|name, _| matches!(name.as_str(), "change" | "path" | "what" | "from"));
        change
    };
    let mut step = json!({ "v": 1, "n": "7.1", "ph": "i", "ts": 1_795_317_349_000_000_i64, "mono": 9, "pid": 7, "tid": 7,
        "kind": "changes", "list": changes.iter().map(bare).collect::<Vec<_>>(), "total": changes.len() });
    if file {
        step["file"] = "changes.jsonl".into();
        let text: String = changes.iter().map(|change| format!("{change}\n")).collect();
        fs::write(bed.attempt().join("changes.jsonl"), text).expect("write");
    }
    let mut out = File::options().append(true).open(steps).expect("the steps");
    writeln!(out, "{step}").expect("write");
}

fn shown(columns: u16, rows: u16) -> Bed {
    let mut bed = Bed::empty();
    record(&bed, &changes(), true);
    bed.tell(Msg::Area(columns, rows));
    bed.show();
    bed.keys("6");
    bed
}

#[test]
fn a_tree_and_each_change_in_detail() {
    for (columns, rows) in [(120, 24), (80, 24), (40, 10)] {
        let mut bed = shown(columns, rows);
        bed.keys("j");
        snapshot(&format!("changes_{columns}x{rows}"), &bed);
    }
}

#[test]
fn details_tell_both_sides() {
    let mut bed = shown(100, 24);
    let mut see = |keys: &str, expected: &[&str]| {
        bed.keys(keys);
        let screen = bed.screen();
        for text in expected {
            assert!(screen.contains(text), "`{text}` is not in\n{screen}");
        }
    };
    see("gg", &["1 add 1 mod 1 del"]);
    see(
        "jjj",
        &["rw-r--r-- 0644 → rw------- 0600", "30B → 18B", "-10.0.0.1 server"],
    );
    see("j", &["del gone", "link", "motd.old"]);
    see("jj", &["opened for writing, or written with what it had"]);
    see("jj", &["moved from /srv/data/old", "5000 bytes, no text"]);
}

#[test]
fn folded_directories_say_what_is_in_them_and_the_place_is_kept() {
    let mut bed = shown(100, 24);
    bed.keys("jj");
    assert!(bed.screen().contains("hosts"), "{}", bed.screen());
    bed.keys("h");
    let folded = bed.screen();
    assert!(folded.contains("▸ etc  1 add 1 mod 1 del"), "{folded}");
    assert!(!folded.contains("hosts"), "{folded}");
    bed.keys("l");
    assert!(bed.screen().contains("hosts"), "{}", bed.screen());
    bed.keys("Z");
    assert!(
        bed.screen().contains("▸ srv/data  1 add 1 del"),
        "{}",
        bed.screen()
    );
    bed.keys("Z⏎");
    assert!(bed.screen().contains("▸ etc"), "{}", bed.screen());
}

#[test]
fn what_is_copied_is_what_a_test_asserts() {
    let mut bed = shown(100, 24);
    let copied = |bed: &Bed| match bed.drill.copied() {
        Some(Copied::Text(_, text)) => text,
        other => panic!("{other:?}"),
    };
    bed.keys("G");
    assert_eq!(copied(&bed), "del:/srv/data/old");
    bed.keys("gg");
    assert_eq!(
        copied(&bed),
        "add:/etc/app/foobar.conf\nmod:/etc/hosts\ndel:/etc/motd"
    );
}

/// While a test runs, what it changes comes in; the cursor stays on its path.
#[test]
fn changes_come_while_the_test_runs() {
    let mut bed = Bed::empty();
    let all = changes();
    record(&bed, &all[1..2], true);
    bed.tell(Msg::Area(100, 24));
    let attempt_dir = Some(bed.attempt());
    let id = "io::fails".to_owned();
    bed.tell(Msg::Show {
        attempt_dir,
        id,
        live: true,
    });
    bed.keys("6");
    assert!(bed.screen().contains("1 mod"), "{}", bed.screen());
    record(&bed, &all, true);
    bed.tell(Msg::Poll);
    let screen = bed.screen();
    assert!(
        screen.contains("foobar.conf") && screen.contains("2 add 2 mod 2 del"),
        "{screen}"
    );
    assert!(
        screen.contains("-10.0.0.1 server"),
        "the cursor is where it was\n{screen}"
    );
}

#[test]
fn a_record_without_the_file_shows_what_the_step_lists() {
    let mut bed = Bed::empty();
    record(&bed, &changes(), false);
    bed.tell(Msg::Area(100, 24));
    bed.show();
    bed.keys("6");
    assert!(
        bed.screen().contains("~     hosts  content, mode"),
        "{}",
        bed.screen()
    );
    // The step names a file that is gone.
    record(&bed, &changes()[..2], true);
    fs::remove_file(bed.attempt().join("changes.jsonl")).expect("remove");
    bed.again();
    bed.keys("6");
    let screen = bed.screen();
    assert!(
        screen.contains("foobar.conf") && !screen.contains("motd"),
        "{screen}"
    );
}

#[test]
fn a_test_without_a_view_says_so_and_has_no_tab() {
    let mut bed = Bed::new(100, 24);
    assert!(!bed.screen().contains("Changes"), "{}", bed.screen());
    bed.keys("6");
    let screen = bed.screen();
    assert!(
        screen.contains("6 Changes") && screen.contains("fixture Overlay"),
        "{screen}"
    );
}

#[test]
fn nothing_changed_is_an_answer() {
    let mut bed = Bed::empty();
    record(&bed, &[], false);
    bed.tell(Msg::Area(100, 24));
    bed.show();
    bed.keys("6");
    assert!(bed.screen().contains("nothing was changed"), "{}", bed.screen());
}

#[test]
fn no_size_and_no_key_breaks_it() {
    let mut bed = shown(100, 24);
    for (columns, rows) in [(0, 0), (1, 1), (20, 5), (41, 3), (300, 100)] {
        bed.tell(Msg::Area(columns, rows));
        for keys in ["j", "h", "l", "Z", "G", "J", "K", "⏎", "gg", "Z"] {
            bed.keys(keys);
            bed.screen();
        }
    }
}
