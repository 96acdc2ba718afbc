//! How a server comes to be, and shakes hands.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, sync_channel};
use std::thread;
use std::time::Duration;

use super::{FakeFuse, PATIENCE};
use crate::builder::Builder;
use crate::engine::State;
use crate::engine::init::Handshake;
use crate::event::Event;
use crate::mount::StartError;
use crate::server::{self, Job, Shared};

impl FakeFuse {
    #[track_caller]
    pub(crate) fn start(builder: Builder) -> Result<Self, StartError> {
        let started = Location::caller();
        let relay = builder.relay;
        // A server elsewhere may not even have begun to listen.
        let hold = builder.config.hold_init || relay.is_some();
        let memory = builder.plan.memory.clone();
        let mut state = State::new(builder.config);
        let mut threads = Vec::new();
        if let Some(mut observer) = builder.observer {
            let (tell, told) = mpsc::channel::<Event>();
            state.observer = Some(tell);
            let recorder = thread::Builder::new().name("fuse-recorder".into());
            let spawned = recorder.spawn(move || told.iter().for_each(|event| observer(&event)));
            threads.push(spawned.map_err(|source| StartError::Spawn {
                what: "the recorder",
                source,
            })?);
        }
        if memory.is_some() {
            state.protocol.flags = state.config.wanted_flags;
        }
        let shared = Arc::new(Shared::new(state, builder.backend));
        if let Some(relay) = relay {
            let started = relay.start(&shared).map_err(|source| StartError::Spawn {
                what: "who carries messages to the server behind",
                source,
            })?;
            shared.lock().state.forward = Some(started.0);
            threads.extend(started.1);
        }
        let (server, told) = server::start(&shared, builder.plan)?;
        threads.insert(0, server);
        let fake = Self {
            shared,
            path: told.path,
            by_helper: told.by_helper,
            threads,
            verified: AtomicBool::new(false),
            started,
            memory,
        };
        if fake.memory.is_none() {
            fake.wait_for_handshake(hold)?;
        }
        Ok(fake)
    }

    fn wait_for_handshake(&self, hold: bool) -> Result<(), StartError> {
        let done = self
            .shared
            .wait_for(PATIENCE, |state| match (&state.handshake, &state.closed) {
                (Handshake::Done(_), _) => Some(Ok(())),
                (Handshake::Held(_), _) if hold => Some(Ok(())),
                (_, Some(why)) => Some(Err(StartError::Handshake(why.clone()))),
                _ => None,
            });
        let silence = || Err(StartError::Handshake("the kernel says nothing".into()));
        let done = done.unwrap_or_else(silence);
        if done.is_err() {
            self.forgive();
        } else if self.by_helper && !hold {
            self.prime();
        }
        done
    }

    /// In a user namespace the root belongs to nobody until the kernel has asked whose it is, and it lets nobody write to
    /// what belongs to nobody before it asks.
    fn prime(&self) {
        self.shared.lock().state.priming = true;
        // A handshake that a test spoilt ends this as it ends everything.
        let _: Result<_, _> = rustix::fs::stat(&self.path);
        self.shared.lock().state.priming = false;
    }

    /// Waits until a server [elsewhere](crate::Fallback::Relay) has shaken hands.
    ///
    /// # Errors
    /// It closed its device, or said nothing for so long.
    pub fn wait_handshake(&self, limit: Duration) -> Result<(), StartError> {
        let done = self
            .shared
            .wait_for(limit, |state| match (&state.handshake, &state.closed) {
                (Handshake::Done(_), _) => Some(Ok(())),
                (_, Some(why)) => Some(Err(StartError::Handshake(why.clone()))),
                _ => None,
            });
        let silence = || {
            Err(StartError::Handshake(format!(
                "the server said nothing for {limit:?}"
            )))
        };
        done.unwrap_or_else(silence)?;
        if self.by_helper {
            self.prime();
        }
        Ok(())
    }

    /// Answers a handshake that was held.
    pub fn release_init(&self) {
        let outgoing = {
            let mut inner = self.shared.lock();
            let Handshake::Held(request) = inner.state.handshake.clone() else {
                return;
            };
            let outgoing = inner.state.answer_init(request);
            if let Some(outgoing) = &outgoing {
                inner.state.sending(outgoing);
            }
            outgoing
        };
        if let Some(outgoing) = outgoing {
            self.send(outgoing);
        }
    }

    fn send(&self, outgoing: crate::engine::Outgoing) {
        let (tell, told) = sync_channel(1);
        self.shared.post(Job::Answer(outgoing, tell));
        // A server that is gone has answered everything.
        let _: Result<(), _> = told.recv_timeout(PATIENCE);
    }
}
