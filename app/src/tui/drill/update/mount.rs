//! Looking at the file system through its client, when somebody wants to.

use crate::look::Look;
use crate::tui::drill::Drill;
use crate::tui::drill::effect::{LookAsk, Wish};
use crate::tui::drill::mount::Mount;

/// Looks, or looks away. A look that is under way ends by itself; what it saw is dropped.
pub(super) fn toggle(drill: &mut Drill) -> Vec<Wish> {
    if drill.mount.take().is_some() {
        return Vec::new();
    }
    let (Some(attempt), Some(program)) = (drill.attempt.clone(), drill.program.clone()) else {
        return Vec::new();
    };
    drill.looks += 1;
    drill.mount = Some(Mount {
        number: drill.looks,
        ..Mount::default()
    });
    vec![Wish::Mount(LookAsk {
        number: drill.looks,
        program,
        attempt,
        live: drill.live,
    })]
}

/// Takes what was seen, and goes to the first thing that does not fit.
pub(super) fn take(drill: &mut Drill, number: u64, result: Result<Look, String>) {
    let height = drill.height();
    let Some(mount) = drill.mount.as_mut().filter(|mount| mount.number == number) else {
        return;
    };
    let is_flagged = match &result {
        Ok(look) => look.rows.first().is_some_and(|row| !row.flags.is_empty()),
        Err(_) => true,
    };
    mount.result = Some(result);
    if !is_flagged {
        mount.next(true, height);
    }
}

/// Goes to the next row of that which does not fit, or to the one before.
pub(super) fn next(drill: &mut Drill, forward: bool) {
    let height = drill.height();
    if let Some(mount) = &mut drill.mount {
        mount.next(forward, height);
    }
}
