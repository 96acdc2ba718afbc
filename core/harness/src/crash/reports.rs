//! What sanitizers and valgrind write about the process that they look at.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde_json::json;

use crate::bench::Bench;
use crate::error::{Error, Result};

/// More of an output is not looked through.
const MOST: u64 = 8 << 20;
/// So many lines of a report are told; the file has all.
const TOLD: usize = 24;

/// What gcc's and clang's sanitizers begin a report with, and who that is.
const SANITIZERS: [(&str, &str); 5] = [
    ("ERROR: AddressSanitizer: ", "AddressSanitizer"),
    ("ERROR: LeakSanitizer: ", "LeakSanitizer"),
    ("WARNING: ThreadSanitizer: ", "ThreadSanitizer"),
    ("WARNING: MemorySanitizer: ", "MemorySanitizer"),
    (
        "ERROR: UndefinedBehaviorSanitizer: ",
        "UndefinedBehaviorSanitizer",
    ),
];

/// The first report in an output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) tool: &'static str,
    pub(crate) title: String,
    /// Its first lines.
    pub(crate) text: String,
}

impl Report {
    /// Looks for one in what was written.
    pub(crate) fn find(output: &str) -> Option<Self> {
        let lines: Vec<&str> = output.lines().collect();
        let (at, tool, title) = lines
            .iter()
            .enumerate()
            .find_map(|(at, line)| sanitizer(line).map(|(tool, title)| (at, tool, title)))
            .or_else(|| valgrind(&lines))?;
        let told = &lines[at..lines.len().min(at + TOLD)];
        Some(Self {
            tool,
            title,
            text: told.join("\n"),
        })
    }

    /// Looks for one in what was written to a file from `offset` on.
    pub(crate) fn in_file(path: &Path, offset: u64) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        file.seek(SeekFrom::Start(offset)).ok()?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Self::find(&String::from_utf8_lossy(&bytes))
    }

    /// Looks for one in what a client wrote, and records it with a file that has all of it.
    pub(crate) fn keep(
        bench: &Bench,
        who: &str,
        name: &str,
        pid: u32,
        output: &[u8],
    ) -> Result<Option<Self>> {
        let Some(found) = Self::find(&String::from_utf8_lossy(output)) else {
            return Ok(None);
        };
        let file = bench.workspace.logdir().join(format!("{name}.{pid}.report.log"));
        std::fs::write(&file, output).map_err(|source| Error::io("keep a report", &file, source))?;
        found.record(bench, who, &file);
        Ok(Some(found))
    }

    /// Records it; `file` has all of it.
    pub(crate) fn record(&self, bench: &Bench, who: &str, file: &Path) {
        let fields = json!({
            "ok": false, "who": who, "tool": self.tool, "title": self.title, "file": file, "text": self.text,
        });
        bench.steps.instant("report", fields);
    }

    /// What it says, in one line.
    pub(crate) fn told(&self, who: &str) -> String {
        format!("{} in {who}: {}", self.tool, self.title)
    }
}

fn sanitizer(line: &str) -> Option<(&'static str, String)> {
    for (begin, tool) in SANITIZERS {
        if let Some((_, title)) = line.split_once(begin) {
            return Some((tool, title.trim().to_owned()));
        }
    }
    // `file.c:7:12: runtime error: …`; the words alone stand in many a message.
    let (place, title) = line.split_once(": runtime error: ")?;
    let mut numbers = place.rsplitn(3, ':');
    let are_numbers = numbers.next()?.parse::<u32>().is_ok() && numbers.next()?.parse::<u32>().is_ok();
    are_numbers.then(|| ("UndefinedBehaviorSanitizer", format!("{title} at {place}")))
}

/// valgrind counts at the end; what it counts stands before that.
fn valgrind(lines: &[&str]) -> Option<(usize, &'static str, String)> {
    let own = |line: &str| -> Option<String> {
        let (pid, text) = line.strip_prefix("==")?.split_once("== ")?;
        pid.parse::<u32>().ok()?;
        Some(text.to_owned())
    };
    let counted = lines.iter().position(|line| {
        let number = own(line).and_then(|text| {
            let count = text
                .strip_prefix("ERROR SUMMARY: ")?
                .split(' ')
                .next()?
                .replace(',', "");
            count.parse::<u64>().ok()
        });
        number.is_some_and(|number| number > 0)
    })?;
    // Places are indented below what happened there.
    let first = lines[..counted].iter().enumerate().find_map(|(at, line)| {
        let next = own(lines.get(at + 1)?)?;
        let text = own(line).filter(|text| !text.starts_with(' '))?;
        next.trim_start().starts_with("at 0x").then_some((at, text))
    });
    let (at, title) = first.unwrap_or_else(|| (counted, own(lines[counted]).unwrap_or_default()));
    Some((at, "valgrind", title))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(&'static str, String)> {
        Report::find(text).map(|report| (report.tool, report.title))
    }

    #[test]
    fn sanitizers_are_known_by_their_first_line() {
        let text = "noise\n=================\n==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\nREAD of size 4";
        let report = Report::find(text).unwrap();
        assert_eq!(
            (report.tool, report.title.as_str()),
            ("AddressSanitizer", "heap-use-after-free on address 0x1")
        );
        assert!(report.text.ends_with("READ of size 4"));
        assert_eq!(
            found("a.c:7:12: runtime error: signed integer overflow"),
            Some((
                "UndefinedBehaviorSanitizer",
                "signed integer overflow at a.c:7:12".into()
            ))
        );
        assert_eq!(
            found("terminate called: runtime error: nope\nstd::runtime_error: x"),
            None
        );
    }

    #[test]
    fn valgrind_is_heard_when_it_counts_errors() {
        let clean = "==7== Memcheck, a memory error detector\n==7== ERROR SUMMARY: 0 errors from 0 contexts";
        assert_eq!(found(clean), None);
        let text = "==7== Memcheck, a memory error detector\n==7== \n==7== Invalid read of size 4\n==7==    at 0x1091: main \
                    (a.c:3)\n==7== \n==7== ERROR SUMMARY: 1,002 errors from 1 contexts";
        assert_eq!(found(text), Some(("valgrind", "Invalid read of size 4".into())));
        assert_eq!(
            found("==7== ERROR SUMMARY: 2 errors from 1 contexts"),
            Some(("valgrind", "ERROR SUMMARY: 2 errors from 1 contexts".into()))
        );
    }
}
