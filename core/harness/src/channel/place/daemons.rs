//! The daemons of a test.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Place, lock, no_such};
use crate::channel::protocol::{DaemonAct, DaemonStart};
use crate::channel::server::{Answered, text};
use crate::daemon::{Daemon, DaemonOptions, Place as DaemonPlace};
use crate::error::{Error, Result};

/// A daemon, and the fixture that it stands for.
pub(super) struct Started {
    daemon: Daemon,
    fixture: Option<String>,
}

impl Place {
    /// Starts a daemon and waits until it is ready.
    pub(in crate::channel) fn start_daemon(&self, start: &DaemonStart) -> Answered {
        // A session would not know the new one.
        self.forget_sessions();
        let mut options = DaemonOptions::default();
        if start.forwarding {
            options = options.arg("--enable-forwarding");
        }
        for arg in &start.args {
            options = options.arg(arg);
        }
        for (name, value) in &start.env {
            options = options.env(name, value);
        }
        if let Some(backend) = &start.backend {
            options = options.backend(backend);
        }
        let number = self.number();
        let started = self.in_fixture(start.fixture.as_deref(), "setup", || {
            let mut daemons = lock(&self.daemons);
            // Several share the hosts file, in the order in which they were started.
            let place = match daemons.len() {
                count if start.forwarding => DaemonPlace::forwarding(&self.bench, count),
                0 => DaemonPlace::single(&self.bench),
                count => DaemonPlace::of_cluster(&self.bench, count),
            };
            let daemon = Daemon::start_at(&self.bench, place, options)?;
            let started = Arc::new(Started {
                daemon,
                fixture: start.fixture.clone(),
            });
            daemons.insert(number, started.clone());
            Ok(started)
        })?;
        Ok(started.describe(number))
    }

    /// Does something to a daemon.
    pub(in crate::channel) fn act_on_daemon(
        &self,
        number: u64,
        act: DaemonAct,
        fixture: Option<&str>,
    ) -> Answered {
        let started = lock(&self.daemons).get(&number).cloned();
        let started = started.ok_or_else(|| no_such("daemon", number))?;
        match act {
            DaemonAct::Look => return Ok(started.describe(number)),
            // A daemon that is to answer again must find the session that it left.
            DaemonAct::Stop | DaemonAct::Cont => {}
            DaemonAct::Shutdown | DaemonAct::Kill | DaemonAct::Restart => self.forget_sessions(),
        }
        let daemon = &started.daemon;
        self.in_fixture(fixture, "teardown", || match act {
            DaemonAct::Shutdown => daemon.shutdown(),
            DaemonAct::Kill => daemon.kill(),
            DaemonAct::Stop => daemon.stop(),
            DaemonAct::Cont => daemon.cont(),
            DaemonAct::Restart => daemon.restart(),
            DaemonAct::Look => Ok(()),
        })?;
        Ok(started.describe(number))
    }

    /// Ends the daemons, all at once: a real one takes seconds.
    pub(super) fn shut_daemons_down(&self) -> Vec<Error> {
        let daemons: Vec<_> = std::mem::take(&mut *lock(&self.daemons)).into_values().collect();
        let end = |started: &Started| {
            let fixture = started.fixture.as_deref();
            self.in_fixture(fixture, "teardown", || started.daemon.shutdown())
        };
        if let [only] = daemons.as_slice() {
            return end(only).err().into_iter().collect();
        }
        std::thread::scope(|scope| {
            let ends: Vec<_> = daemons
                .iter()
                .map(|started| scope.spawn(|| end(started)))
                .collect();
            let ended = ends.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            ended.filter_map(Result::err).collect()
        })
    }

    /// Records that a fixture begins or ends, if this is one.
    pub(super) fn in_fixture<T>(
        &self,
        name: Option<&str>,
        phase: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let Some(name) = name else { return work() };
        let span = self
            .bench
            .steps
            .begin("fixture", json!({ "name": name, "phase": phase }));
        let done = work();
        span.end(match &done {
            Ok(_) => json!({ "ok": true }),
            Err(error) => json!({ "ok": false, "error": error.to_string() }),
        });
        done
    }
}

impl Started {
    fn describe(&self, number: u64) -> Value {
        let daemon = &self.daemon;
        json!({
            "daemon": number, "pid": daemon.pid(), "listen": daemon.listen(), "running": daemon.is_running(),
            "rootdir": text(daemon.rootdir()), "mountdir": text(daemon.mountdir()),
            "logdir": text(daemon.logdir()), "log": text(daemon.log_file()), "cwd": text(daemon.cwd()),
            "interface": daemon.interface(),
        })
    }
}
