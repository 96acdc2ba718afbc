//! A command on a FUSE file system, and what is said meanwhile.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gkfs_harness::Steps;
use gkfs_harness::fuse::behind::BehindError;
use gkfs_harness::fuse::{
    Builder, Event, FakeFuse, Fallback, StartError, TranscriptError, TranscriptWriter, record,
};
use gkfs_runner::RecordError;

use super::entry::Entry;
use super::filter::NoOpcode;
use super::place::Place;
use super::print::{self, Printer};
use super::theirs;
use crate::cli::TraceArgs;
use crate::lend::{self, Lent};

/// Nothing is ever late: whoever traces has a debugger's patience.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// How long a server may take for what the command left behind.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// What stands for the mount in the command's words, and the variable that says the same.
const WORD: &[u8] = b"{mnt}";
const VARIABLE: &str = "MNT";

/// Where lines go.
type Out = Box<dyn Write + Send>;

/// Why there is nothing to trace, or no record of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Behind(#[from] BehindError),
    #[error("{0}")]
    Filter(#[from] NoOpcode),
    #[error("{0}")]
    Save(#[from] TranscriptError),
    #[error("{0}")]
    Record(#[from] RecordError),
    #[error("{0}")]
    Steps(#[from] gkfs_harness::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Runs the command, and returns its exit status.
pub(super) fn trace(args: &TraceArgs, argv: Vec<OsString>) -> Result<u8, Trouble> {
    let out: Out = match &args.print.output {
        Some(path) => Box::new(print::file(path)?),
        None => Box::new(io::stderr()),
    };
    let printer = Arc::new(Mutex::new(Printer::new(&args.print, out)?));
    let saved = args.save.as_deref().map(TranscriptWriter::create).transpose()?;
    let saved = saved.map(|writer| Arc::new(Mutex::new(writer)));
    let kept = args
        .record
        .as_deref()
        .map(|base| super::keep::Kept::begin(base, argv));
    let kept = kept.transpose()?;
    let steps = steps(kept.as_ref().map(super::keep::Kept::attempt))?;
    let place = Place::choose(args.at.as_deref())?;
    let builder = FakeFuse::builder()
        .deadline(FOR_EVER)
        .keep_log(false)
        .observer(listener(printer.clone(), saved.clone(), steps.clone()));
    let (fake, server) = match &args.server {
        Some(text) => {
            let (fake, theirs) = theirs::start(text, builder, &place)?;
            (fake, Some(theirs))
        }
        None => (ours(builder, args).mount(place.mount()).start()?, None),
    };
    fake.forgive();
    for fault in &args.fault {
        fake.fault(fault.clone());
    }
    let began = Instant::now();
    let lent = run(&fake, &args.command, steps.as_ref())?;
    // What the command left behind, a RELEASE for example.
    fake.wait_answered(LAST_WORDS);
    if let Some(server) = server {
        server.stop();
    }
    fake.stop();
    lock(&printer).finish()?;
    // Whoever wrote there has ended with the server.
    if let Some(writer) = saved.and_then(Arc::into_inner) {
        writer
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .finish()?;
    }
    if let Some(kept) = kept {
        let dir = kept.finish(lent, began.elapsed())?;
        eprintln!("recorded in {}", dir.display());
    }
    Ok(lent.code)
}

/// A file system of ours.
fn ours(builder: Builder, args: &TraceArgs) -> Builder {
    let builder = match args.protocol {
        Some(minor) => builder.protocol(minor),
        None => builder,
    };
    match &args.dir {
        Some(dir) => builder.fallback(Fallback::Passthrough(dir.clone())),
        None => builder,
    }
}

/// Prints what passes, saves it, and writes it down as a test's steps.
fn listener(
    printer: Arc<Mutex<Printer<Out>>>,
    saved: Option<Arc<Mutex<TranscriptWriter>>>,
    steps: Option<Steps>,
) -> impl FnMut(&Event) + Send + 'static {
    let mut first = None;
    move |event| {
        let at = event.at.saturating_duration_since(*first.get_or_insert(event.at));
        lock(&printer).take(&Entry::live(event, at));
        if let Some(saved) = &saved {
            lock(saved).take(event);
        }
        if let Some(steps) = &steps {
            record(steps, event);
        }
    }
}

fn run(fake: &FakeFuse, words: &[OsString], steps: Option<&Steps>) -> Result<Lent, Trouble> {
    let words: Vec<OsString> = words.iter().map(|word| filled(word, fake.path())).collect();
    let (program, rest) = words
        .split_first()
        .ok_or_else(|| io::Error::other("no command"))?;
    let mut command = Command::new(program);
    command.args(rest).env(VARIABLE, fake.path());
    let argv: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let span =
        steps.map(|steps| steps.begin("shell", serde_json::json!({ "argv": argv, "intercept": false })));
    let lent = lend::run(command, || None)?;
    if let Some(span) = span {
        span.end(serde_json::json!({ "exit": lent.code }));
    }
    Ok(lent)
}

/// The word with the mount in it.
fn filled(word: &OsStr, mount: &Path) -> OsString {
    let mut filled = Vec::new();
    let mut rest = word.as_bytes();
    while let Some(at) = memchr::memmem::find(rest, WORD) {
        filled.extend_from_slice(&rest[..at]);
        filled.extend_from_slice(mount.as_os_str().as_bytes());
        rest = &rest[at + WORD.len()..];
    }
    filled.extend_from_slice(rest);
    OsString::from_vec(filled)
}

/// Where the conversation is written down: in the run that is made for it, or in that of the test around us.
fn steps(attempt: Option<&Path>) -> Result<Option<Steps>, Trouble> {
    let env = crate::Env::from_process()?;
    let around = env.var("GKFS_BENCH_ATTEMPT_DIR").map(Path::new);
    let dir = attempt.or(around);
    Ok(dir
        .map(|dir| Steps::create(&dir.join("steps.jsonl")))
        .transpose()?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_is_filled_in_wherever_it_stands() {
        let word = filled(OsStr::new("if={mnt}/a,{mnt}"), Path::new("/m"));
        assert_eq!(word, "if=/m/a,/m");
        assert_eq!(filled(OsStr::new("{mn}"), Path::new("/m")), "{mn}");
    }
}
