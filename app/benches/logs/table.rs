//! The table that is printed at the end.

use std::time::Duration;

use super::tools::Beside;

/// What was measured, with what it should be and what others need.
pub(crate) struct Table {
    rows: Vec<[String; 4]>,
    bytes: u64,
}

impl Table {
    /// An empty one, about a log of so many bytes.
    pub(crate) fn new(bytes: u64) -> Table {
        Table {
            rows: Vec::new(),
            bytes,
        }
    }

    /// A time that has a goal. That is for a log of 1 GiB; it shrinks with the log where it is about all of it.
    pub(crate) fn goal(&mut self, name: &str, time: Duration, goal: Duration, beside: &[Beside]) {
        let share = if goal >= Duration::from_secs(1) {
            self.bytes as f64 / f64::from(1 << 30)
        } else {
            1.0
        };
        let goal = goal.mul_f64(share);
        let verdict = if time <= goal { "✓" } else { "✗" };
        self.row(
            name,
            millis(time),
            format!("≤ {} {verdict}", millis(goal)),
            time,
            beside,
        );
    }

    /// A time.
    pub(crate) fn time(&mut self, name: &str, time: Duration, beside: &[Beside]) {
        self.row(name, millis(time), String::new(), time, beside);
    }

    /// A number that has a limit.
    pub(crate) fn bytes(&mut self, name: &str, number: f64, limit: f64) {
        let verdict = if number <= limit { "✓" } else { "✗" };
        let row = [
            name.to_owned(),
            format!("{number:.1}"),
            format!("≤ {limit:.0} {verdict}"),
            String::new(),
        ];
        self.rows.push(row);
    }

    fn row(&mut self, name: &str, value: String, goal: String, time: Duration, beside: &[Beside]) {
        let others: Vec<String> = beside.iter().map(|other| other.beside(time)).collect();
        self.rows.push([name.to_owned(), value, goal, others.join(", ")]);
    }

    /// Prints it.
    pub(crate) fn print(&self) {
        println!(
            "{:42} {:>11}  {:14}  the same elsewhere, and our time as a multiple of that",
            "", "ours", "goal"
        );
        for [name, value, goal, others] in &self.rows {
            println!("{name:42} {value:>11}  {goal:14}  {others}");
        }
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
