//! A session's process: asked, answered, and ended.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use gkfs_io::session::protocol::{self, Answer};
use rustix::process::Signal;
use serde_json::Value;

use super::lines::{Broken, Lines, MOMENT};
use crate::bench::Bench;
use crate::crash::{self, Ended, Written};
use crate::error::{Error, Result};
use crate::operations::Request;
use crate::process::{Process, Report, command_line, describe_status};

/// What it is called where it failed.
const WHO: &str = "the session";

/// A process that answers line by line.
#[derive(Debug)]
pub(super) struct Channel {
    process: Process,
    lines: Lines,
    next: u64,
    command: String,
    stderr: PathBuf,
    /// Behind what earlier sessions wrote to the same file.
    stderr_from: u64,
    bench: Bench,
    program: PathBuf,
    began: SystemTime,
}

impl Channel {
    /// Starts the process.
    pub(super) fn open(bench: &Bench, mut command: Command) -> Result<Self> {
        let line = command_line(&command);
        let stderr = bench.workspace.logdir().join("gkfs_session.stderr.log");
        let file = OpenOptions::new().create(true).append(true).open(&stderr);
        let file = file.map_err(|source| Error::io("open the session's output", &stderr, source))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file);
        let stderr_from = stderr.metadata().map_or(0, |meta| meta.len());
        let began = SystemTime::now();
        let mut process = bench.spawner.spawn(command, true)?;
        let child = process.child();
        let (stdin, stdout) = child
            .stdin
            .take()
            .zip(child.stdout.take())
            .expect("both were asked for");
        let lines = Lines::new(stdin.into(), stdout.into()).map_err(|source| Error::Spawn {
            command: line.clone(),
            source,
        })?;
        Ok(Self {
            process,
            lines,
            next: 1,
            command: line,
            stderr,
            stderr_from,
            bench: bench.clone(),
            program: bench.stack.session()?.path,
            began,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Asks, and waits for the answer. After an error the channel is of no use.
    pub(super) fn ask(&mut self, request: &Request, deadline: Instant, patience: Duration) -> Result<Answer> {
        let number = self.next;
        self.next += 1;
        let question = protocol::Question {
            n: number,
            op: &request.name,
            args: &request.args,
        };
        let mut line = serde_json::to_vec(&question).map_err(Error::other)?;
        line.push(b'\n');
        let answer = self.lines.ask(&line, self.process.pidfd(), deadline);
        let mut text = answer.map_err(|broken| self.broken(broken, patience))?;
        while self.bench.stack.wrap.is_on() && !text.starts_with(b"{") {
            // A debugger tells what it does on the same output.
            let next = self.lines.read_line(self.process.pidfd(), deadline);
            text = next.map_err(|broken| self.broken(broken, patience))?;
        }
        match serde_json::from_slice::<Answer>(&text) {
            Ok(answer) if answer.n == Some(number) => Ok(answer),
            Ok(answer) => Err(self.wrong(
                &format!("the session answered number {:?} to {number}", answer.n),
                &text,
            )),
            Err(error) => Err(self.wrong(&format!("the session printed what is no answer: {error}"), &text)),
        }
    }

    /// The reply in an answer, or why there is none.
    pub(super) fn reply(&self, name: &str, answer: Answer) -> Result<Value> {
        let name = name.to_owned();
        match (answer.reply, answer.error) {
            (Some(reply), _) => Ok(reply),
            (None, Some(refusal)) if refusal.kind == "unknown_operation" => {
                let report = Box::new(self.report(None));
                Err(Error::UnknownOperation {
                    name,
                    hint: refusal.message,
                    report,
                })
            }
            (None, Some(refusal)) => Err(Error::Operation {
                name,
                problem: refusal.message,
            }),
            (None, None) => {
                let problem = "the session answered with neither a reply nor an error".into();
                Err(Error::Operation { name, problem })
            }
        }
    }

    /// Closes the session's input and waits for its end.
    pub(super) fn finish(self, patience: Duration) -> Result<()> {
        let Self {
            mut process,
            lines,
            command,
            stderr,
            stderr_from,
            bench,
            ..
        } = self;
        drop(lines);
        let report = |status| Box::new(Report::new(&command, status).file("stderr", &stderr));
        let failed = |source| Error::Spawn {
            command: command.clone(),
            source,
        };
        match process.wait_until(Instant::now() + patience).map_err(failed)? {
            Some(status) if status.success() => match crash::Report::in_file(&stderr, stderr_from) {
                Some(found) => {
                    found.record(&bench, WHO, &stderr);
                    Err(Error::Program {
                        problem: found.told(WHO),
                        report: report(Some(status)),
                    })
                }
                None => Ok(()),
            },
            Some(status) => {
                let problem = format!("the session ended with {}", describe_status(status));
                Err(Error::Program {
                    problem,
                    report: report(Some(status)),
                })
            }
            None => {
                let status = process.end(Signal::KILL).map_err(failed)?;
                Err(Error::TimedOut {
                    after: patience,
                    report: report(Some(status)),
                })
            }
        }
    }

    fn broken(&mut self, broken: Broken, patience: Duration) -> Error {
        match broken {
            Broken::Failed(source) => Error::Spawn {
                command: self.command.clone(),
                source,
            },
            Broken::TimedOut => {
                let status = self.process.end(Signal::KILL).ok();
                Error::TimedOut {
                    after: patience,
                    report: Box::new(self.report(status)),
                }
            }
            Broken::Ended => {
                let status = self.end_soon();
                self.examine(status);
                let said = self.lines.last_words();
                let problem =
                    "the session ended before it answered; is this gkfs.io one of gkfs-bench?".into();
                let report = self.report(status).note("stdout", &said);
                Error::Program {
                    problem,
                    report: Box::new(report),
                }
            }
        }
    }

    /// Finds out what there is about one that ended in the middle of a question.
    fn examine(&self, status: Option<ExitStatus>) {
        if let Some(found) = crash::Report::in_file(&self.stderr, self.stderr_from) {
            found.record(&self.bench, WHO, &self.stderr);
        }
        let Some(status) = status else { return };
        let ended = Ended {
            who: WHO.to_owned(),
            name: "gkfs_session",
            program: &self.program,
            pid: self.process.pid(),
            status,
            is_wrapped: !self.bench.stack.wrap.client.0.is_empty(),
            is_shell: false,
            cwd: self.bench.client_dir(),
            began: self.began,
            stderr: Written::In(&self.stderr, self.stderr_from),
        };
        crash::examine(&self.bench, &ended);
    }

    fn wrong(&mut self, problem: &str, text: &[u8]) -> Error {
        let status = self.end_soon();
        let report = self.report(status).note("stdout", text);
        let problem = format!("{problem}; is this gkfs.io one of gkfs-bench?");
        Error::Program {
            problem,
            report: Box::new(report),
        }
    }

    fn end_soon(&mut self) -> Option<ExitStatus> {
        match self.process.wait_until(Instant::now() + MOMENT) {
            Ok(Some(status)) => Some(status),
            _ => self.process.end(Signal::KILL).ok(),
        }
    }

    fn report(&self, status: Option<ExitStatus>) -> Report {
        Report::new(&self.command, status).file("stderr", &self.stderr)
    }
}
