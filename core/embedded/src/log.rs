//! The daemon's log, in GekkoFS's format: `[%C-%m-%d %H:%M:%S.%f] PID [L][logger] func() text`, local time.
//!
//! Each line is one `write` of an append-mode file, so that whoever follows the log sees it at once and lines
//! of several daemons do not mix.

use std::{
    fmt::Arguments,
    fs::File,
    io::{self, Write},
    path::Path,
};

use jiff::{Timestamp, tz::TimeZone};

/// How much is logged, from nothing to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Off,
    Critical,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    /// Reads a level as GekkoFS does: spdlog's names, or a number where 5 is debug and anything above is trace.
    pub(crate) fn parse(text: &str) -> Option<Level> {
        Some(match text.trim() {
            "off" | "0" => Level::Off,
            "critical" | "1" => Level::Critical,
            "error" | "err" | "2" => Level::Error,
            "warning" | "warn" | "3" => Level::Warn,
            "info" | "4" => Level::Info,
            "debug" | "5" => Level::Debug,
            "trace" => Level::Trace,
            number => number.parse::<u64>().ok().map(|_| Level::Trace)?,
        })
    }

    fn letter(self) -> char {
        match self {
            Level::Off | Level::Critical => 'C',
            Level::Error => 'E',
            Level::Warn => 'W',
            Level::Info => 'I',
            Level::Debug => 'D',
            Level::Trace => 'T',
        }
    }
}

/// The log file.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    level: Level,
    zone: TimeZone,
    pid: u32,
}

impl Log {
    /// Appends to the file at `path`, whose directory is made if missing.
    pub(crate) fn open(path: &Path, level: Level) -> io::Result<Log> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        Ok(Log {
            file: File::options().append(true).create(true).open(path)?,
            level,
            zone: local_zone(),
            pid: std::process::id(),
        })
    }

    /// Whether lines of this level are written.
    pub(crate) fn has(&self, level: Level) -> bool {
        level <= self.level
    }

    pub(crate) fn error(&self, func: &str, text: Arguments<'_>) {
        self.line(Level::Error, "main", func, text);
    }

    pub(crate) fn info(&self, func: &str, text: Arguments<'_>) {
        self.line(Level::Info, "main", func, text);
    }

    pub(crate) fn debug(&self, func: &str, text: Arguments<'_>) {
        self.line(Level::Debug, "main", func, text);
    }

    /// Writes a line; `func` is empty where GekkoFS gives none.
    pub(crate) fn line(&self, level: Level, logger: &str, func: &str, text: Arguments<'_>) {
        if !self.has(level) {
            return;
        }
        let line = self.format(Timestamp::now(), level, logger, func, text);
        // A full disk must not stop the file system, and there is nowhere else to say it.
        let _ = (&self.file).write_all(line.as_bytes());
    }

    fn format(&self, at: Timestamp, level: Level, logger: &str, func: &str, text: Arguments<'_>) -> String {
        let time = self.zone.to_datetime(at);
        let gap = if func.is_empty() { "" } else { " " };
        format!(
            "[{:02}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}] {} [{}][{logger}] {func}{gap}{text}\n",
            time.year() % 100,
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.subsec_nanosecond() / 1000,
            self.pid,
            level.letter(),
        )
    }
}

/// The machine's zone, by its file: a name is not needed, and looking it up walks the whole database of zones, which
/// takes longer than anything else before the daemon is ready.
fn local_zone() -> TimeZone {
    if std::env::var_os("TZ").is_some_and(|zone| !zone.is_empty()) {
        return TimeZone::system();
    }
    let file = std::fs::read("/etc/localtime").ok();
    file.and_then(|data| TimeZone::tzif("local", &data).ok())
        .unwrap_or_else(TimeZone::system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_real_daemon() {
        let log = Log {
            file: File::options().append(true).open("/dev/null").unwrap(),
            level: Level::Info,
            zone: TimeZone::fixed(jiff::tz::offset(1)),
            pid: 6320,
        };
        let at: Timestamp = "2026-11-22T02:05:47.390691Z".parse().unwrap();
        assert_eq!(
            log.format(
                at,
                Level::Info,
                "main",
                "",
                format_args!("Startup successful. Daemon is ready.")
            ),
            "[26-11-22 03:05:47.390691] 6320 [I][main] Startup successful. Daemon is ready.\n"
        );
        assert_eq!(
            log.format(
                at,
                Level::Debug,
                "main",
                "rpc_srv_stat()",
                format_args!("path: '/'")
            ),
            "[26-11-22 03:05:47.390691] 6320 [D][main] rpc_srv_stat() path: '/'\n"
        );
        assert!(log.has(Level::Warn) && !log.has(Level::Debug));
    }

    #[test]
    fn levels_by_name_and_number() {
        assert_eq!(Level::parse("100"), Some(Level::Trace));
        assert_eq!(Level::parse("5"), Some(Level::Debug));
        assert_eq!(Level::parse("off"), Some(Level::Off));
        assert_eq!(Level::parse("loud"), None);
    }
}
