//! What a session costs that nobody touches.

use std::error::Error;
use std::time::{Duration, Instant};

use crate::common::suite::Suite;
use crate::common::terminal::Terminal;
use crate::table::{Row, Value};
use crate::usage;

/// Notices have gone by then, and all has been looked for.
const SETTLE: Duration = Duration::from_secs(8);
const WATCHED: Duration = Duration::from_secs(10);

/// Processor and terminal of an idle session, and of one that watches for changes.
pub(crate) fn idle() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for (name, words) in [
        ("idle", ["--stack", "plain"].as_slice()),
        ("idle, watching", &["watch", "--stack", "plain"]),
    ] {
        let suite = Suite::noisy(8, 1000, 10)?;
        let session = Terminal::open(&suite, words)?;
        session.wait("tests", |screen| screen.contents().contains("noise_7"))?;
        std::thread::sleep(SETTLE);
        let (cpu, written) = (usage::cpu(session.pid())?, session.written().0);
        let began = Instant::now();
        std::thread::sleep(WATCHED);
        let used = (usage::cpu(session.pid())? - cpu).as_secs_f64() / began.elapsed().as_secs_f64();
        let bytes = session.written().0 - written;
        rows.push(Row::new(
            &format!("{name}: processor"),
            Value::Percent(0.1),
            Value::Percent(100.0 * used),
        ));
        rows.push(Row::new(
            &format!("{name}: to the terminal"),
            Value::Bytes(0.0),
            Value::Bytes(bytes as f64),
        ));
    }
    Ok(rows)
}
