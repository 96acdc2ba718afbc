//! The workbench's own log, as far as it is shown.

use tracing::Level;

/// A line: how grave it is, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How grave.
    pub level: Level,
    /// The line as it stands in the file.
    pub text: String,
}

/// The log while it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLog {
    entries: Vec<Entry>,
    /// Bytes of the file that were read.
    pub read: u64,
    /// What is less grave is not shown.
    pub least: Level,
    /// How many lines from the end the last that is shown is; 0 follows the end.
    pub back: usize,
}

/// What has come to the log since it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// Where it stands in the file; the beginning, when another file has been begun.
    pub from: u64,
    /// Whole lines.
    pub text: String,
}

impl Default for OwnLog {
    fn default() -> Self {
        OwnLog {
            entries: Vec::new(),
            read: 0,
            least: Level::DEBUG,
            back: 0,
        }
    }
}

impl OwnLog {
    /// Takes what has come. Who looks at an older line goes on looking at it.
    pub fn take(&mut self, growth: &Growth) {
        if growth.from == 0 {
            self.entries.clear();
        } else if growth.from != self.read {
            return;
        }
        self.read = growth.from + growth.text.len() as u64;
        let before = self.shown().count();
        self.entries.extend(growth.text.lines().map(entry));
        if self.back > 0 {
            self.back += self.shown().count() - before;
        }
    }

    /// Returns the lines that are grave enough.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        // For tracing, what is graver is less.
        self.entries.iter().filter(|entry| entry.level <= self.least)
    }

    /// Moves the view, towards the beginning or the end.
    pub fn scroll(&mut self, up: bool, rows: usize) {
        let most = self.shown().count().saturating_sub(1);
        self.back = match up {
            true => self.back.saturating_add(rows).min(most),
            false => self.back.saturating_sub(rows),
        };
    }

    /// Shows only graver lines, or all again.
    pub fn graver(&mut self) {
        self.least = match self.least {
            Level::DEBUG => Level::INFO,
            Level::INFO => Level::WARN,
            Level::WARN => Level::ERROR,
            _ => Level::DEBUG,
        };
        self.back = 0;
    }
}

/// A line begins with the time and the level.
fn entry(line: &str) -> Entry {
    let level = line.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    Entry {
        level: level.unwrap_or(Level::INFO),
        text: line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(log: &mut OwnLog, text: &str) {
        let from = log.read;
        log.take(&Growth {
            from,
            text: text.to_owned(),
        });
    }

    #[test]
    fn it_follows_the_end_and_holds_still_for_who_looks_back() {
        let mut log = OwnLog::default();
        grow(&mut log, "t  INFO a: one\nt  WARN a: two\nt DEBUG a: three\n");
        assert_eq!(log.shown().count(), 3);
        log.scroll(true, 1);
        grow(&mut log, "t ERROR a: four\n");
        assert_eq!(log.back, 2);
        log.scroll(false, 100);
        grow(&mut log, "t ERROR a: five\n");
        assert_eq!(log.back, 0);
        log.graver();
        log.graver();
        let texts: Vec<&str> = log.shown().map(|entry| &entry.text[8..]).collect();
        assert_eq!(texts, ["a: two", "a: four", "a: five"]);
    }

    #[test]
    fn another_file_takes_the_place_of_the_first_and_old_news_is_none() {
        let mut log = OwnLog::default();
        grow(&mut log, "t INFO a: one\n");
        let late = Growth {
            from: 3,
            text: "x\n".to_owned(),
        };
        log.take(&late);
        assert_eq!(log.shown().count(), 1);
        log.take(&Growth {
            from: 0,
            text: "t INFO a: new\n".to_owned(),
        });
        assert_eq!((log.shown().count(), log.read), (1, 14));
    }
}
