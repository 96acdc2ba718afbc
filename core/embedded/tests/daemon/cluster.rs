//! Several daemons, one namespace.

use std::fs;

use gkfs_proto::{node, route};
use rustix::process::Signal;

use crate::{
    client::Client,
    process::{Daemon, Place},
};

const DAEMONS: usize = 4;
const EHOSTDOWN: i32 = 112;

fn cluster() -> (Place, Vec<Daemon>) {
    let place = Place::new();
    let daemons = (0..DAEMONS).map(|number| place.start(number)).collect();
    (place, daemons)
}

#[test]
fn every_daemon_keeps_its_share_and_only_that_dies_with_it() {
    let (place, mut daemons) = cluster();
    let mut client = Client::open(&place.hosts());
    let (attr, key) = client.create("/file").unwrap();
    client.write_chunks(&attr, &key, 8).unwrap();
    for number in 0..DAEMONS {
        let dir = place.path(&format!("root-{number}/chunks/file"));
        assert_eq!(fs::read_dir(dir).unwrap().count(), 2, "daemon {number}");
    }
    // Any but the one that keeps the root directory and the one that keeps the node.
    let victim = (1..DAEMONS)
        .find(|number| *number != node::home(attr.ino))
        .unwrap();
    daemons.remove(victim).kill();
    let mut client = Client::open(&place.hosts());
    assert_eq!(client.stat("/file").unwrap().ino, attr.ino);
    for chunk in 0..8 {
        let read = client.read_chunk(&key, chunk).map(|data| data[0]);
        let lost = route::chunk_owner(&key, chunk, DAEMONS) == victim;
        assert_eq!(read, if lost { Err(EHOSTDOWN) } else { Ok(chunk as u8 + 1) });
    }
}

#[test]
fn one_namespace_on_all() {
    let (place, daemons) = cluster();
    let mut client = Client::open(&place.hosts());
    for dir in ["/a", "/a/b", "/a/b/c", "/d"] {
        client.mkdir(dir).unwrap();
    }
    let files: Vec<String> = (0..20).map(|n| format!("/a/b/c/f{n:02}")).collect();
    for file in &files {
        client.create(file).unwrap();
    }
    let homes: std::collections::BTreeSet<_> = files
        .iter()
        .map(|file| node::home(client.stat(file).unwrap().ino))
        .collect();
    assert_eq!(homes.len(), DAEMONS, "nodes are spread");
    assert_eq!(client.list("/a/b/c").unwrap().len(), 22);
    assert_eq!(client.mkdir("/a/b"), Err(17));
    assert_eq!(client.unlink("/a/b", true), Err(39));
    client.rename("/a/b", "/d/moved").unwrap();
    let moved = client.stat("/d/moved/c/f07").unwrap();
    assert_eq!(client.path_of(moved.ino).unwrap(), "/d/moved/c/f07");
    assert_eq!(client.stat("/a/b/c/f07"), Err(2));
    assert_eq!(client.rename("/d", "/d/moved/c/d"), Err(22));
    for n in 0..20 {
        client.unlink(&format!("/d/moved/c/f{n:02}"), false).unwrap();
    }
    for dir in ["/d/moved/c", "/d/moved", "/d", "/a"] {
        client.unlink(dir, true).unwrap();
    }
    assert_eq!(client.list("/").unwrap(), [".", ".."]);
    assert_eq!(client.stat("/").unwrap().nlink, 2);
    for daemon in daemons {
        assert!(daemon.stop().success());
    }
    assert!(
        !place.path("gkfs_hosts.txt").exists(),
        "the last one removes the hosts file"
    );
}

#[test]
fn unlinking_removes_the_chunks_everywhere() {
    let (place, _daemons) = cluster();
    let mut client = Client::open(&place.hosts());
    let (attr, key) = client.create("/file").unwrap();
    client.write_chunks(&attr, &key, 8).unwrap();
    client.unlink("/file", false).unwrap();
    for number in 0..DAEMONS {
        let chunks = place.path(&format!("root-{number}/chunks"));
        assert_eq!(fs::read_dir(chunks).unwrap().count(), 0, "daemon {number}");
    }
}

#[test]
fn a_daemon_that_is_restarted_is_found_again() {
    let (place, mut daemons) = cluster();
    let mut client = Client::open(&place.hosts());
    let (attr, key) = client.create("/file").unwrap();
    client.write_chunks(&attr, &key, 8).unwrap();
    let victim = (1..DAEMONS)
        .find(|number| *number != node::home(attr.ino))
        .unwrap();
    let hosts = place.hosts();
    daemons.remove(victim).kill();
    daemons.insert(victim, place.start(victim));
    let again = place.hosts();
    assert_eq!(again.len(), DAEMONS);
    for number in (0..DAEMONS).filter(|number| *number != victim) {
        assert_eq!(again[number], hosts[number]);
    }
    let mut client = Client::open(&again);
    for chunk in 0..8 {
        assert_eq!(client.read_chunk(&key, chunk).unwrap()[0], chunk as u8 + 1);
    }
    // Removing it needs the file's home to reach the new one.
    client.unlink("/file", false).unwrap();
    assert_eq!(
        fs::read_dir(place.path(&format!("root-{victim}/chunks")))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn a_stopped_peer_costs_an_error_not_a_hang() {
    let (place, daemons) = cluster();
    let mut client = Client::open(&place.hosts());
    let path = |owner: usize| {
        let names = (0..).map(|n| format!("/n{n}"));
        names
            .into_iter()
            .find(|name| route::path_owner(name.as_bytes(), DAEMONS) == owner)
            .unwrap()
    };
    // The root directory's home is the one that stops answering, and another is asked.
    daemons[0].suspend();
    assert_eq!(client.stat(&path(1)), Err(EHOSTDOWN));
    daemons[0].signal(Signal::CONT);
    client.create(&path(1)).unwrap();
}

#[test]
fn room_at_the_end_is_given_once() {
    let (place, _daemons) = cluster();
    let mut client = Client::open(&place.hosts());
    let ino = client.create("/log").unwrap().0.ino;
    let hosts = place.hosts();
    let reserve = || {
        let mut client = Client::open(&hosts);
        (0..100)
            .map(|_| client.reserve(ino, 10).unwrap())
            .collect::<Vec<_>>()
    };
    let mut offsets: Vec<u64> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(reserve)).collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    offsets.sort_unstable();
    assert_eq!(offsets, (0..400).map(|n| n * 10).collect::<Vec<u64>>());
}

#[test]
fn daemons_that_forward_share_their_chunks() {
    let place = Place::new();
    let root = place.path("shared");
    let _daemons: Vec<_> = (0..2)
        .map(|number| {
            let mut command = place.command(number);
            command.arg("--enable-forwarding").arg("--rootdir").arg(&root);
            place.start_as(number, &mut command)
        })
        .collect();
    let mut client = Client::open(&place.hosts());
    let (attr, key) = client.create("/file").unwrap();
    client.write_chunks(&attr, &key, 4).unwrap();
    assert_eq!(fs::read_dir(root.join("chunks/file")).unwrap().count(), 4);
    client.unlink("/file", false).unwrap();
    assert!(!root.join("chunks/file").exists());
}
