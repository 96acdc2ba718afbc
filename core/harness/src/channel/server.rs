//! Takes requests, has them carried out side by side, and writes the answers.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

use super::endings::Endings;
use super::place::{Place, Stacks};
use super::protocol::{Envelope, Outcome, Refusal, Request, VERSION};
use super::views::helper::Helper;
use super::workers::Workers;
use crate::outcome::Skipped;

/// What a request gets.
pub(super) type Answered = Result<Value, Refusal>;

/// The tests that are open.
pub(super) struct Server {
    answers: Mutex<File>,
    workers: Workers,
    stacks: Stacks,
    /// Has the views of an ordinary user's tests.
    helper: Helper,
    places: Mutex<BTreeMap<String, Arc<Place>>>,
    endings: Arc<Endings>,
}

#[derive(Serialize)]
struct Answer<'a> {
    n: Option<u64>,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

impl Server {
    pub(super) fn new(answers: File) -> Self {
        Self {
            answers: Mutex::new(answers),
            workers: Workers::new(),
            stacks: Stacks::default(),
            helper: Helper::default(),
            places: Mutex::default(),
            endings: Arc::default(),
        }
    }

    /// Waits for the ends that somebody else waits for than the caller, who may be gone.
    pub(super) fn finish_endings(&self) {
        self.endings.wait();
    }

    /// Takes a line. What it asks for is done by another thread.
    pub(super) fn take(self: &Arc<Self>, line: Vec<u8>) {
        if line.trim_ascii().is_empty() {
            return;
        }
        let envelope = match serde_json::from_slice::<Envelope>(&line) {
            Ok(envelope) => envelope,
            Err(error) => {
                let refusal = Refusal::protocol(format!("a line that is no request: {error}"));
                return self.answer(None, &Outcome::Error(refusal));
            }
        };
        let number = envelope.n;
        let request = match serde_json::from_value::<Request>(envelope.request) {
            Ok(request) => request,
            Err(error) => {
                let refusal = Refusal::protocol(format!("a request that is not understood: {error}"));
                return self.answer(number, &Outcome::Error(refusal));
            }
        };
        // What comes after the end of a test must find that it has ended.
        let ended = match &request {
            Request::End { test, .. } => self.places().remove(test),
            _ => None,
        };
        let awaited = match &request {
            Request::End { later: Some(_), .. } => Some(self.endings.begin()),
            _ => None,
        };
        let server = self.clone();
        let started = self.workers.start(move || {
            let outcome = server.outcome(request, ended);
            if number.is_some() {
                server.answer(number, &outcome);
            }
            drop(awaited);
        });
        if let Err(error) = started {
            let refusal = Refusal::internal(format!("no thread for the request: {error}"));
            self.answer(number, &Outcome::Error(refusal));
        }
    }

    fn outcome(&self, request: Request, ended: Option<Arc<Place>>) -> Outcome {
        let answered = catch_unwind(AssertUnwindSafe(|| self.carry_out(request, ended)));
        match answered {
            Ok(Ok(value)) => Outcome::Ok(value),
            Ok(Err(refusal)) => Outcome::Error(refusal),
            // How the harness says that the stack has no such thing.
            Err(payload) => match payload.downcast::<Skipped>() {
                Ok(skipped) => Outcome::Skip(skipped.0),
                Err(payload) => {
                    let text = payload.downcast_ref::<String>().map(String::as_str);
                    let text = text.or(payload.downcast_ref::<&str>().copied());
                    Outcome::Error(Refusal::internal(text.unwrap_or("the request panicked")))
                }
            },
        }
    }

    fn carry_out(&self, request: Request, ended: Option<Arc<Place>>) -> Answered {
        match request {
            Request::Hello { protocol: VERSION } => Ok(json!({
                "protocol": VERSION, "version": env!("CARGO_PKG_VERSION"), "pid": std::process::id(),
            })),
            Request::Hello { protocol } => Err(Refusal::protocol(format!(
                "protocol {protocol} is spoken there, {VERSION} here"
            ))),
            Request::Begin(begin) => {
                let test = begin.test.clone();
                if self.places().contains_key(&test) {
                    return Err(Refusal::protocol(format!("the test `{test}` is open already")));
                }
                let place = Place::open(&self.stacks, begin)?;
                let told = place.describe();
                self.places().insert(test, Arc::new(place));
                Ok(told)
            }
            Request::End { test, later } => {
                self.helper.end(&test);
                ended.ok_or_else(|| not_open(&test))?.end(later.as_deref())
            }
            Request::DaemonStart(start) => self.place(&start.test)?.start_daemon(&start),
            Request::Daemon {
                test,
                daemon,
                act,
                fixture,
            } => self.place(&test)?.act_on_daemon(daemon, act, fixture.as_deref()),
            Request::Client {
                test,
                mut env,
                unless_set,
                ops,
            } => {
                let place = self.place(&test)?;
                place.set_unless_set(&mut env, unless_set)?;
                place.make_client(env, ops)
            }
            Request::Op {
                test,
                client,
                name,
                words,
            } => self.place(&test)?.operation(client, &name, &words),
            Request::Shell(command) => self.place(&command.test)?.run(&command),
            Request::Environ { test } => self.place(&test)?.environ(),
            Request::File { test, name, size } => self.place(&test)?.make_file(&name, size),
            Request::Overlay { test, thread, act } => {
                self.place(&test)?.overlay(&self.helper, &test, &thread, act)
            }
            Request::FuseStart(start) => self.place(&start.test)?.start_fuse(start),
            Request::Fuse { test, fuse, act } => self.place(&test)?.act_on_fuse(fuse, act),
            Request::Lift { test } => self.place(&test)?.lift_deadline(),
            Request::Log { test, level, text } => self.place(&test)?.log(&level, &text),
        }
    }

    fn place(&self, test: &str) -> Result<Arc<Place>, Refusal> {
        self.places().get(test).cloned().ok_or_else(|| not_open(test))
    }

    fn places(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, n: Option<u64>, outcome: &Outcome) {
        let answer = Answer { n, outcome };
        let mut line = serde_json::to_vec(&answer).unwrap_or_else(|error| {
            // Everything an answer is made of can be JSON; should that ever be wrong, somebody still waits.
            json!({ "n": n, "error": { "kind": "internal", "message": error.to_string() } })
                .to_string()
                .into_bytes()
        });
        line.push(b'\n');
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody reads any more: the end of the input says so to who can do something about it.
        let _: std::io::Result<()> = answers.write_all(&line);
    }
}

fn not_open(test: &str) -> Refusal {
    Refusal {
        kind: "ended",
        message: format!("the test `{test}` has ended: its daemons, clients and shells with it"),
        hint: Some("a fixture of a wider scope, or a thread of the test, still uses one of its fixtures"),
    }
}

/// A path as JSON: the other side knows paths that are text.
pub(super) fn text(path: impl Into<PathBuf>) -> String {
    path.into().to_string_lossy().into_owned()
}
