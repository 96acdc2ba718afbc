//! Budgets, and what was measured, side by side.

use std::time::Duration;

/// A measured budget.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The most that it may be.
    pub(crate) goal: Value,
    /// What it is.
    pub(crate) measured: Value,
    /// What people would use instead, and what that takes.
    pub(crate) instead: Option<(String, Value)>,
}

/// A number with its unit.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Value {
    /// A time.
    Time(Duration),
    /// Of a processor, in hundredths.
    Percent(f64),
    /// Bytes.
    Bytes(f64),
}

impl Value {
    fn number(self) -> f64 {
        match self {
            Value::Time(time) => time.as_secs_f64(),
            Value::Percent(number) | Value::Bytes(number) => number,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match *self {
            Value::Time(time) => match time.as_secs_f64() {
                seconds if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
                seconds if seconds < 1.0 => format!("{:.2} ms", seconds * 1e3),
                seconds => format!("{seconds:.2} s"),
            },
            Value::Percent(number) => format!("{number:.3} %"),
            Value::Bytes(number) if number < 1024.0 => format!("{number:.0} B"),
            Value::Bytes(number) => format!("{:.1} MiB", number / (1 << 20) as f64),
        };
        out.pad(&text)
    }
}

impl Row {
    /// A measured budget, without anything beside it.
    pub(crate) fn new(what: &str, goal: Value, measured: Value) -> Row {
        Row {
            what: what.to_owned(),
            goal,
            measured,
            instead: None,
        }
    }

    /// What people would use instead, if it is there to be measured.
    pub(crate) fn instead(mut self, other: Option<(&str, Value)>) -> Row {
        self.instead = other.map(|(name, value)| (name.to_owned(), value));
        self
    }

    /// Prints it as a line.
    pub(crate) fn print(&self) {
        let verdict = if self.measured <= self.goal {
            "met"
        } else {
            "MISSED"
        };
        print!(
            "{:<52}{:>12}{:>12}  {verdict:<8}",
            self.what, self.goal, self.measured
        );
        if let Some((name, value)) = &self.instead {
            let ratio = value.number() / self.measured.number().max(f64::EPSILON);
            print!("{name}: {value}, {ratio:.1}×");
        }
        println!();
    }
}

/// Prints what stands above all lines.
pub(crate) fn head() {
    println!(
        "{:<52}{:>12}{:>12}  {:<8}instead",
        "budget", "at most", "measured", ""
    );
}

/// Returns the time that all but `hundredths` of a hundred do not exceed.
pub(crate) fn quantile(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * hundredths).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or_default()
}
