//! Programs, scripts and files of a test.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use gkfs_io::ByteString;
use rustix::process::Signal;
use serde_json::{Map, Value, json};

use super::Place;
use crate::channel::protocol::{Refusal, ShellCommand, os};
use crate::channel::server::{Answered, text};
use crate::files::FileFactory;
use crate::shell::Shell;

impl Place {
    /// Runs a program or a script to its end, or to its deadline.
    pub(in crate::channel) fn run(&self, command: &ShellCommand) -> Answered {
        let mut shell = Shell::new(&self.bench).intercept(command.intercept);
        for (name, value) in &command.env {
            shell = shell.env(name, value);
        }
        if let Some(dir) = &command.cwd {
            shell = shell.current_dir(dir);
        }
        if let Some(seconds) = command.timeout {
            let timeout = Duration::try_from_secs_f64(seconds)
                .map_err(|error| Refusal::protocol(format!("a timeout of {seconds} seconds: {error}")))?;
            shell = shell.timeout(timeout);
        }
        if let Some(number) = command.signal {
            let signal = Signal::from_named_raw(number)
                .ok_or_else(|| Refusal::protocol(format!("{number} is no signal")))?;
            shell = shell.timeout_signal(signal);
        }
        let output = match (&command.argv, &command.script) {
            (Some(argv), None) if !argv.is_empty() => {
                let program = argv[0].to_string_lossy();
                shell.try_run(&program, argv[1..].iter().map(os))?
            }
            (None, Some(code)) => shell.try_script(os(code))?,
            _ => return Err(Refusal::protocol("either `argv` or `script` is expected")),
        };
        Ok(json!({
            "command": output.command(), "exit": output.code(), "signal": output.signal(),
            "timed_out": output.timed_out(), "seconds": output.duration().as_secs_f64(),
            "stdout": bytes(output.stdout_bytes()), "stderr": bytes(output.stderr_bytes()),
        }))
    }

    /// The variables that make a process a client, without those that every process of the test has.
    pub(in crate::channel) fn environ(&self) -> Answered {
        let all = Shell::new(&self.bench).environ()?;
        let common = self.bench.stack.environ();
        let own = all.iter().filter(|(name, value)| {
            let library_path = name.as_bytes() == b"LD_LIBRARY_PATH";
            library_path || common.get(*name) != Some(*value)
        });
        let text = |value: &OsString| value.to_string_lossy().into_owned();
        let environ: Map<String, Value> = own
            .map(|(name, value)| (text(name), Value::from(text(value))))
            .collect();
        Ok(json!({ "environ": environ }))
    }

    /// Makes a file of `size` bytes that look random.
    pub(in crate::channel) fn make_file(&self, name: &ByteString, size: u64) -> Answered {
        let seed = self.bench.environment.seed().unwrap_or_default();
        let factory = FileFactory::new(&self.bench.workspace)
            .seed(seed)
            .recorded(&self.bench.steps);
        let file = factory.create(os(name), size)?;
        Ok(json!({
            "path": text(file.path()), "size": file.size(), "md5": file.md5(), "sha256": file.sha256(),
        }))
    }
}

fn bytes(bytes: &[u8]) -> Value {
    ByteString::from(bytes).to_json()
}
