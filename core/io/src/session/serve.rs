//! Requests in, answers out.

use std::io::{self, BufRead, Read as _, Write};
use std::time::Instant;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::Mode;
use super::process::{Standard, Start};
use super::protocol::{Answer, Refusal, Request};
use crate::context::{Changed, Context};
use crate::error::RequestError;
use crate::registry;
use crate::sys::fd;

/// The longest request; what is longer is skipped and refused.
const LONGEST_LINE: u64 = 512 << 20;

/// What lasts from one operation to the next.
pub(super) struct Session {
    pub(super) cx: Context,
    mode: Mode,
    start: Start,
    standard: Standard,
}

/// Answers each line until the input ends.
pub(super) fn serve(
    mut requests: impl BufRead,
    mut answers: impl Write,
    session: &mut Session,
) -> io::Result<()> {
    let mut line = Vec::new();
    while read_line(&mut requests, &mut line, LONGEST_LINE)? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut answer = serde_json::to_vec(&session.answer(&line))?;
        answer.push(b'\n');
        answers.write_all(&answer)?;
        answers.flush()?;
    }
    Ok(())
}

/// Reads a line, at most `longest` bytes of it; `false` at the end of the input.
fn read_line(requests: &mut impl BufRead, line: &mut Vec<u8>, longest: u64) -> io::Result<bool> {
    line.clear();
    if requests.take(longest).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == longest {
        // The request is cut, hence no JSON; the rest of it must not become requests.
        requests.skip_until(b'\n')?;
    }
    Ok(true)
}

impl Session {
    pub(super) fn new(mode: Mode, standard: Standard) -> Self {
        let cx = match mode {
            Mode::Plain => Context::default(),
            Mode::ImitateProcess => Context::imitating(),
        };
        Self {
            cx,
            mode,
            start: Start::now(),
            standard,
        }
    }

    fn answer(&mut self, line: &[u8]) -> Answer<Box<RawValue>> {
        let mut answer = Answer {
            n: None,
            reply: None,
            raw: None,
            error: None,
            dur_us: None,
        };
        if let Err(error) = self.run(line, &mut answer) {
            answer.error = Some(Refusal::from(&error));
        }
        answer
    }

    fn run(&mut self, line: &[u8], answer: &mut Answer<Box<RawValue>>) -> Result<(), RequestError> {
        let value: Value = serde_json::from_slice(line).map_err(no_request)?;
        answer.n = value.get("n").and_then(Value::as_u64);
        let request: Request = serde_json::from_value(value).map_err(no_request)?;
        let operation = (registry::find(&request.op)?.from_json)(&request.args)?;

        let begin = Instant::now();
        let reply = operation.answer(&mut self.cx).map_err(no_request)?;
        answer.dur_us = Some(begin.elapsed().as_micros() as u64);
        answer.reply = Some(reply);
        self.end_operation(answer)
    }

    fn end_operation(&mut self, answer: &mut Answer<Box<RawValue>>) -> Result<(), RequestError> {
        let opened = self.cx.take_opened();
        let changed = std::mem::take(&mut self.cx.changed);
        if self.mode == Mode::Plain {
            return Ok(());
        }
        for &number in &opened {
            self.renumber(number, answer);
            // The process that is imitated would end here; nobody looks at its closes.
            let _ = fd::close(number);
        }
        self.put_back(changed)
    }

    /// Tells the number that a process of its own would have got.
    fn renumber(&self, number: i32, answer: &mut Answer<Box<RawValue>>) {
        let relative = self.cx.relative(number);
        let reply = answer.reply.as_ref().filter(|_| relative != number);
        let Some(mut reply) = reply.and_then(|reply| serde_json::from_str::<Value>(reply.get()).ok()) else {
            return;
        };
        if reply["retval"] == number {
            reply["retval"] = relative.into();
            answer.raw = Some(number.into());
            answer.reply = to_raw_value(&reply).ok();
        }
    }

    fn put_back(&self, changed: Changed) -> Result<(), RequestError> {
        if changed.umask {
            self.start.reset_umask();
        }
        if changed.standard {
            self.standard.put_back().map_err(|errno| RequestError::Restore {
                what: "the descriptors 0 to 2".into(),
                reason: errno.text(),
            })?;
        }
        if changed.directory {
            self.start.go_back()?;
        }
        Ok(())
    }
}

fn no_request(error: serde_json::Error) -> RequestError {
    RequestError::NoRequest {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &str, longest: u64) -> Vec<String> {
        let (mut input, mut line, mut lines) = (input.as_bytes(), Vec::new(), Vec::new());
        while read_line(&mut input, &mut line, longest).unwrap() {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        lines
    }

    #[test]
    fn lines_end_with_newline_or_input() {
        assert_eq!(lines("a\nbc\n\nd", 100), ["a\n", "bc\n", "\n", "d"]);
        assert_eq!(lines("", 100), [""; 0]);
    }

    #[test]
    fn the_rest_of_a_line_too_long_is_skipped() {
        assert_eq!(lines("abcdefgh\nij\n", 4), ["abcd", "ij\n"]);
        assert_eq!(
            lines("abcd\nij\n", 5),
            ["abcd\n", "ij\n"],
            "exactly as long as allowed"
        );
    }
}
