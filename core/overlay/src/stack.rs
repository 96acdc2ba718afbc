//! The views of a thread, innermost last.

use std::cell::RefCell;
use std::sync::Arc;

use rustix::thread::gettid;

use crate::level::Level;
use crate::mount::{Limits, Wishes};
use crate::place::lost;
use crate::{PopError, PushError, push};

thread_local! {
    static STACK: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
}

struct Slot {
    level: Arc<Level>,
    /// Its guard is gone while inner views were still there; it ends with them.
    closed: bool,
}

/// Which view of which thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) depth: usize,
    thread: i32,
}

/// How many views the calling thread is in.
pub(crate) fn depth() -> usize {
    STACK.with_borrow(Vec::len)
}

pub(crate) fn enter(wishes: &Wishes, limits: Limits) -> Result<(Token, Arc<Level>), PushError> {
    STACK.with_borrow_mut(|stack| {
        let outer = stack.last().map(|slot| Arc::clone(&slot.level));
        let level = Arc::new(push::push(outer.as_deref(), wishes, limits)?);
        stack.push(Slot {
            level: Arc::clone(&level),
            closed: false,
        });
        let token = Token {
            depth: stack.len(),
            thread: gettid().as_raw_nonzero().get(),
        };
        Ok((token, level))
    })
}

/// Whether the view may be left now.
pub(crate) fn check(token: Token) -> Result<(), PopError> {
    let caller = gettid().as_raw_nonzero().get();
    if caller != token.thread {
        return Err(PopError::WrongThread {
            owner: token.thread,
            caller,
        });
    }
    let innermost = depth();
    if token.depth != innermost {
        return Err(PopError::NotInnermost {
            depth: token.depth,
            innermost,
        });
    }
    Ok(())
}

/// Leaves the innermost view, and those around it that were to end with it.
pub(crate) fn leave() {
    STACK.with_borrow_mut(|stack| {
        loop {
            let Some(slot) = stack.pop() else { break };
            let nested = !stack.is_empty();
            if let Err(error) = push::leave(&slot.level.before, nested, Some(slot.level.store.fd())) {
                lost(error);
            }
            if !stack.last().is_some_and(|outer| outer.closed) {
                break;
            }
        }
    });
}

/// Notes that the view is to end with the innermost one.
pub(crate) fn close(token: Token) {
    STACK.with_borrow_mut(|stack| {
        if let Some(slot) = stack.get_mut(token.depth - 1) {
            slot.closed = true;
        }
    });
}
