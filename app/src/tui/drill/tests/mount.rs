//! The mount view: asked for, answered, looked through.

use super::screens::snapshot;
use super::*;
use crate::look::{Flag, Look, Row, Seen, Stored};
use crate::tui::drill::effect::{Answer, Loaded};

fn row(path: &str, seen: Option<(u32, u64)>, bytes: u64, flags: &[Flag]) -> Row {
    Row {
        path: path.to_owned(),
        seen: seen.map(|(mode, size)| Seen {
            mode,
            size,
            node: 1,
            errno: 0,
        }),
        stored: (bytes > 0).then(|| Stored {
            key: String::new(),
            chunks: bytes.div_ceil(512 * 1024),
            bytes,
            end: bytes,
        }),
        flags: flags.to_vec(),
    }
}

fn look() -> Look {
    const FILE: u32 = 0o100_644;
    Look {
        rows: vec![
            row("/dir", Some((0o040_755, 0)), 0, &[]),
            row("/dir/whole", Some((FILE, 1_048_577)), 1_048_577, &[]),
            row("/gone", None, 12, &[Flag::NoMetadata]),
            row("/lost", Some((FILE, 9)), 0, &[Flag::NoData]),
            row("/new", Some((FILE, 7)), 7, &[Flag::Elsewhere("/old".to_owned())]),
            row("/torn", Some((FILE, 4096)), 5000, &[Flag::Beyond(904)]),
        ],
        more: false,
        copy: true,
    }
}

/// Shows the workspace, and presses `m` where nobody answers yet.
fn asking(columns: u16, rows: u16) -> Bed {
    let mut bed = Bed::new(columns, rows);
    bed.drill.set_program("/nowhere/gkfs-bench".into());
    bed.keys("3");
    let effects = update(&mut bed.drill, Msg::Mount);
    assert_eq!(effects.len(), 1);
    bed
}

fn answer(bed: &mut Bed, number: u64, result: Result<Look, String>) {
    let generation = bed.drill.generation;
    let answer = Answer::Mount(number, result);
    bed.tell(Msg::Loaded(Loaded { generation, answer }));
}

#[test]
fn what_does_not_fit_is_told_and_gone_to() {
    for (columns, rows) in [(120, 14), (60, 10)] {
        let mut bed = asking(columns, rows);
        assert!(bed.screen().contains("on a copy"), "{}", bed.screen());
        answer(&mut bed, 1, Ok(look()));
        snapshot(&format!("mount_{columns}x{rows}"), &bed);
    }
    let mut bed = asking(120, 14);
    answer(&mut bed, 1, Ok(look()));
    assert!(bed.screen().contains("mount view 3/6"), "{}", bed.screen());
    bed.keys("]");
    assert!(bed.screen().contains("mount view 4/6"), "{}", bed.screen());
    bed.keys("[[");
    assert!(bed.screen().contains("mount view 3/6"), "{}", bed.screen());
    bed.keys("⎋");
    assert!(bed.screen().contains("▸ root"), "{}", bed.screen());
}

#[test]
fn an_answer_to_an_older_look_is_dropped() {
    let mut bed = asking(100, 14);
    bed.tell(Msg::Mount);
    bed.tell(Msg::Mount);
    assert!(bed.screen().contains("cannot start a look"), "{}", bed.screen());
    answer(&mut bed, 1, Ok(look()));
    assert!(!bed.screen().contains("/torn"), "{}", bed.screen());
}

#[test]
fn no_size_breaks_it() {
    let mut bed = asking(100, 14);
    answer(&mut bed, 1, Ok(look()));
    for (columns, rows) in [(0, 0), (1, 1), (20, 5), (41, 3), (300, 100)] {
        bed.tell(Msg::Area(columns, rows));
        bed.keys("jGgg");
        bed.screen();
    }
}
