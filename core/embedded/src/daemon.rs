//! The program `gkfs_daemon`: start, serve, stop, in the real daemon's words.

mod error;
mod hosts;
mod listen;
mod options;
mod start;

use std::{ffi::OsString, fs::File, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use tokio::{runtime::Runtime, signal::unix::Signal, task::JoinSet};

use crate::{
    fs::Fs,
    server::{self, Door},
};
pub use error::DaemonError;
use hosts::HostsFile;
use options::{Instead, Options};
use start::{clean, start};

/// How often files that were unlinked while open are looked at again.
const ORPHANS_EVERY: Duration = Duration::from_millis(500);

/// How long requests under way may take once the daemon stops.
const GRACE: Duration = Duration::from_millis(100);

/// Runs the daemon until it is told to stop. `args` begin with the program's name.
///
/// Exit statuses are the real daemon's: 0 after `SIGTERM` or `SIGINT`, 1 when it cannot start, and the option
/// parser's for a bad command line.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let options = match Options::parse(args) {
        Ok(options) => options,
        Err(Instead::Print(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(Instead::Refuse(why, status)) => {
            eprintln!("{why}");
            return ExitCode::from(status);
        }
    };
    match start(&options) {
        Ok(daemon) => daemon.run(&options),
        Err(error) => {
            eprintln!("Failed to initialize environment: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A daemon that listens.
struct Daemon {
    runtime: Runtime,
    fs: Arc<Fs>,
    doors: Vec<Door>,
    address: SocketAddr,
    hosts: HostsFile,
    stop: [Signal; 2],
    /// Held while the root directory is in use.
    _lock: File,
}

impl Daemon {
    fn run(self, options: &Options) -> ExitCode {
        let Daemon {
            runtime,
            fs,
            doors,
            address,
            hosts,
            stop,
            _lock,
        } = self;
        let log = &fs.log;
        log.info("", format_args!("Startup successful. Daemon is ready."));
        let signal = runtime.block_on(serve(fs.clone(), doors, stop));
        log.info("shutdown_handler()", format_args!("Received signal: '{signal}'"));
        log.info("main()", format_args!("Shutting down..."));
        let step = |text: &str| log.debug("destroy_enviroment()", format_args!("{text}"));
        step("Freeing I/O executions streams");
        runtime.block_on(fs.delete_orphans());
        runtime.shutdown_timeout(GRACE);
        step("Removing hosts file");
        if let Err(error) = hosts.unregister(address) {
            log.error(
                "destroy_enviroment()",
                format_args!("{}: {error}", hosts.path().display()),
            );
        }
        step("Finalizing margo RPC server");
        log.info("destroy_enviroment()", format_args!("Closing metadata DB"));
        log.info(
            "destroy_enviroment()",
            format_args!("Finalizing margo RPC client ..."),
        );
        if options.clean_rootdir_finish
            && let Err(error) = clean(&options.root())
        {
            log.error("destroy_enviroment()", format_args!("{error}"));
        }
        log.info("main()", format_args!("Complete. Exiting..."));
        ExitCode::SUCCESS
    }
}

/// Serves until a signal comes, and names it. The doors are closed then.
async fn serve(fs: Arc<Fs>, doors: Vec<Door>, mut stop: [Signal; 2]) -> &'static str {
    let mut accepting = JoinSet::new();
    for door in doors {
        accepting.spawn(server::accept(fs.clone(), door));
    }
    let mut orphans = tokio::time::interval(ORPHANS_EVERY);
    let [terminate, interrupt] = &mut stop;
    let signal = loop {
        tokio::select! {
            _ = terminate.recv() => break "Terminated",
            _ = interrupt.recv() => break "Interrupt",
            _ = orphans.tick() => fs.delete_orphans().await,
        }
    };
    // They end with the abort, and the doors with them.
    accepting.shutdown().await;
    signal
}
