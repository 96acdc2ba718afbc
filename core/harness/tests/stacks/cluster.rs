//! Several daemons on one hosts file.

use std::fs;
use std::time::Duration;

use gkfs_harness::prelude::*;

use crate::bed;

fn lines(bench: &Bench) -> Vec<String> {
    let text = fs::read_to_string(bench.workspace().hosts_file()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_daemon_that_was_killed_comes_back_in_its_place() {
    let bench = bed::embedded();
    let cluster = Cluster::start(&bench, 3).unwrap();
    let before = lines(&bench);
    assert_eq!(before.len(), 3);
    for (number, daemon) in cluster.daemons().enumerate() {
        assert!(daemon.rootdir().ends_with(format!("root-{number}")));
        let port = daemon.listen().unwrap().rsplit(':').next().unwrap().to_owned();
        assert!(before[number].ends_with(&port), "{before:?}");
    }
    assert!(bench.workspace().logdir().join("gkfs_daemon-2.log").is_file());

    let session = Session::new(&bench);
    let names: Vec<_> = (0..12)
        .map(|i| cluster.mountdir().join(format!("d{i}")))
        .collect();
    for name in &names {
        assert_eq!(session.mkdir(name, 0o755).retval, 0);
    }
    session.finish().unwrap();
    cluster.kill(1).unwrap();
    assert_eq!(cluster.daemons().filter(|daemon| daemon.is_running()).count(), 2);
    cluster.restart(1).unwrap();
    assert_eq!(lines(&bench), before);
    let session = Session::new(&bench);
    assert!(
        names.iter().all(|name| session.stat(name).retval == 0),
        "every directory is still there"
    );
    session.finish().unwrap();
    cluster.shutdown().unwrap();
}

#[test]
fn a_stopped_daemon_answers_when_it_continues() {
    let bench = bed::embedded();
    let cluster = Cluster::start(&bench, 1).unwrap();
    cluster.stop(0).unwrap();
    let client = Client::new(&bench).timeout(Duration::from_millis(500));
    let error = client
        .try_call(op::Mkdir::new(cluster.mountdir().join("d"), 0o755))
        .unwrap_err()
        .to_string();
    assert!(error.contains("no end after 0.5 s"), "{error}");
    cluster.cont(0).unwrap();
    assert_eq!(
        Client::new(&bench)
            .mkdir(cluster.mountdir().join("e"), 0o755)
            .retval,
        0
    );
    cluster.shutdown().unwrap();
}
