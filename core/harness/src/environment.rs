//! What a runner tells the test it starts: the variables `GKFS_BENCH_*`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// The only protocol there is so far.
const PROTOCOL: &str = "1";
/// What is left of the test's time for saying what went wrong.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The variables, read once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    values: BTreeMap<&'static str, OsString>,
    /// On the clock that stands still while the machine sleeps, as the runner's does.
    deadline: Option<Instant>,
    seed: Option<u64>,
    /// For how long the run had stood still when this was read.
    halted: Duration,
    /// No deadline holds any more, for no clone of this: somebody looks at the test.
    lifted: Arc<AtomicBool>,
}

/// The file that tells for how long the run stood still so far, in microseconds: time that no deadline counts.
const HALTED: &str = "GKFS_BENCH_HALTED";

/// How a stack is mounted that a command mounts, as JSON.
pub(crate) const MOUNTING: &str = "GKFS_BENCH_STACK_MOUNTING";

/// Every variable that the harness reads.
const NAMES: [&str; 21] = [
    "GKFS_BENCH_PROTOCOL",
    "GKFS_BENCH_RUN",
    "GKFS_BENCH_COOKIE",
    "GKFS_BENCH_TEST",
    "GKFS_BENCH_ATTEMPT",
    "GKFS_BENCH_ATTEMPT_DIR",
    "GKFS_BENCH_BIN_DIRS",
    "GKFS_BENCH_LIB_DIRS",
    "GKFS_BENCH_INTERFACE",
    "GKFS_BENCH_STACK",
    "GKFS_BENCH_STRICT",
    "GKFS_BENCH_EXE",
    "GKFS_BENCH_STACK_KIND",
    "GKFS_BENCH_HOLD",
    "GKFS_BENCH_WRAP_DAEMON",
    "GKFS_BENCH_WRAP_CLIENT",
    "GKFS_BENCH_WRAP_DEADLINES",
    "GKFS_BENCH_PRELOAD_BEFORE",
    HALTED,
    MOUNTING,
    crate::oracle::VARIABLE,
];

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// A variable has a value that makes no sense, or speaks a protocol of a later version.
    pub fn read() -> Result<Self> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads variables from `lookup`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let filled = |name: &'static str| lookup(name).filter(|value| !value.is_empty());
        let values: BTreeMap<_, _> = NAMES
            .iter()
            .filter_map(|name| Some((*name, filled(name)?)))
            .collect();
        if let Some(protocol) = values
            .get("GKFS_BENCH_PROTOCOL")
            .filter(|value| *value != PROTOCOL)
        {
            let expected = "protocol 1 (gkfs-bench and gkfs-harness of one version)";
            return Err(Error::Environment {
                name: "GKFS_BENCH_PROTOCOL",
                value: protocol.clone(),
                expected,
            });
        }
        let deadline = number(&filled, "GKFS_BENCH_DEADLINE_TS", "microseconds since the epoch")?;
        let seed = number(&filled, "GKFS_BENCH_SEED", "a number")?;
        let mut read = Self {
            values,
            deadline: deadline.and_then(instant),
            seed,
            halted: Duration::ZERO,
            lifted: Arc::default(),
        };
        read.halted = read.halted();
        Ok(read)
    }

    /// A runner started this process.
    pub fn has_runner(&self) -> bool {
        self.values.contains_key("GKFS_BENCH_PROTOCOL")
    }

    /// Whether operations are compared with those in a plain directory.
    pub(crate) fn wants_oracle(&self) -> Result<bool> {
        let name = crate::oracle::VARIABLE;
        match self.values.get(name) {
            None => Ok(false),
            Some(value) if value == "plain" => Ok(true),
            Some(value) => Err(Error::Environment {
                name,
                value: value.clone(),
                expected: "`plain`",
            }),
        }
    }

    pub(crate) fn text(&self, name: &'static str) -> Option<String> {
        self.values
            .get(name)
            .map(|value| value.to_string_lossy().into_owned())
    }

    pub(crate) fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.values.get(name).map(PathBuf::from)
    }

    /// A colon list.
    pub(crate) fn paths(&self, name: &'static str) -> Vec<PathBuf> {
        self.values
            .get(name)
            .map(|value| std::env::split_paths(value).collect())
            .unwrap_or_default()
    }

    /// A switch: `1` or `true` is on.
    pub(crate) fn flag(&self, name: &'static str) -> bool {
        self.values
            .get(name)
            .is_some_and(|value| value == "1" || value == "true")
    }

    /// The seed of everything random in the run.
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// The cookie of what outlives a test but not the run: the run's, a dot and `word`. A test's own is the run's, a dot
    /// and a number.
    pub(crate) fn cookie_for_run(&self, word: &str) -> Option<String> {
        let own = self.text("GKFS_BENCH_COOKIE")?;
        let (run, number) = own.rsplit_once('.')?;
        number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| format!("{run}.{word}"))
    }

    /// When the runner will end the test.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// `wanted`, or what is left until the test's deadline if that is less: a call that hangs is better
    /// explained by the harness than cut off by the runner.
    pub fn at_most(&self, wanted: Duration) -> Duration {
        let deadline = self.deadline.filter(|_| !self.is_lifted());
        let Some(deadline) = deadline else {
            return wanted;
        };
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let left = match left(deadline) {
            enough if enough > wanted + LAST_WORDS => enough,
            _ => left(deadline + self.halted().saturating_sub(self.halted)),
        };
        wanted.min(left.saturating_sub(LAST_WORDS).max(LAST_WORDS))
    }

    /// For how long the run stood still so far. It did not where there is no such file.
    fn halted(&self) -> Duration {
        let text = self
            .path(HALTED)
            .and_then(|file| std::fs::read_to_string(file).ok());
        let micros = text.and_then(|text| text.trim().parse().ok());
        Duration::from_micros(micros.unwrap_or(0))
    }

    /// Whether somebody looks at the test, or has looked: in whatever process it was held, the file that let it go on tells.
    fn is_lifted(&self) -> bool {
        self.lifted.load(Ordering::Relaxed)
            || self
                .path("GKFS_BENCH_HOLD")
                .is_some_and(|release| release.exists())
    }

    /// From now on the test may take its time: the runner's deadline is off as well.
    pub(crate) fn lift_deadline(&self) {
        self.lifted.store(true, Ordering::Relaxed);
    }

    /// The same with a deadline `timeout` from now, unless there is one.
    #[must_use]
    pub(crate) fn with_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.deadline = self.deadline.or_else(|| Instant::now().checked_add(timeout?));
        self
    }
}

/// Returns the time of a number of microseconds since the epoch; what is over is now.
fn instant(ts: u64) -> Option<Instant> {
    let at = UNIX_EPOCH + Duration::from_micros(ts);
    let left = at.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now().checked_add(left)
}

fn number(
    lookup: &impl Fn(&'static str) -> Option<OsString>,
    name: &'static str,
    expected: &'static str,
) -> Result<Option<u64>> {
    let Some(value) = lookup(name) else {
        return Ok(None);
    };
    match value.to_str().and_then(|text| text.parse().ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(Error::Environment {
            name,
            value,
            expected,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<Environment> {
        Environment::from_lookup(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into()))
    }

    #[test]
    fn reads_lists_flags_and_numbers() {
        let read = environment(&[
            ("GKFS_BENCH_PROTOCOL", "1"),
            ("GKFS_BENCH_BIN_DIRS", "/a:/b"),
            ("GKFS_BENCH_STRICT", "1"),
            ("GKFS_BENCH_SEED", "7"),
        ])
        .unwrap();
        assert!(read.has_runner() && read.flag("GKFS_BENCH_STRICT"));
        assert_eq!(
            read.paths("GKFS_BENCH_BIN_DIRS"),
            [PathBuf::from("/a"), PathBuf::from("/b")]
        );
        assert_eq!(read.seed(), Some(7));
    }

    #[test]
    fn empty_is_unset_and_nonsense_is_named() {
        assert!(!environment(&[("GKFS_BENCH_PROTOCOL", "")]).unwrap().has_runner());
        let error = environment(&[("GKFS_BENCH_SEED", "many")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("GKFS_BENCH_SEED=\"many\""), "{error}");
        assert!(environment(&[("GKFS_BENCH_PROTOCOL", "2")]).is_err());
    }

    #[test]
    fn what_outlives_a_test_has_the_runs_cookie() {
        let cookie = |own: &str| {
            environment(&[("GKFS_BENCH_COOKIE", own)])
                .unwrap()
                .cookie_for_run("shared")
        };
        assert_eq!(cookie("run-1a.17").as_deref(), Some("run-1a.shared"));
        assert_eq!(cookie("run-1a"), None);
    }

    #[test]
    fn timeouts_end_before_the_test_does() {
        let none = environment(&[]).unwrap();
        assert_eq!(none.at_most(Duration::from_secs(9)), Duration::from_secs(9));
        let short = none
            .with_timeout(Some(Duration::from_secs(5)))
            .at_most(Duration::from_secs(60));
        assert!(short <= Duration::from_millis(4500), "{short:?}");
        let past = environment(&[("GKFS_BENCH_DEADLINE_TS", "1")]).unwrap();
        assert_eq!(past.at_most(Duration::from_secs(60)), LAST_WORDS);
        past.clone().lift_deadline();
        assert_eq!(past.at_most(Duration::from_secs(60)), Duration::from_secs(60));
    }

    #[test]
    fn the_time_in_which_a_run_stood_still_is_not_the_tests() {
        let dir = tempfile::tempdir().unwrap();
        let halted = dir.path().join("halted");
        let seconds = |seconds: u64| Duration::from_secs(seconds);
        let write = |time: Duration| std::fs::write(&halted, time.as_micros().to_string()).unwrap();
        // That was before this test.
        write(seconds(1000));
        let variables = [
            ("GKFS_BENCH_DEADLINE_TS", "1"),
            (HALTED, halted.to_str().unwrap()),
        ];
        let environment = environment(&variables).unwrap();
        assert_eq!(environment.at_most(seconds(60)), LAST_WORDS);
        write(seconds(1100));
        assert_eq!(environment.at_most(seconds(60)), seconds(60));
        let left = environment.at_most(seconds(600));
        assert!(left > seconds(90) && left <= seconds(100), "{left:?}");
    }

    #[test]
    fn no_deadline_holds_for_what_was_held_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let release = dir.path().join("release");
        let variables = [
            ("GKFS_BENCH_DEADLINE_TS", "1"),
            ("GKFS_BENCH_HOLD", release.to_str().unwrap()),
        ];
        let environment = environment(&variables).unwrap();
        assert_eq!(environment.at_most(Duration::from_secs(60)), LAST_WORDS);
        std::fs::write(&release, "").unwrap();
        assert_eq!(
            environment.at_most(Duration::from_secs(60)),
            Duration::from_secs(60)
        );
    }
}
