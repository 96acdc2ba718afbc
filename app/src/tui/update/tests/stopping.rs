//! What becomes of a run that waits when the one that goes on is stopped.

use super::rerun::{change, request, running, set, tests, watched};
use super::*;

/// What goes on is of what was before: who stops it because of a save waits for that one's run.
#[test]
fn what_was_saved_is_run_after_what_is_stopped_unless_it_is_stopped_twice() {
    let keys = |times: usize| vec!["X"; times].join(" ");
    for (times, wanted) in [(1, Some(set(&[A]))), (2, None)] {
        let mut state = watched(session());
        running(&mut state);
        assert!(change(&mut state, tests(&[A])).is_empty());
        let effects = press(&mut state, &keys(times));
        assert!(
            matches!(effects.as_slice(), [Effect::Cancel(_), ..]),
            "{effects:?}"
        );
        let effects = finish(&mut state);
        assert_eq!(effects.is_empty(), wanted.is_none(), "{effects:?}");
        if wanted.is_some() {
            assert_eq!(request(&effects).only, wanted);
        }
    }
    // What a key asked for is stopped with the rest.
    let mut state = watched(session());
    running(&mut state);
    press(&mut state, "j r X");
    assert_eq!(state.queued, None);
}
