//! Daemons as processes.

use std::{
    fs,
    net::SocketAddr,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use gkfs_proto::hosts;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// How long anything may take; tests run on busy machines.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until `condition` gives something.
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < end, "{what}: not within {DEADLINE:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// A directory for daemons that share a hosts file.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn command(&self, number: usize) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gkfs-embedded-stack"));
        command
            .arg0("gkfs_daemon")
            .arg("--mountdir")
            .arg(self.path("mnt"))
            .arg("--rootdir")
            .arg(self.path(&format!("root-{number}")))
            .env("GKFS_HOSTS_FILE", self.path("gkfs_hosts.txt"))
            .env("GKFS_DAEMON_LOG_PATH", self.path(&format!("daemon-{number}.log")))
            .env("GKFS_DAEMON_LOG_LEVEL", "100");
        command
    }

    pub(crate) fn hosts(&self) -> Vec<SocketAddr> {
        let text = fs::read_to_string(self.path("gkfs_hosts.txt")).unwrap();
        hosts::parse(&text).map(|host| host.unwrap().address).collect()
    }

    /// Starts a daemon and waits until it is ready.
    pub(crate) fn start(&self, number: usize) -> Daemon {
        self.start_as(number, &mut self.command(number))
    }

    /// Starts a daemon by a command made for it.
    pub(crate) fn start_as(&self, number: usize, command: &mut Command) -> Daemon {
        let log = self.path(&format!("daemon-{number}.log"));
        let ready = |log: &Path| {
            let text = fs::read_to_string(log).unwrap_or_default();
            text.matches("Startup successful. Daemon is ready.").count()
        };
        let before = ready(&log);
        let child = command.args(["-l", "lo"]).stdin(Stdio::null()).spawn().unwrap();
        let mut daemon = Daemon {
            child,
            log: log.clone(),
        };
        wait_for("the ready line", || {
            assert_eq!(daemon.child.try_wait().unwrap(), None, "the daemon ended");
            (ready(&log) > before).then_some(())
        });
        daemon
    }
}

/// A running daemon, killed when dropped.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    log: PathBuf,
}

impl Daemon {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Stops it and waits until it has: the signal itself returns while other threads still run.
    pub(crate) fn suspend(&self) {
        self.signal(Signal::STOP);
        let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = Pid::from_child(&self.child);
        wait_for("the daemon's stop", || waitid(WaitId::Pid(pid), stopped).unwrap());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_for("the daemon's end", || self.child.try_wait().unwrap())
    }

    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
