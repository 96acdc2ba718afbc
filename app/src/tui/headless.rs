//! A session without a screen: the same state, the same updates, the same effects; somebody listens and prints.

use std::io;
use std::time::Duration;

use gkfs_runner::Moment;
use tokio::time::{MissedTickBehavior, interval};

use super::effect::{Engine, Worker};
use super::msg::{Effect, Msg};
use super::session::Mailbox;
use super::state::State;
use super::update::update;

/// How often whoever listens may look at the clock and at growing files.
const TICK: Duration = Duration::from_millis(50);

/// Who says what happens.
pub(crate) trait Listener {
    /// Something happens.
    fn hear(&mut self, msg: &Msg) -> io::Result<()>;
    /// Nothing goes on any more, and nothing waits.
    fn idle(&mut self, state: &State) -> io::Result<()>;
    /// Time passes.
    fn tick(&mut self) -> io::Result<()>;
}

/// Goes on until it is told to end, by `signal`, and what runs has ended.
pub(crate) async fn run(
    state: &mut State,
    engine: Engine,
    mut mailbox: Mailbox,
    first: Vec<Effect>,
    listener: &mut dyn Listener,
    mut signal: impl AsyncFnMut() -> &'static str,
) -> io::Result<()> {
    let mut worker = Worker::new(Some(engine), mailbox.out.clone(), None);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut effects = first;
    loop {
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(()),
                effect => worker.work(effect),
            }
        }
        let msg = tokio::select! {
            biased;
            why = signal() => Msg::Terminate(why),
            Some(msg) = mailbox.inbox.recv() => msg,
            _ = ticks.tick() => {
                listener.tick()?;
                Msg::Tick(Moment::now())
            }
        };
        listener.hear(&msg)?;
        let was_busy = state.is_busy();
        effects = update(state, msg);
        if was_busy && !state.is_busy() {
            listener.idle(state)?;
        }
    }
}
