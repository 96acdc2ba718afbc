//! A server of the user's own, put behind ours.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gkfs_harness::fuse::behind::Server;
use gkfs_harness::fuse::{Builder, FakeFuse};

use super::place::Place;
use super::trace::Trouble;

/// What a server may take until it mounts, and until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// What it may take to end.
const GRACE: Duration = Duration::from_secs(5);
/// What stands for the number of the descriptor that is its device.
const DEVICE: &str = "{fd}";
const MOUNT: &str = "{mnt}";

/// It, while it runs.
pub(super) struct Theirs {
    server: Server,
}

impl Theirs {
    /// Lets it end.
    pub(super) fn stop(self) {
        self.server.stop(GRACE);
    }
}

/// Starts it, and mounts for it.
pub(super) fn start(text: &str, builder: Builder, place: &Place) -> Result<(FakeFuse, Theirs), Trouble> {
    let text = text.replace(MOUNT, &shell_words::quote(&place.path().to_string_lossy()));
    // It may want to unmount with them, too.
    let path = path_with(&place.programs(&crate::Env::from_process()?.exe)?)?;
    let command = |text: &str| command(text, &path);
    let (server, fake) = if text.contains(DEVICE) {
        let (server, mounting) =
            Server::start_with_device(|number| command(&text.replace(DEVICE, &number.to_string())))?;
        (server, mounting.mount(builder.mount(place.mount()))?)
    } else {
        let mut server = Server::start(command(&text))?;
        let fake = server.wait_mount(PATIENCE)?.mount(builder)?;
        (server, fake)
    };
    fake.wait_handshake(PATIENCE)?;
    Ok((fake, Theirs { server }))
}

fn path_with(dir: &Path) -> io::Result<OsString> {
    let env = crate::Env::from_process()?;
    let known = env.var("PATH").map(OsStr::to_owned).unwrap_or_default();
    let all = std::iter::once(dir.to_owned()).chain(std::env::split_paths(&known));
    std::env::join_paths(all).map_err(io::Error::other)
}

/// What it prints goes where our own lines go, out of the way of what CMD prints.
fn command(text: &str, path: &OsStr) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", text]).stdin(Stdio::null()).env("PATH", path);
    if let Ok(ours) = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned() {
        command.stdout(Stdio::from(ours));
    }
    command
}
