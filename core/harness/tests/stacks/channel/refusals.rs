//! What cannot be done is said with a word for programs, and the channel goes on.

use std::io::Write;

use serde_json::{Value, json};

use super::Driver;

#[test]
fn what_is_no_request_is_refused_and_the_next_is_served() {
    let mut channel = Driver::start();
    for line in ["not JSON", "[1]", "\"do\"", "{\"n\":\"x\",\"do\":\"hello\"}"] {
        writeln!(channel.requests.as_mut().unwrap(), "{line}").unwrap();
        let answer: Value = serde_json::from_str(&channel.line()).unwrap();
        assert_eq!(
            (&answer["n"], &answer["error"]["kind"]),
            (&Value::Null, &json!("protocol")),
            "{answer}"
        );
    }
    let (kind, message) = channel.refused(json!({ "do": "mkdri", "test": "t" }));
    assert_eq!(kind, "protocol");
    assert!(message.contains("mkdri"), "{message}");
    let (kind, message) = channel.refused(json!({ "do": "end", "test": "t", "why": 1 }));
    assert!(kind == "protocol" && message.contains("why"), "{kind}: {message}");
    let (kind, message) = channel.refused(json!({ "do": "hello", "protocol": 2 }));
    assert!(
        kind == "protocol" && message.contains("protocol 2"),
        "{kind}: {message}"
    );
    channel.ok(json!({ "do": "hello", "protocol": 1 }));
    channel.close();
}

#[test]
fn a_request_without_a_number_is_done_but_not_answered() {
    let mut channel = Driver::start();
    channel.begin();
    let line = json!({ "do": "log", "test": "t", "level": "info", "text": "silent" });
    writeln!(channel.requests.as_mut().unwrap(), "{line}").unwrap();
    let number = channel.send(json!({ "do": "environ", "test": "t" }));
    let next: Value = serde_json::from_str(&channel.line()).unwrap();
    assert_eq!(next["n"], number);
}

#[test]
fn errors_have_kinds() {
    let mut channel = Driver::start();
    let (kind, message) = channel.refused(json!({ "do": "environ", "test": "t" }));
    assert!(kind == "ended" && message.contains("`t`"), "{kind}: {message}");
    channel.begin();
    let (kind, _) = channel.refused(json!({ "do": "begin", "test": "t", "root": "/" }));
    assert_eq!(kind, "protocol");
    channel.ok(json!({ "do": "daemon_start", "test": "t" }));
    let client = channel.ok(json!({ "do": "client", "test": "t", "ops": "session" }))["client"].clone();
    let mut op = |name: &str, words: &[&str]| {
        channel.refused(json!({ "do": "op", "test": "t", "client": client, "name": name, "words": words }))
    };
    let (kind, message) = op("mkdri", &["/d"]);
    assert!(
        kind == "unknown_operation" && message.contains("`mkdri`"),
        "{kind}: {message}"
    );
    let (kind, message) = op("mkdir", &["/d", "many"]);
    assert!(
        kind == "operation" && message.contains("many"),
        "{kind}: {message}"
    );
    let (kind, message) = op("mkdir", &["/d"]);
    assert!(
        kind == "program" && message.contains("mkdir /d"),
        "{kind}: {message}"
    );
    let (kind, message) = channel.refused(json!({ "do": "shell", "test": "t", "argv": ["no-such-program"] }));
    assert!(
        kind == "not_found" && message.contains("no-such-program"),
        "{kind}: {message}"
    );
    let (kind, _) =
        channel.refused(json!({ "do": "op", "test": "t", "client": 99, "name": "stat", "words": ["/"] }));
    assert_eq!(kind, "protocol");
}

#[test]
fn a_stack_without_a_library_or_a_daemon_is_named() {
    let mut channel = Driver::start();
    let empty = channel.dir().join("empty");
    std::fs::create_dir(&empty).unwrap();
    channel.ok(json!({
        "do": "begin", "test": "t", "root": channel.dir(), "dir": channel.dir().join("w"),
        "env": { "GKFS_BENCH_BIN_DIRS": empty },
    }));
    for request in [
        json!({ "do": "daemon_start", "test": "t" }),
        json!({ "do": "client", "test": "t" }),
    ] {
        let answer = channel.ask(request);
        assert_eq!(answer["error"]["kind"], "missing", "{answer}");
        assert!(
            answer["error"]["hint"].as_str().unwrap().contains("--bin-dir"),
            "{answer}"
        );
        assert!(
            answer["error"]["message"]
                .as_str()
                .unwrap()
                .contains(empty.to_str().unwrap()),
            "{answer}"
        );
    }
}

#[test]
fn what_a_plain_stack_does_not_have_is_skipped() {
    let mut channel = Driver::start();
    channel.ok(json!({
        "do": "begin", "test": "t", "root": channel.dir(), "dir": channel.dir().join("w"),
        "env": { "GKFS_BENCH_STACK": "plain" },
    }));
    let daemon = channel.ok(json!({ "do": "daemon_start", "test": "t" }))["daemon"].clone();
    let answer = channel.ask(json!({ "do": "daemon", "test": "t", "daemon": daemon, "act": "kill" }));
    assert!(
        answer["skip"].as_str().unwrap().contains("plain stack"),
        "{answer}"
    );
}

#[test]
fn a_daemon_that_died_is_charged_at_the_tests_end() {
    let mut channel = Driver::start();
    channel.begin();
    let daemon = channel.ok(json!({ "do": "daemon_start", "test": "t", "fixture": "gkfs_daemon" }));
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &daemon["pid"].to_string()])
        .status();
    assert!(killed.unwrap().success());
    crate::bed::wait_for_death(&daemon["pid"].to_string());
    let ended = channel.ok(json!({ "do": "end", "test": "t" }));
    assert_eq!(ended["errors"][0]["kind"], "daemon", "{ended}");
    let teardown = channel.steps("fixture").pop().unwrap();
    assert_eq!(teardown["ok"], false, "{teardown}");
}

#[test]
fn what_a_view_cannot_do_is_refused() {
    let mut channel = Driver::start();
    channel.begin();
    let mut refused =
        |act: Value| channel.refused(json!({ "do": "overlay", "test": "t", "thread": "1", "act": act }));
    for act in ["pop", "changes", "diff"] {
        let (kind, message) = refused(json!({ "do": act }));
        assert!(
            kind == "no_view" && message.contains("no view"),
            "{kind}: {message}"
        );
    }
    let (kind, message) = refused(json!({ "do": "push", "compare": "loosely" }));
    assert!(
        kind == "overlay" && message.contains("`loosely`"),
        "{kind}: {message}"
    );
    let (kind, message) = refused(json!({ "do": "push", "pass": ["/nowhere/at/all"] }));
    assert!(
        kind == "overlay" && message.contains("pass(/nowhere/at/all)"),
        "{kind}: {message}"
    );
    for act in [json!({ "do": "fly" }), json!({ "do": "push", "passt": [] })] {
        let (kind, message) = refused(act);
        assert_eq!(kind, "protocol", "{message}");
    }
    channel.close();
}
