//! What the screen costs: `cargo bench -p gkfs-bench --bench screen [-- WORD…]`; a word chooses measurements by name.
//!
//! Sessions are measured from outside, in a real terminal, as a user meets them; frames from inside, by the processor
//! time of the thread that draws, so that a busy machine does not count.

use std::error::Error;

#[path = "../common/mod.rs"]
mod common;
mod frames;
mod idle;
mod load;
mod save;
mod start;
mod table;
mod usage;

use table::Row;

/// A measurement: its name, and what does it.
type Measure = (&'static str, fn() -> Result<Vec<Row>, Box<dyn Error>>);

const ALL: [Measure; 9] = [
    ("start", start::first_screen),
    ("keys", load::keys),
    ("line", load::line),
    ("frames", frames::frames),
    ("tests", frames::tests),
    ("tree", frames::tree),
    ("idle", idle::idle),
    ("save", save::save),
    ("quit", load::quit),
];

fn main() -> Result<(), Box<dyn Error>> {
    if common::noise::if_asked() {
        return Ok(());
    }
    // cargo passes flags of its own.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    table::head();
    for (name, measure) in ALL {
        if words.is_empty() || words.iter().any(|word| word == name) {
            for row in measure()? {
                row.print();
            }
        }
    }
    Ok(())
}
