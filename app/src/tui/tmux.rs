//! tmux between us and the terminal, which lets nothing through to the clipboard unless it is told to.
//!
//! What is copied goes out as it would to a terminal, for a tmux that passes that on, and once more wrapped up so that
//! tmux leaves it alone (`allow-passthrough`). As it comes, tmux does neither; then it is asked to take the text itself.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

/// So long a server that is asked has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a tmux does with what is copied inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It reaches the terminal.
    Open,
    /// tmux takes what it is given by a command, and no more.
    ByCommand,
    /// Nothing reaches the terminal.
    Shut,
}

impl Way {
    /// Reads the answer to [`SETTINGS`].
    fn of(settings: &str) -> Way {
        let (clipboard, through) = settings.trim().split_once(' ').unwrap_or((settings.trim(), ""));
        // Before tmux had a setting for it, it let everything through.
        let is_through = !matches!(through, "0" | "off");
        match clipboard {
            "on" => Way::Open,
            _ if is_through => Way::Open,
            "external" => Way::ByCommand,
            _ => Way::Shut,
        }
    }
}

/// The settings that decide.
const SETTINGS: &str = "#{set-clipboard} #{allow-passthrough}";

/// Returns the bytes wrapped up in such a way that tmux passes them on as they are.
pub(super) fn wrapped(bytes: &[u8]) -> Vec<u8> {
    let mut wrapped = b"\x1bPtmux;".to_vec();
    for byte in bytes {
        if *byte == 0x1b {
            wrapped.push(0x1b);
        }
        wrapped.push(*byte);
    }
    wrapped.extend_from_slice(b"\x1b\\");
    wrapped
}

/// Sees to it that text which was copied gets as far as tmux lets it. Returns what the user should know.
pub(super) async fn copy(text: String) -> Option<String> {
    const ON: &str = "`tmux set -g set-clipboard on` changes that";
    let settings = ask(&["display-message", "-p", SETTINGS], "").await.ok()?;
    let way = Way::of(&settings);
    if way == Way::Open {
        return None;
    }
    // `-w`: to the terminal as well.
    match (ask(&["load-buffer", "-w", "-"], &text).await, way) {
        (Ok(_), Way::ByCommand) => None,
        (Ok(_), _) => Some(format!(
            "it is in tmux's own buffer alone: tmux keeps the clipboard to itself; {ON}"
        )),
        (Err(error), _) => Some(format!("tmux does not take what is copied: {error}; {ON}")),
    }
}

/// Runs a command of tmux, and returns what it says.
async fn ask(args: &[&str], input: &str) -> io::Result<String> {
    let mut command = Command::new("tmux");
    command.args(args).kill_on_drop(true);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let work = async {
        let mut child = command.spawn()?;
        let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        stdin.write_all(input.as_bytes()).await?;
        drop(stdin);
        let output = child.wait_with_output().await?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(io::Error::other(
                String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            )),
        }
    };
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tmux_lets_through_is_read_from_its_settings() {
        for (settings, way) in [
            ("external 0\n", Way::ByCommand),
            ("external off\n", Way::ByCommand),
            ("external on\n", Way::Open),
            ("external all\n", Way::Open),
            // Older than the second setting.
            ("external \n", Way::Open),
            ("on off\n", Way::Open),
            ("off off\n", Way::Shut),
            ("off on\n", Way::Open),
        ] {
            assert_eq!(Way::of(settings), way, "{settings}");
        }
    }

    #[test]
    fn what_is_wrapped_up_has_its_escapes_twice() {
        assert_eq!(
            wrapped(b"\x1b]52;c;eA==\x07"),
            b"\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
        );
    }
}
