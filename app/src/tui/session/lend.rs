//! The terminal lent to another program: an editor, a shell.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitStatus;

use super::signals::{Asked, Signals};
use tokio::process::{Child, Command};

/// What takes the terminal away from the screen for a while.
#[derive(Debug)]
pub(super) enum Wish {
    /// Stop, until the shell lets us go on.
    Suspend,
    /// Let another program have it.
    Lend(Command),
    /// Let a shell have it, after these words.
    Visit(Command, String),
    /// Leave on it what is shown, until a key is pressed.
    Print,
}

/// Why another program did not do what it was started for.
pub(super) type Trouble = String;

/// Returns the command that opens a file in the user's editor.
pub(super) fn edit(editor: &str, file: &Path, line: u32) -> Result<Command, Trouble> {
    let words = shell_words::split(editor).map_err(|error| format!("$EDITOR `{editor}`: {error}"))?;
    let Some((program, args)) = words.split_first() else {
        return Err("$EDITOR is empty".to_owned());
    };
    let mut command = Command::new(program);
    command.args(args).arg(format!("+{line}")).arg(file);
    Ok(command)
}

/// Runs a program on the terminal until it ends. What the user types there, Ctrl-C and Ctrl-Z too, is for it.
pub(super) async fn run(mut command: Command, signals: &mut Signals) -> (Result<(), Trouble>, Option<Asked>) {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    match command.kill_on_drop(true).spawn() {
        Ok(child) => {
            let (status, asked) = wait(child, signals).await;
            (told(&program, status), asked)
        }
        Err(error) => (Err(format!("cannot start {program}: {error}")), None),
    }
}

/// Waits for the end of a program that has the terminal.
async fn wait(mut child: Child, signals: &mut Signals) -> (io::Result<ExitStatus>, Option<Asked>) {
    let mut asked = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signal = signals.next() => match signal {
                // The kernel stopped the program for the same key; the shell waits for all of its job.
                Asked::Stop => signals.stop_self(),
                Asked::WentOn | Asked::End("interrupted") => {}
                other => {
                    asked = Some(other);
                    end(&mut child);
                }
            },
        }
    };
    (status, asked)
}

/// Lets a shell have the terminal. How its last command ended is nobody's business here.
pub(super) async fn visit(
    mut command: Command,
    greeting: &str,
    signals: &mut Signals,
) -> (Result<(), Trouble>, Option<Asked>) {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    // A terminal that is gone shows no greeting, and the shell will see for itself.
    let _ = writeln!(io::stdout(), "{greeting}");
    match command.kill_on_drop(true).spawn() {
        Ok(child) => (Ok(()), wait(child, signals).await.1),
        Err(error) => (
            Err(format!(
                "cannot start {program}: {error}; set SHELL to one that is there"
            )),
            None,
        ),
    }
}

fn told(program: &str, status: io::Result<ExitStatus>) -> Result<(), Trouble> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}")),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// Asks the program to end, as whoever asked us means it too.
fn end(child: &mut Child) {
    let pid = child
        .id()
        .and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()));
    if let Some(pid) = pid {
        // It may have ended just now.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::HUP);
    }
}
