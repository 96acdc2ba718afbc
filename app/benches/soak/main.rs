//! A long day in ten minutes: `cargo bench -p gkfs-bench --bench soak [-- SECONDS]`.
//!
//! A session in a real terminal runs eight noisy tests again and again, while someone walks about in it. Its memory must
//! not grow from round to round, and every numbered line must be on disk and on the screen, exactly once and in order.
//! What is on the screen is read from a second one, drawn by the same state, update and view without a terminal: it
//! follows a test while that is written, and is paged through when the round has ended.

use std::error::Error;
use std::time::{Duration, Instant};

#[path = "../common/mod.rs"]
mod common;
mod memory;
mod numbers;

use common::suite::Suite;
use common::terminal::Terminal;
use memory::Memory;

const TESTS: usize = 8;
/// Lines a second, all tests together.
const RATE: u64 = 50_000;
/// How long a round is, in seconds.
const ROUND: u64 = 20;
/// Of each test in a round.
const LINES: u64 = RATE / TESTS as u64 * ROUND;
const SECONDS: u64 = 600;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    if common::noise::if_asked() {
        return Ok(());
    }
    let seconds = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(SECONDS);
    let suite = Suite::noisy(TESTS, (RATE / TESTS as u64) as usize, LINES)?;
    let mut session = Terminal::open(&suite, &["--stack", "plain", "-j", "8"])?;
    session.wait("tests", |screen| {
        let text = screen.contents();
        text.contains("noise_7") && !text.contains("looking")
    })?;
    let mut memory = Memory::default();
    let began = Instant::now();
    let mut round = 0;
    while round == 0 || began.elapsed() < Duration::from_secs(seconds) {
        one_round(&suite, &mut session, &mut memory, round)?;
        round += 1;
    }
    let (bytes, frames) = session.written();
    let seconds = session.began.elapsed().as_secs().max(1);
    println!("{} lines, none lost", round as u64 * LINES * TESTS as u64);
    println!(
        "{} frames/s, {} KiB/s to the terminal",
        frames / seconds,
        bytes / seconds / 1024
    );
    memory.verdict()?;
    let at = session.press("q")?;
    suite
        .until_empty(at, Duration::from_secs(60))
        .ok_or("something is left after a minute")?;
    session.end()
}

/// Runs all tests once, walking about, and looks for every number.
fn one_round(suite: &Suite, session: &mut Terminal, memory: &mut Memory, round: usize) -> Result<()> {
    session.answer("a", |screen| screen.contents().contains("8 now"))?;
    let test = round % TESTS;
    let run = suite.dir().join(".gkfs-bench/runs/last").canonicalize()?;
    let follower =
        std::thread::spawn(move || numbers::followed(&run, test, LINES).map_err(|error| error.to_string()));
    let deadline = Instant::now() + Duration::from_secs(20 * ROUND);
    let mut keys = ["j", "j", "k", "\x1b[6~", "\x1b[5~"].iter().cycle();
    while !session.text().contains("passed 8 in") {
        if Instant::now() > deadline {
            return Err(format!("the round does not end:\n{}", session.text()).into());
        }
        session.press(keys.next().copied().unwrap_or("j"))?;
        std::thread::sleep(Duration::from_millis(250));
        memory.sample(session.pid());
    }
    for test in 0..TESTS {
        let attempt = suite.attempt(&format!("noise_{test}")).ok_or("no attempt")?;
        numbers::on_disk(&attempt, LINES)?;
    }
    follower.join().map_err(|_| "the second screen broke")??;
    memory.end_of_round(round);
    Ok(())
}
