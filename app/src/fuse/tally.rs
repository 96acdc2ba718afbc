//! The table at the end: how often, how long, how often in vain.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use gkfs_harness::fuse::abi::Opcode;
use serde_json::{Value, json};

use super::entry::Entry;

/// What is counted for one opcode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    calls: u64,
    errors: u64,
    answered: u64,
    total: Duration,
    longest: Duration,
}

/// Counts what passes.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<Opcode, Count>,
    asked: HashMap<u64, Duration>,
}

impl Tally {
    /// Takes one more. Returns how long an answer took.
    pub(super) fn take(&mut self, entry: &Entry) -> Option<Duration> {
        let request = entry.request.as_ref()?;
        let count = self.counts.entry(request.opcode()).or_default();
        match entry.dir.as_str() {
            "request" => {
                count.calls += 1;
                if request.opcode().is_answered() {
                    self.asked.insert(request.unique(), entry.at);
                }
                None
            }
            "reply" => {
                let took = entry.at.saturating_sub(self.asked.remove(&request.unique())?);
                count.errors += u64::from(entry.errno().is_some());
                count.answered += 1;
                count.total += took;
                count.longest = count.longest.max(took);
                Some(took)
            }
            _ => None,
        }
    }

    fn rows(&self) -> Vec<(Opcode, Count)> {
        let mut rows: Vec<_> = self
            .counts
            .iter()
            .map(|(opcode, count)| (*opcode, *count))
            .collect();
        // By time, then by name: the same counts are the same table.
        rows.sort_by_key(|(opcode, count)| (std::cmp::Reverse(count.total), opcode.name()));
        rows
    }

    /// As strace's, with the longest.
    pub(super) fn table(&self) -> String {
        let rows = self.rows();
        let all: Duration = rows.iter().map(|(_, count)| count.total).sum();
        let mut text =
            String::from("% time     seconds  usecs/call     longest     calls    errors opcode\n");
        let rule = "------ ----------- ----------- ----------- --------- --------- ----------------\n";
        text.push_str(rule);
        let mut sum = Count::default();
        for (opcode, count) in &rows {
            row(&mut text, count, all, opcode.name());
            sum.calls += count.calls;
            sum.errors += count.errors;
            sum.answered += count.answered;
            sum.total += count.total;
            sum.longest = sum.longest.max(count.longest);
        }
        text.push_str(rule);
        row(&mut text, &sum, all, "total");
        text
    }

    /// The same for machines.
    pub(super) fn json(&self) -> Value {
        let row = |(opcode, count): (Opcode, Count)| {
            json!({
                "opcode": opcode.name(), "calls": count.calls, "errors": count.errors,
                "total_us": count.total.as_micros() as u64, "longest_us": count.longest.as_micros() as u64,
            })
        };
        json!({ "summary": self.rows().into_iter().map(row).collect::<Vec<_>>() })
    }
}

fn row(text: &mut String, count: &Count, all: Duration, name: &str) {
    let share = match all.as_secs_f64() {
        0.0 => 0.0,
        all => 100.0 * count.total.as_secs_f64() / all,
    };
    let each = match count.answered {
        0 => 0,
        answered => count.total.as_micros() as u64 / answered,
    };
    let errors = match count.errors {
        0 => String::new(),
        errors => errors.to_string(),
    };
    // Nothing fails that is written into a string.
    let _ = writeln!(
        text,
        "{share:>6.2} {:>11.6} {each:>11} {:>11} {:>9} {errors:>9} {name}",
        count.total.as_secs_f64(),
        count.longest.as_micros(),
        count.calls,
    );
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gkfs_harness::fuse::{Body, Protocol, Reply, Request};

    use super::*;

    fn entry(dir: &str, at: u64, unique: u64, reply: Option<Reply>) -> Entry {
        let request = Request::new(unique, 1, Body::Readlink {}, &Protocol::default());
        Entry {
            at: Duration::from_micros(at),
            dir: dir.to_owned(),
            request: Some(Arc::new(request)),
            reply: reply.map(Arc::new),
            code: None,
            text: String::new(),
            bytes: Vec::new(),
        }
    }

    #[test]
    fn answers_are_counted_with_their_time() {
        let mut tally = Tally::default();
        assert_eq!(tally.take(&entry("request", 10, 2, None)), None);
        assert_eq!(tally.take(&entry("request", 20, 4, None)), None);
        let failed = entry("reply", 50, 4, Some(Reply::Errno(2)));
        assert_eq!(tally.take(&failed), Some(Duration::from_micros(30)));
        assert_eq!(tally.take(&failed), None, "it was answered already");
        tally.take(&entry("reply", 60, 2, Some(Reply::Data(Vec::new()))));
        let table = tally.table();
        let line = table.lines().nth(2).unwrap();
        assert_eq!(
            line,
            "100.00    0.000080          40          50         2         1 READLINK"
        );
        assert_eq!(
            tally.json()["summary"][0],
            serde_json::json!({"opcode": "READLINK", "calls": 2, "errors": 1, "total_us": 80, "longest_us": 50})
        );
    }
}
