//! Build commands: to their end, or cancelled with all that they started.

use gkfs_runner::BuildEnd;
use tokio_util::sync::CancellationToken;

use crate::bed::{Bed, RUNNER, eventually, is_alive, pid_in};

#[tokio::test]
async fn a_build_tells_how_it_ended_and_what_it_said() {
    let bed = Bed::new();
    let never = CancellationToken::new();
    let good = bed.build("echo made; pwd >&2");
    assert_eq!(RUNNER.build(&good, &never).await.unwrap(), BuildEnd::Ok);
    let said = std::fs::read_to_string(&good.log).unwrap();
    assert_eq!(
        said,
        format!("made\n{}\n", bed.path("g").canonicalize().unwrap().display())
    );
    let bad = bed.build("echo no such header; exit 3");
    let BuildEnd::Failed(how) = RUNNER.build(&bad, &never).await.unwrap() else {
        panic!("it did not fail")
    };
    assert!(how.contains('3'), "{how}");
    assert_eq!(std::fs::read_to_string(&bad.log).unwrap(), "no such header\n");
}

#[tokio::test]
async fn a_cancelled_build_ends_with_all_that_it_started_wherever_that_went() {
    let bed = Bed::new();
    let cancel = CancellationToken::new();
    let line = "trap '' TERM; setsid sh -c 'echo $$ > ../away; sleep 1000' & sleep 1000";
    let build = bed.build(line);
    let away = bed.path("away");
    let (ended, ()) = tokio::join!(RUNNER.build(&build, &cancel), async {
        pid_in(&away).await;
        cancel.cancel();
    });
    assert_eq!(ended.unwrap(), BuildEnd::Cancelled);
    let pid = pid_in(&away).await;
    eventually("what left the session has ended", || !is_alive(pid)).await;
}
