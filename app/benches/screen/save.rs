//! From a save to the first process that it leads to, while changes are watched for.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::common::suite::{Suite, save as write};
use crate::common::terminal::Terminal;
use crate::table::{Row, Value, quantile};

const GOAL: Value = Value::Time(Duration::from_millis(100));
const SCRIPTS: usize = 20;
const BUILDS: usize = 10;
const DEADLINE: Duration = Duration::from_secs(60);

/// A script is saved; when does it run? A Rust test is saved; when does cargo begin?
pub(crate) fn save() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = rows("save to first process of a script", &mut script()?);
    rows.extend(self::rows("save to build start", &mut build()?));
    Ok(rows)
}

fn rows(what: &str, times: &mut [Duration]) -> Vec<Row> {
    let row = |how: &str, hundredths, times: &mut [Duration]| {
        Row::new(
            &format!("{what}, {how}"),
            GOAL,
            Value::Time(quantile(times, hundredths)),
        )
    };
    vec![row("median", 50, times), row("p99", 99, times)]
}

fn script() -> Result<Vec<Duration>, Box<dyn Error>> {
    let suite = Suite::new()?;
    let starts = Starts::new(&suite);
    let text = |version: usize| format!("# version {version}\n{}", starts.note());
    suite.script("load/saved", &text(0))?;
    measured(&suite, &starts, SCRIPTS, |version| {
        Ok(suite.script("load/saved", &text(version))?)
    })
}

fn build() -> Result<Vec<Duration>, Box<dyn Error>> {
    let suite = Suite::new()?;
    let starts = Starts::new(&suite);
    let dir = suite.dir();
    fs::create_dir_all(dir.join("tests"))?;
    fs::create_dir_all(dir.join("src"))?;
    fs::write(dir.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"measured\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(dir.join("Cargo.toml"), manifest)?;
    let test = |version: usize| format!("#[test]\nfn saved() {{}} // version {version}\n");
    write(&dir.join("tests/rust.rs"), &test(0))?;
    // Ours comes first, and says when it was started.
    let cargo = which("cargo").ok_or("there is no cargo")?;
    let shim = format!(
        "#!/bin/sh\n{}\nexec '{}' \"$@\"\n",
        starts.note(),
        cargo.display()
    );
    write(&dir.with_file_name("bin").join("cargo"), &shim)?;
    measured(&suite, &starts, BUILDS, |version| {
        Ok(write(&dir.join("tests/rust.rs"), &test(version))?)
    })
}

/// Saves again and again while a session watches; how long each save took to its first start.
fn measured(
    suite: &Suite,
    starts: &Starts,
    times: usize,
    save: impl Fn(usize) -> Result<(), Box<dyn Error>>,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let session = Terminal::open(suite, &["watch", "--stack", "plain"])?;
    session.wait("watch", |screen| {
        let text = screen.contents();
        let busy = text.contains("looking") || text.contains("building");
        text.contains("saved") && text.contains("watching") && !busy
    })?;
    let mut measured = Vec::new();
    for version in 1..=times {
        let (started, last) = (starts.all().len(), last(suite));
        let at = SystemTime::now();
        save(version)?;
        let start = until("start", || starts.all().get(started).copied())?;
        measured.push(start.duration_since(at)?);
        until("run", || {
            (self::last(suite) != last && is_finished(suite)).then_some(())
        })?;
        // The next save finds the session idle.
        std::thread::sleep(Duration::from_millis(300));
    }
    Ok(measured)
}

/// A file to which every start of something appends its time.
struct Starts {
    file: PathBuf,
}

impl Starts {
    fn new(suite: &Suite) -> Starts {
        Starts {
            file: suite.dir().with_file_name("started"),
        }
    }

    /// The shell's command that does it.
    fn note(&self) -> String {
        format!("date +%s%N >> '{}'", self.file.display())
    }

    fn all(&self) -> Vec<SystemTime> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        // A line that is being written has no end yet.
        let lines = text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        let nanoseconds = lines.filter_map(|line| line.parse().ok());
        nanoseconds
            .map(|since| SystemTime::UNIX_EPOCH + Duration::from_nanos(since))
            .collect()
    }
}

fn last(suite: &Suite) -> Option<PathBuf> {
    suite.dir().join(".gkfs-bench/runs/last").canonicalize().ok()
}

fn is_finished(suite: &Suite) -> bool {
    let file = suite.dir().join(".gkfs-bench/runs/last/run.json");
    fs::read_to_string(file).is_ok_and(|text| text.contains("\"finished\""))
}

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> Result<T, Box<dyn Error>> {
    let began = Instant::now();
    while began.elapsed() < DEADLINE {
        if let Some(found) = found() {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(format!("no {what} within a minute").into())
}

fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|dir| dir.join(program));
    places.find(|place: &PathBuf| Path::is_file(place))
}
