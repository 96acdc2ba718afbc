//! What was started through the channel ends with it, however it ends.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Driver;
use crate::bed;

/// Starts a daemon, a session, and a script whose grandchild has left its process group; returns their numbers.
fn start_all(channel: &mut Driver) -> Vec<String> {
    let place = channel.begin();
    let daemon = channel.ok(json!({ "do": "daemon_start", "test": "t" }));
    let client = channel.ok(json!({ "do": "client", "test": "t", "ops": "session" }))["client"].clone();
    channel.ok(json!({
        "do": "op", "test": "t", "client": client, "name": "stat", "words": [place["mountdir"]],
    }));
    let note = channel.dir().join("grandchild");
    let script = format!(
        "setsid sh -c 'echo $$ > {0}.new; mv {0}.new {0}; exec sleep 1000' & wait",
        note.display()
    );
    channel.send(json!({ "do": "shell", "test": "t", "script": script, "intercept": false }));
    let deadline = Instant::now() + Duration::from_secs(120);
    while !note.exists() {
        assert!(Instant::now() < deadline, "the script does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let session = channel.steps("op")[0]["child_pid"].to_string();
    let grandchild = std::fs::read_to_string(note).unwrap().trim().to_owned();
    vec![daemon["pid"].to_string(), session, grandchild]
}

#[test]
fn when_the_input_ends() {
    let mut channel = Driver::start();
    let started = start_all(&mut channel);
    channel.close();
    for pid in started {
        bed::wait_for_death(&pid);
    }
}

#[test]
fn when_the_parent_is_killed_though_the_pipes_stay_open() {
    let (mut channel, shell) = Driver::below_a_shell();
    let started = start_all(&mut channel);
    let killed = Command::new("kill").args(["-KILL", &shell]).status().unwrap();
    assert!(killed.success());
    for pid in started {
        bed::wait_for_death(&pid);
    }
    // The script's answer may have been written still; then the channel has ended, too.
    while !channel.line().is_empty() {}
}

#[test]
fn an_end_that_is_told_in_the_record_goes_on_though_the_caller_has_gone() {
    let mut channel = Driver::start();
    channel.begin();
    let daemon = channel.ok(json!({ "do": "daemon_start", "test": "t" }));
    channel.tell(&json!({ "do": "end", "test": "t", "later": "place" }));
    channel.close();
    bed::wait_for_death(&daemon["pid"].to_string());
    let fixture = channel.steps("fixture");
    let told: Vec<_> = fixture
        .iter()
        .map(|step| (step["ph"].as_str(), step["later"].as_bool(), step["ok"].as_bool()))
        .collect();
    assert_eq!(
        told,
        [(Some("b"), Some(true), None), (Some("e"), Some(true), Some(true))]
    );
    assert_eq!(fixture[0]["name"], "place");
    // In peace: nobody killed it.
    assert_eq!(channel.steps("daemon").last().unwrap()["outcome"], "stopped");
}

#[test]
fn when_the_channel_itself_is_killed_its_own_children_end() {
    let mut channel = Driver::start();
    let mut started = start_all(&mut channel);
    // Who left the group of a script is found by the runner only, by its cookie.
    let grandchild = started.pop().unwrap();
    channel.child.kill().unwrap();
    for pid in started {
        bed::wait_for_death(&pid);
    }
    let _ = Command::new("kill").args(["-KILL", &grandchild]).status();
}
