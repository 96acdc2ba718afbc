//! The stack under test: where its files are, and one daemon for one case.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use crate::child;

/// Start and stop take milliseconds; this is for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(15);
/// What the library says on a kernel that is too old for it.
pub(crate) const NO_DISPATCH: &str = "no system call user dispatch";
const READY: &str = "Startup successful. Daemon is ready.";
/// Below the range from which the kernel takes ports for outgoing connections.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A directory with `gkfs_daemon` and `libgkfs_intercept.so`.
#[derive(Debug)]
pub(crate) struct Stack {
    dir: PathBuf,
    /// Each daemon tries other ports than the ones before it: trials run in parallel.
    ports: AtomicU16,
}

impl Stack {
    /// The stack that `GKFS_CONFORMANCE_STACK` names, else the embedded one, installed into `dir`.
    pub(crate) fn find(dir: PathBuf) -> Result<Self, String> {
        if let Some(given) = std::env::var_os("GKFS_CONFORMANCE_STACK") {
            return Ok(Self::at(given.into()));
        }
        let tool = env!("CARGO_BIN_EXE_gkfs-embedded-stack");
        let mut install = Command::new(tool);
        let run = install
            .args(["stack", "install"])
            .arg(&dir)
            .output()
            .map_err(|e| format!("{tool}: {e}"))?;
        if !run.status.success() {
            return Err(format!(
                "{install:?}: {}\n{}",
                run.status,
                String::from_utf8_lossy(&run.stderr)
            ));
        }
        Ok(Self::at(dir))
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.dir.join("libgkfs_intercept.so")
    }

    /// Shows that clients do work on the daemon and not on the directory that the mount hides: a comparison of that
    /// directory with itself would always succeed. The answer is why they cannot here, where the library says so.
    pub(crate) fn probe(&self, base: &Path) -> Result<Option<String>, String> {
        for name in ["dir", "logs"] {
            fs::create_dir_all(base.join(name)).map_err(|e| format!("{}: {e}", base.display()))?;
        }
        let daemon = self.start(base)?;
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo on the mount >probe; cat probe"])
            .envs(self.client(base));
        command.current_dir(base.join("dir"));
        let outcome = child::run(command, &base.join("logs"), PATIENCE).map_err(|e| format!("sh: {e}"))?;
        daemon.stop()?;
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        if said.contains(NO_DISPATCH) {
            return Ok(Some(said.trim_end().to_owned()));
        }
        if outcome.stdout != b"on the mount\n" || base.join("dir/probe").exists() {
            return Err(format!(
                "a shell under the client library is not on the mount: {}, {said}",
                outcome.ending
            ));
        }
        Ok(None)
    }

    fn at(dir: PathBuf) -> Self {
        // Two test processes at once are common enough not to start at the same port.
        Self {
            dir,
            ports: AtomicU16::new((std::process::id() % 10_000) as u16),
        }
    }

    /// A port on which nobody listened a moment ago. Another may be faster, so the caller tries several.
    fn free_port(&self) -> Result<u16, String> {
        let count = PORTS.end - PORTS.start;
        let mut ports = (0..count).map(|_| PORTS.start + self.ports.fetch_add(1, Ordering::Relaxed) % count);
        let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
        free.ok_or_else(|| format!("no free port in {PORTS:?} on 127.0.0.1"))
    }

    /// A daemon for the directory `base/dir`, ready. Its files lie in `base` too.
    pub(crate) fn start(&self, base: &Path) -> Result<Daemon, String> {
        let mut problem = String::new();
        for _ in 0..5 {
            match Daemon::start(&self.dir, base, self.free_port()?) {
                Ok(daemon) => return Ok(daemon),
                Err(why) => problem = why,
            }
        }
        Err(problem)
    }

    /// What a client of the daemon in `base` must find in its environment.
    pub(crate) fn client(&self, base: &Path) -> Vec<(OsString, OsString)> {
        let level = std::env::var_os("GKFS_CONFORMANCE_LOG").unwrap_or_else(|| "all".into());
        vec![
            ("LD_PRELOAD".into(), self.library().into()),
            ("LIBGKFS_HOSTS_FILE".into(), hosts_file(base).into()),
            ("LIBGKFS_LOG".into(), level),
            (
                "LIBGKFS_LOG_OUTPUT".into(),
                base.join("logs/gkfs_client.log").into(),
            ),
        ]
    }
}

fn hosts_file(base: &Path) -> PathBuf {
    base.join("gkfs_hosts.txt")
}

/// A running daemon; killed when dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    process: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(stack: &Path, base: &Path, port: u16) -> Result<Self, String> {
        let log = base.join("logs/gkfs_daemon.log");
        let _ = fs::remove_file(&log);
        let mut command = Command::new(stack.join("gkfs_daemon"));
        command
            .arg("--mountdir")
            .arg(base.join("dir"))
            .arg("--rootdir")
            .arg(base.join("root"));
        command
            .arg("-l")
            .arg(format!("lo:{port}"))
            .arg("-H")
            .arg(hosts_file(base));
        command
            .env("GKFS_HOSTS_FILE", hosts_file(base))
            .env("GKFS_DAEMON_LOG_PATH", &log);
        command
            .env("GKFS_DAEMON_LOG_LEVEL", "info")
            .env("GKFS_LOG_LEVEL", "info");
        let output = fs::File::create(base.join("logs/gkfs_daemon.out")).map_err(|e| e.to_string())?;
        let errors = output.try_clone().map_err(|e| e.to_string())?;
        command
            .current_dir(base)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors);
        let process = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let mut daemon = Self { process, log };
        daemon.wait_until_ready()?;
        Ok(daemon)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let late = Instant::now() + PATIENCE;
        while !fs::read_to_string(&self.log).unwrap_or_default().contains(READY) {
            if Instant::now() > late {
                return Err(self.complaint("not ready in time"));
            }
            // Doubles as the pause between two looks at the log.
            if child::wait_until_dead(&self.process, Duration::from_millis(2)).map_err(|e| e.to_string())? {
                return Err(self.complaint("ended before it was ready"));
            }
        }
        Ok(())
    }

    /// SIGTERM; the daemon must have lived until now and end with status 0.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        if let Some(status) = self.process.try_wait().map_err(|e| e.to_string())? {
            return Err(self.complaint(&format!("died during the case: {status}")));
        }
        kill_process(child::pid(&self.process), Signal::TERM).map_err(|e| e.to_string())?;
        if !child::wait_until_dead(&self.process, PATIENCE).map_err(|e| e.to_string())? {
            return Err(self.complaint("still there after SIGTERM"));
        }
        let status = self.process.wait().map_err(|e| e.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(self.complaint(&format!("ended with {status} after SIGTERM")))
        }
    }

    fn complaint(&self, what: &str) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let output = fs::read_to_string(self.log.with_extension("out")).unwrap_or_default();
        format!("gkfs_daemon: {what}\n{}{}", tail(&log), tail(&output))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..]
        .iter()
        .map(|line| format!("  {line}\n"))
        .collect()
}
