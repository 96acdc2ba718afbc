//! What a process does to another.

use std::time::Duration;

use super::ForkAccess;
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::StatusReply;
use crate::sys::process;

/// A call of the slowest client takes a tenth of it.
const PATIENCE_MS: u64 = 5000;

impl Execute for ForkAccess {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        let patience = Duration::from_millis(self.patience_ms.unwrap_or(PATIENCE_MS));
        process::access_in_child(&self.pathname, self.mask, patience).into()
    }
}
