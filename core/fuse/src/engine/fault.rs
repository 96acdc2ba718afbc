//! Faults by rule: what fails, how, and how often.

use std::time::Duration;

use crate::abi::{Opcode, Opcodes};
use crate::codec::{Name, Request};

/// A rule by which requests fail or are slow, whatever would have answered them.
#[derive(Clone, Debug)]
pub struct Fault {
    opcodes: Opcodes,
    node: Option<u64>,
    name: Option<Name>,
    errno: Option<i32>,
    delay: Option<Duration>,
    when: When,
    limit: Option<u64>,
    seed: u64,
}

#[derive(Clone, Copy, Debug)]
enum When {
    Always,
    Every(u64),
    Chance(f64),
    After(u64),
}

impl Fault {
    /// Requests of these opcodes fail with `EIO`, each of them, until something else is said.
    pub fn on(opcodes: impl Into<Opcodes>) -> Self {
        Self {
            opcodes: opcodes.into(),
            node: None,
            name: None,
            errno: Some(libc::EIO),
            delay: None,
            when: When::Always,
            limit: None,
            seed: 0,
        }
    }

    /// They fail with this errno.
    pub const fn errno(mut self, errno: i32) -> Self {
        self.errno = Some(errno);
        self
    }

    /// They are answered as ever, but this much later.
    pub const fn slow(mut self, delay: Duration) -> Self {
        self.errno = None;
        self.delay = Some(delay);
        self
    }

    /// Only those about this node.
    pub const fn node(mut self, node: u64) -> Self {
        self.node = Some(node);
        self
    }

    /// Only those with this name.
    pub fn name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.name = Some(Name::new(name));
        self
    }

    /// Only every `nth`: the nth, the 2nth and so on.
    pub const fn every(mut self, nth: u64) -> Self {
        self.when = When::Every(if nth == 0 { 1 } else { nth });
        self
    }

    /// Only after so many went well.
    pub const fn after(mut self, good: u64) -> Self {
        self.when = When::After(good);
        self
    }

    /// Each with this probability, from a seed: the same seed, the same faults.
    pub const fn chance(mut self, probability: f64, seed: u64) -> Self {
        self.when = When::Chance(probability);
        self.seed = seed;
        self
    }

    /// At most so many times.
    pub const fn times(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Text that is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no fault: {problem}; a fault is OPCODE:ERRNO or OPCODE:TIMEms, and then every=N, after=N, times=N, chance=P, seed=N, node=N or name=X, as in WRITE:ENOSPC:every=3"
)]
pub struct NoFault {
    text: String,
    problem: String,
}

/// Reads `WRITE:ENOSPC:every=3` and `READ:20ms`.
impl std::str::FromStr for Fault {
    type Err = NoFault;

    fn from_str(text: &str) -> Result<Self, NoFault> {
        let wrong = |problem: String| NoFault {
            text: text.to_owned(),
            problem,
        };
        let mut words = text.split(':');
        let opcode = words.next().unwrap_or_default();
        let opcode = Opcode::from_name(opcode).ok_or_else(|| wrong(format!("`{opcode}` is no opcode")))?;
        let what = words
            .next()
            .ok_or_else(|| wrong("what is to happen is missing".into()))?;
        let mut fault = Self::on(opcode);
        fault = match (crate::errno::from_name(what), what.strip_suffix("ms")) {
            (Some(errno), _) => fault.errno(errno),
            (None, Some(time)) => {
                let time = time.parse().map_err(|_| wrong(format!("`{what}` is no time")))?;
                fault.slow(Duration::from_millis(time))
            }
            (None, None) => return Err(wrong(format!("`{what}` is neither an errno nor a time"))),
        };
        for word in words {
            fault = fault
                .limited(word)
                .ok_or_else(|| wrong(format!("`{word}` means nothing")))?;
        }
        Ok(fault)
    }
}

impl Fault {
    fn limited(mut self, word: &str) -> Option<Self> {
        let (name, value) = word.split_once('=')?;
        let number = || value.parse().ok();
        Some(match name {
            "every" => self.every(number()?),
            "after" => self.after(number()?),
            "times" => self.times(number()?),
            "node" => self.node(number()?),
            "name" => self.name(value),
            "chance" => {
                self.when = When::Chance(value.parse().ok().filter(|chance| (0.0..=1.0).contains(chance))?);
                self
            }
            "seed" => {
                self.seed = number()?;
                self
            }
            _ => return None,
        })
    }
}

/// A fault at work.
#[derive(Debug)]
pub(crate) struct FaultState {
    fault: Fault,
    seen: u64,
    struck: u64,
    random: fastrand::Rng,
}

/// What a fault does to a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strike {
    pub(crate) errno: Option<i32>,
    pub(crate) delay: Option<Duration>,
}

impl From<Fault> for FaultState {
    fn from(fault: Fault) -> Self {
        Self {
            random: fastrand::Rng::with_seed(fault.seed),
            fault,
            seen: 0,
            struck: 0,
        }
    }
}

impl FaultState {
    pub(crate) const fn struck(&self) -> u64 {
        self.struck
    }

    pub(crate) fn strike(&mut self, request: &Request) -> Option<Strike> {
        let fault = &self.fault;
        let meant = fault.opcodes.contains(request.opcode())
            && fault.node.is_none_or(|node| node == request.node())
            && fault
                .name
                .as_ref()
                .is_none_or(|name| request.name() == Some(name));
        if !meant || fault.limit.is_some_and(|limit| self.struck >= limit) {
            return None;
        }
        self.seen += 1;
        let now = match fault.when {
            When::Always => true,
            When::Every(nth) => self.seen.is_multiple_of(nth),
            When::After(good) => self.seen > good,
            When::Chance(probability) => self.random.f64() < probability,
        };
        now.then(|| {
            self.struck += 1;
            Strike {
                errno: fault.errno,
                delay: fault.delay,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Protocol};

    fn struck(fault: Fault, requests: usize) -> Vec<bool> {
        let mut state = FaultState::from(fault);
        let request = Request::new(1, 5, Body::Readlink {}, &Protocol::default());
        (0..requests).map(|_| state.strike(&request).is_some()).collect()
    }

    #[test]
    fn they_can_be_written() {
        let read = |text: &str| text.parse::<Fault>();
        assert_eq!(
            struck(read("readlink:ENOSPC:every=2:node=5").unwrap(), 4),
            [false, true, false, true]
        );
        assert_eq!(read("READ:20ms").unwrap().delay, Some(Duration::from_millis(20)));
        for (text, why) in [
            ("REED:EIO", "no opcode"),
            ("READ", "missing"),
            ("READ:E", "neither"),
            ("READ:EIO:chance=2", "means nothing"),
        ] {
            assert!(read(text).unwrap_err().to_string().contains(why), "{text}");
        }
    }

    #[test]
    fn they_come_as_often_as_was_said() {
        let on = || Fault::on(Opcode::Readlink);
        assert_eq!(struck(on().every(3), 6), [false, false, true, false, false, true]);
        assert_eq!(struck(on().after(1).times(1), 3), [false, true, false]);
        assert_eq!(struck(on().node(6), 2), [false; 2]);
        assert_eq!(struck(Fault::on(Opcode::Open), 2), [false; 2]);
        let chance = |seed| struck(on().chance(0.5, seed), 64);
        assert_eq!(chance(7), chance(7));
        assert_ne!(chance(7), chance(8));
    }
}
