//! The channel: the harness for programs in other languages, line by line.
//!
//! A program starts `gkfs-bench channel` and writes requests to its standard input, one JSON object a line; each is
//! answered by one on its standard output. Python's fixtures (`core/harness/python/`) are made so, and their daemons,
//! leases, deadlines and records are therefore those of a Rust test.
//!
//! ```text
//! {"n":1,"do":"begin","test":"t","root":"/suite","dir":"/tmp/t","env":{"GKFS_BENCH_STACK":"embedded"}}
//! {"n":1,"ok":{"dir":"/tmp/t","mountdir":"/tmp/t/mnt","stack":{"name":"embedded"}}}
//! {"n":2,"do":"daemon_start","test":"t"}
//! {"n":2,"ok":{"daemon":1,"pid":4711,"rootdir":"/tmp/t/root"}}
//! {"n":3,"do":"client","test":"t","ops":"session"}
//! {"n":3,"ok":{"client":2}}
//! {"n":4,"do":"op","test":"t","client":2,"name":"mkdir","words":["/tmp/t/mnt/top","511"]}
//! {"n":4,"ok":{"reply":{"errnum":0,"retval":0},"via":"session"}}
//! {"n":5,"do":"op","test":"t","client":2,"name":"mkdri","words":[]}
//! {"n":5,"error":{"kind":"unknown_operation","message":"unknown operation `mkdri`: …"}}
//! {"n":6,"do":"end","test":"t"}
//! {"n":6,"ok":{"errors":[]}}
//! ```
//!
//! # Theory of operation
//!
//! * Requests are carried out side by side, and answered when they are done: `n` says which answer is whose. A
//!   request without `n` is not answered.
//! * A *test* is a name of the caller's for a workspace with all that was started in it. Several may be open at once, so
//!   that a daemon may end while the next test runs.
//! * Bytes are a string where they are UTF-8, else `{"b64": "…"}`.
//! * An answer has `ok`, or `error` with a `kind` for programs, a `message` and perhaps a `hint` for people, or `skip`
//!   with the reason for which the test cannot be run on this stack.
//! * `end` with `later`, the name of a fixture, is told in the test's record instead of an answer, by a step
//!   `fixture` of that name whose begin and end have `"later":true`. It goes on when the caller has gone.
//! * The process takes everything along that was started through it, at the end of its input, or when its parent has died,
//!   in whatever way, and even when a copy of the parent keeps the pipes open.

mod descendants;
mod endings;
mod input;
mod place;
mod protocol;
mod refusal;
mod server;
mod views;
mod words;
mod workers;

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;

use input::{Input, Line};
use server::Server;

/// Serves the parent process through standard input and output until either ends, then ends what was started.
///
/// `args` are the words behind `channel`: one makes it a helper of a channel.
pub fn main(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let served = match args.next() {
        Some(word) if word == views::helper::WORD => views::helper::main(),
        _ => serve_parent(),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the channel cannot be served: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_parent() -> io::Result<()> {
    // Whoever a script leaves behind becomes our child, and can be found.
    descendants::adopt()?;
    leave_the_group_of_a_worker()?;
    let parent = input::parent()?;
    let (requests, answers) = take_streams()?;
    let server = Arc::new(Server::new(answers));
    let mut input = Input::new(requests, parent);
    let served = loop {
        match input.next() {
            Ok(Line::Whole(line)) => server.take(line),
            Ok(Line::Ended) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    // Those that a runner waits for are finished, so that who killed the caller killed one test, and not the one before.
    server.finish_endings();
    // What is still being carried out has nobody left to be done for.
    descendants::end_all();
    served
}

/// A runner ends a test together with its worker, by a signal to the group of that process; the end of the test before
/// it goes on. Elsewhere a terminal's signals are for us as well.
fn leave_the_group_of_a_worker() -> io::Result<()> {
    if std::env::var_os("GKFS_BENCH_COOKIE").is_some() {
        rustix::process::setpgid(None, None)?;
    }
    Ok(())
}

/// Takes the streams out of the way of what will be started, which would hold the caller's pipes open.
fn take_streams() -> io::Result<(std::os::fd::OwnedFd, File)> {
    let requests = io::stdin().as_fd().try_clone_to_owned()?;
    let answers = io::stdout().as_fd().try_clone_to_owned()?;
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok((requests, File::from(answers)))
}
