//! A test that is as noisy as a client library with all its logs on: numbered lines at a steady rate.

use std::io::{self, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The word that makes a measurement's own executable a noisy test: rate, and how many lines, follow.
pub(crate) const WORD: &str = "--noise";

/// How often lines are written; between, they are collected as a buffered logger does.
const BEAT: Duration = Duration::from_millis(2);

/// Is this process a noisy test? Then it is one, and does not come back before its end.
pub(crate) fn if_asked() -> bool {
    let mut words = std::env::args().skip_while(|word| word != WORD).skip(1);
    let Some(Ok(rate)) = words.next().map(|word| word.parse()) else {
        return false;
    };
    let lines = words.next().and_then(|word| word.parse().ok());
    // Whoever reads it went away: that is an end, too.
    let _ = make(rate, lines.unwrap_or(u64::MAX), &mut io::stdout().lock());
    true
}

fn make(rate: u64, lines: u64, out: &mut impl Write) -> io::Result<()> {
    let began = Instant::now();
    let mut written = 0;
    let mut batch = Vec::new();
    while written < lines {
        let due = (began.elapsed().as_micros() as u64).saturating_mul(rate) / 1_000_000;
        let stamp = stamp(SystemTime::now());
        while written < due.min(lines) {
            writeln!(batch, "{stamp} [4711] [syscall] [ah] {}", call(written))?;
            written += 1;
        }
        out.write_all(&batch)?;
        batch.clear();
        std::thread::sleep(BEAT);
    }
    out.flush()
}

/// The end of every line carries its number, from 0: what is lost can be told.
fn call(number: u64) -> String {
    format!(
        "pwrite64(fd=100003, buf=0x7f12a4c0, count=4096, offset={}) = 4096 seq={number:09}",
        number * 4096
    )
}

/// A time as the client library writes it, in UTC.
fn stamp(at: SystemTime) -> String {
    let micros = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    let at = jiff::Timestamp::from_microsecond(i64::try_from(micros).unwrap_or(0)).unwrap_or_default();
    at.strftime("[%Y-%m-%d %H:%M:%S.%6f]").to_string()
}
