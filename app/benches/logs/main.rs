//! What large logs cost: `cargo bench -p gkfs-bench --bench logs`.
//!
//! A client's log of 1 GiB is written into a temporary directory and shown as the timeline of a test. Whatever the
//! screen would have others do is done here one after the other on one thread, and every redraw is paid for, so that the
//! times are those of a machine with one processor to spare. Beside them stands what other tools need for the like of
//! it; one that is not installed is named. `GKFS_BENCH_LOG=64MiB` takes a smaller log.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytesize::ByteSize;

mod log;
mod reader;
mod table;
mod tools;

use log::Log;
use reader::Reader;
use table::Table;
use tools::Tool;

/// The variable that says how large the log is.
const SIZE: &str = "GKFS_BENCH_LOG";

/// The log of the compressed rows, in bytes: that of one test of a debug build.
const PACKED: u64 = 46_000_000;

/// Memory beside what each line takes: buffers, texts, the program itself.
const BESIDE: u64 = 32 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let size = match std::env::var(SIZE) {
        Ok(text) => text
            .parse::<ByteSize>()
            .map_err(|why| format!("{SIZE}={text}: {why}"))?,
        Err(_) => ByteSize::gib(1),
    };
    let log = Log::write(size.as_u64())?;
    println!(
        "a client's log of {size} and {} lines, {} of them folded\n",
        log.lines, log.noise
    );
    let mut table = Table::new(log.bytes);
    opened(&log, &mut table)?;
    packed(
        &Log::write(size.as_u64().min(PACKED))?,
        "a client's log of 46 MB",
        &mut table,
    )?;
    real(&mut table)?;
    table.print();
    Ok(())
}

/// Opens the log, indexes it and looks through it.
fn opened(log: &Log, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let tool = |tool: Tool, subject: &str| tool.time(&log.path, subject);
    let before = reader::resident()?;
    let mut reader = Reader::new();

    let first = reader.open(&log.attempt);
    let less = tool(Tool::LessFirst, "");
    table.goal("first screen", first, Duration::from_millis(50), &[less]);

    let whole = first + reader.finish();
    assert_eq!(reader.lines(), log.lines, "all lines are indexed");
    let beside = [
        tool(Tool::Count, ""),
        tool(Tool::LessLast, ""),
        tool(Tool::LnavIndex, ""),
    ];
    table.goal("whole index", whole, Duration::from_secs(1), &beside);
    table.goal(
        "  the longest wait of a key meanwhile",
        reader.longest(),
        Duration::from_millis(16),
        &[],
    );
    let (lines, bytes) = reader.memory();
    table.bytes(
        "  index and rows, bytes a line",
        bytes as f64 / lines as f64,
        24.0,
    );
    let resident = reader::resident()?.saturating_sub(before);
    let budget = lines as u64 * 24 + BESIDE;
    table.bytes("  resident, MiB", mib(resident), mib(budget));

    for (name, subject) in [
        ("in the midst", log.midst.as_str()),
        ("at the end", log.end.as_str()),
    ] {
        let (first, whole) = reader.search(subject, 1);
        table.time(&format!("search, first hit {name}"), first, &[]);
        let beside = [
            tool(Tool::Grep, subject),
            tool(Tool::Ripgrep, subject),
            tool(Tool::LessSearch, subject),
        ];
        table.goal("  whole search", whole, Duration::from_secs(1), &beside);
    }
    let (first, whole) = reader.search(log::EVERYWHERE, log.everywhere);
    table.goal(
        "search, first of many hits",
        first,
        Duration::from_millis(16),
        &[],
    );
    let beside = [
        tool(Tool::Grep, log::EVERYWHERE),
        tool(Tool::Ripgrep, log::EVERYWHERE),
    ];
    table.goal("  whole search", whole, Duration::from_secs(1), &beside);
    let whole = reader.filter(log::EVERYWHERE, log.everywhere);
    table.time("filter, all rows", whole, &[]);
    let unfolded = reader.unfold(log.lines);
    table.time("unfold all, all rows", unfolded, &[]);
    table.goal(
        "  the longest wait of a key meanwhile",
        reader.longest(),
        Duration::from_millis(16),
        &[],
    );
    Ok(())
}

/// Compresses a log, as it is when its test has ended, and opens it beside what it was.
fn packed(log: &Log, name: &str, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let open = || {
        let mut reader = Reader::new();
        let first = reader.open(&log.attempt);
        (first, first + reader.finish(), reader.lines())
    };
    let (first, whole, lines) = open();
    let began = Instant::now();
    gkfs_runner::record::pack_log(&log.path)?;
    let took = began.elapsed();
    let size = std::fs::metadata(log.path.with_extension("log.zst"))?.len();
    let (packed_first, packed_whole, packed_lines) = open();
    assert_eq!(lines, packed_lines, "the same lines");
    table.bytes(
        &format!("{name}, compressed: percent of it"),
        size as f64 * 100.0 / log.bytes as f64,
        5.0,
    );
    table.time("  compressing it", took, &[]);
    table.time("  first screen as it was", first, &[]);
    table.goal(
        "  first screen compressed",
        packed_first,
        Duration::from_millis(50),
        &[],
    );
    table.time("  whole index as it was", whole, &[]);
    table.time("  whole index compressed", packed_whole, &[]);
    Ok(())
}

/// Opens the client's log of a debug build, where its path is given.
fn real(table: &mut Table) -> Result<(), Box<dyn Error>> {
    let Some(path) = std::env::var_os("GKFS_BENCH_REAL_LOG").map(PathBuf::from) else {
        println!("GKFS_BENCH_REAL_LOG names no client's log of a debug build: it is not opened\n");
        return Ok(());
    };
    let log = Log::of(&path)?;
    let mut reader = Reader::new();
    let first = reader.open(&log.attempt);
    table.goal(
        "a debug build's own log: first screen",
        first,
        Duration::from_millis(50),
        &[],
    );
    let whole = first + reader.finish();
    table.time("  whole index", whole, &[]);
    table.bytes(
        "  rows of a hundred lines",
        reader.rows() as f64 * 100.0 / reader.lines() as f64,
        5.0,
    );
    packed(&log, "a debug build's own log", table)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
