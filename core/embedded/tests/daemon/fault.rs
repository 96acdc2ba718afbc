//! Seeded faults are chosen by name, and told.

use gkfs_embedded::fault::{Fault, VARIABLE};

use crate::{client::Client, process::Place};

#[test]
fn each_fault_is_logged_by_the_daemon_that_has_it() {
    for fault in Fault::ALL {
        let place = Place::new();
        let daemon = place.start_as(0, place.command(0).env(VARIABLE, fault.name()));
        assert!(daemon.log().contains(fault.description()), "{}", fault.name());
    }
}

#[test]
fn a_fault_does_what_it_says() {
    let place = Place::new();
    let mut command = place.command(0);
    let _daemon = place.start_as(0, command.env(VARIABLE, Fault::MkdirErrno.name()));
    let mut client = Client::open(&place.hosts());
    client.mkdir("/d").unwrap();
    assert_eq!(client.mkdir("/d"), Err(2));
}

#[test]
fn an_unknown_fault_is_refused() {
    let place = Place::new();
    let output = place.command(0).env(VARIABLE, "none-such").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("mkdir-errno"),
        "it lists those there are"
    );
}
