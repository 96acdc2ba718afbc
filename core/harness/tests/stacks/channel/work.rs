//! What can be done through the channel.

use serde_json::json;

use super::Driver;

#[test]
fn a_test_from_its_begin_to_its_end() {
    let mut channel = Driver::start();
    assert_eq!(channel.ok(json!({ "do": "hello", "protocol": 1 }))["protocol"], 1);
    let place = channel.begin();
    let top = format!("{}/top", place["mountdir"].as_str().unwrap());
    let daemon = channel.ok(json!({ "do": "daemon_start", "test": "t", "fixture": "gkfs_daemon" }));
    assert!(daemon["pid"].as_u64() > Some(1), "{daemon}");
    for ops in ["process", "session"] {
        let client = channel.ok(json!({ "do": "client", "test": "t", "ops": ops }))["client"].clone();
        let mut mkdir = |words: &[&str]| {
            channel.ok(json!({ "do": "op", "test": "t", "client": client, "name": "mkdir", "words": words }))
        };
        let directory = format!("{top}-{ops}");
        let first = mkdir(&[&directory, "511"]);
        assert_eq!(
            (&first["reply"]["retval"], &first["via"]),
            (&json!(0), &json!(ops))
        );
        assert_eq!(mkdir(&[&directory, "0777"])["reply"]["errnum"], libc::EEXIST);
    }
    assert_eq!(
        channel.ok(json!({ "do": "end", "test": "t" })),
        json!({ "errors": [] })
    );
    let fixtures: Vec<_> = channel
        .steps("fixture")
        .iter()
        .map(|step| (step["ph"].clone(), step["ok"].clone()))
        .collect();
    assert_eq!(fixtures.len(), 4, "{fixtures:?}");
    let via: Vec<_> = channel
        .steps("op")
        .iter()
        .filter_map(|step| step["via"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(via, ["process", "process", "session", "session"]);
    assert_eq!(channel.steps("daemon").last().unwrap()["outcome"], "stopped");
    channel.close();
}

#[test]
fn bytes_that_are_no_text_arrive_whole_either_way() {
    let mut channel = Driver::start();
    let place = channel.begin();
    let file = format!("{}/f", place["mountdir"].as_str().unwrap());
    channel.ok(json!({ "do": "daemon_start", "test": "t" }));
    for ops in ["process", "session"] {
        let client = channel.ok(json!({ "do": "client", "test": "t", "ops": ops }))["client"].clone();
        let mut op = |name: &str, words: serde_json::Value| {
            let request = json!({ "do": "op", "test": "t", "client": client, "name": name, "words": words });
            channel.ok(request)["reply"].clone()
        };
        let flags = (libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC).to_string();
        assert_ne!(op("open", json!([file, flags, "420"]))["retval"], -1);
        // The bytes fe ff.
        assert_eq!(op("write", json!([file, { "b64": "/v8=" }, "2"]))["retval"], 2);
        assert_eq!(
            op("read", json!([file, "2"]))["buf"],
            json!([0xfe, 0xff]),
            "{ops}"
        );
    }
}

#[test]
fn commands_scripts_files_and_words_of_the_test() {
    let mut channel = Driver::start();
    let place = channel.begin();
    let mount = place["mountdir"].as_str().unwrap().to_owned();
    channel.ok(json!({ "do": "daemon_start", "test": "t" }));
    let file = channel.ok(json!({ "do": "file", "test": "t", "name": "f", "size": 4000 }));
    let copied = channel.ok(json!({ "do": "shell", "test": "t", "argv": ["cp", file["path"], mount] }));
    assert_eq!((&copied["exit"], &copied["stderr"]), (&json!(0), &json!("")));
    let sums = channel.ok(json!({ "do": "shell", "test": "t", "argv": ["md5sum", format!("{mount}/f")] }));
    assert!(
        sums["stdout"]
            .as_str()
            .unwrap()
            .starts_with(file["md5"].as_str().unwrap()),
        "{sums}"
    );
    let script = format!("[[ -e {mount}/f ]] && printf '%s\\377' \"$MINE\"; exit 7");
    let ended = channel.ok(json!({
        "do": "shell", "test": "t", "script": script, "env": { "MINE": "x" }, "timeout": 100.0,
    }));
    assert_eq!(
        (&ended["exit"], &ended["stdout"]),
        (&json!(7), &json!({ "b64": "eP8=" }))
    );
    let bare = channel.ok(json!({
        "do": "shell", "test": "t", "script": format!("[[ -e {mount}/f ]]"), "intercept": false,
    }));
    assert_eq!(
        bare["exit"], 1,
        "under the mount point there is nothing but a directory"
    );
    let environ = channel.ok(json!({ "do": "environ", "test": "t" }))["environ"].clone();
    assert!(
        environ["LD_PRELOAD"].is_string() && environ["LIBGKFS_HOSTS_FILE"].is_string(),
        "{environ}"
    );
    assert!(
        environ["PATH"].is_null() && environ["GKFS_BENCH_EXE"].is_null(),
        "{environ}"
    );
    channel.ok(json!({ "do": "log", "test": "t", "level": "info", "text": "halfway" }));
    assert_eq!(channel.steps("log")[0]["text"], "halfway");
}

#[test]
fn requests_do_not_wait_for_each_other() {
    let mut channel = Driver::start();
    channel.begin();
    let flag = channel.dir().join("flag");
    let script = format!("until [ -e '{}' ]; do sleep 0.02; done", flag.display());
    let waits = channel.send(json!({ "do": "shell", "test": "t", "script": script, "intercept": false }));
    channel.ok(json!({ "do": "environ", "test": "t" }));
    std::fs::write(flag, "").unwrap();
    assert_eq!(channel.answer(waits)["ok"]["exit"], 0);
}

#[test]
fn several_daemons_have_logs_and_data_of_their_own() {
    let mut channel = Driver::start();
    channel.begin();
    let [first, second] = [(); 2].map(|()| channel.ok(json!({ "do": "daemon_start", "test": "t" })));
    for name in ["rootdir", "log", "listen", "daemon"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    let hosts = std::fs::read_to_string(channel.dir().join("workspace/gkfs_hosts.txt")).unwrap();
    assert_eq!(hosts.lines().count(), 2, "{hosts}");
}

#[test]
fn forwarding_daemons_have_logs_of_their_own_and_store_in_one_place() {
    let mut channel = Driver::start();
    channel.begin();
    let start = json!({ "do": "daemon_start", "test": "t", "forwarding": true });
    let [first, second] = [(); 2].map(|()| channel.ok(start.clone()));
    assert_eq!(first["rootdir"], second["rootdir"]);
    assert_ne!(first["log"], second["log"]);
    let argv = channel.steps("daemon")[0]["argv"].to_string();
    assert!(
        argv.contains("--enable-forwarding") && argv.contains("workspace/meta"),
        "{argv}"
    );
}

#[test]
fn a_session_does_not_outlive_the_daemon_that_it_knew() {
    let mut channel = Driver::start();
    let place = channel.begin();
    let daemon = channel.ok(json!({ "do": "daemon_start", "test": "t" }))["daemon"].clone();
    let client = channel.ok(json!({ "do": "client", "test": "t", "ops": "session" }))["client"].clone();
    let stat =
        json!({ "do": "op", "test": "t", "client": client, "name": "stat", "words": [place["mountdir"]] });
    channel.ok(stat.clone());
    let again = channel.ok(json!({ "do": "daemon", "test": "t", "daemon": daemon, "act": "restart" }));
    assert_eq!(again["running"], true);
    assert_eq!(channel.ok(stat)["reply"]["retval"], 0);
    let pids: Vec<_> = channel
        .steps("op")
        .iter()
        .filter_map(|step| step["child_pid"].as_u64())
        .collect();
    assert_ne!(pids[0], pids[1]);
}

#[test]
fn a_test_that_is_run_again_finds_an_empty_workspace() {
    let mut channel = Driver::start();
    let begin = json!({
        "do": "begin", "test": "t", "root": channel.dir(), "dir": channel.dir().join("w"),
        "aside": "w-session", "env": { "GKFS_BENCH_STACK": "plain" },
    });
    for _ in 0..2 {
        channel.ok(begin.clone());
        assert!(!channel.dir().join("w/tmp/f").exists());
        channel.ok(json!({ "do": "file", "test": "t", "name": "f", "size": 1 }));
        channel.ok(json!({ "do": "end", "test": "t" }));
    }
    assert!(channel.dir().join("w-session/tmp/f").exists() && channel.dir().join("w/tmp/f").exists());
}

#[test]
fn what_is_set_unless_set_gives_way() {
    let mut channel = Driver::start();
    channel.ok(json!({
        "do": "begin", "test": "t", "root": channel.dir(), "dir": channel.dir().join("w"),
        "env": { "GKFS_BENCH_STACK": "plain", "SAID": "by the stack" },
    }));
    let set = json!({ "SAID": "no", "MINE": "no", "OTHER": "yes" });
    let client = channel.ok(json!({
        "do": "client", "test": "t", "env": { "MINE": "by the test" }, "unless_set": set,
    }))["client"]
        .clone();
    // The client's program is the only one that sees these.
    let mut found = |name: &str| {
        let words = json!(["/proc/self/environ", "65536"]);
        let read = json!({ "do": "op", "test": "t", "client": client, "name": "read", "words": words });
        let bytes: Vec<u8> = serde_json::from_value(channel.ok(read)["reply"]["buf"].clone()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let line = text
            .split('\0')
            .find_map(|line| line.strip_prefix(name).map(str::to_owned));
        line.unwrap_or_default()
    };
    assert_eq!(
        ["SAID=", "MINE=", "OTHER="].map(&mut found),
        ["by the stack", "by the test", "yes"]
    );
}

#[test]
fn clients_are_where_the_caller_is() {
    let mut channel = Driver::start();
    channel.ok(json!({
        "do": "begin", "test": "t", "root": channel.dir(), "dir": channel.dir().join("w"), "cwd": "/usr/bin",
        "env": { "GKFS_BENCH_STACK": "plain" },
    }));
    for ops in ["process", "session"] {
        let client = channel.ok(json!({ "do": "client", "test": "t", "ops": ops }))["client"].clone();
        let op = |name: &str, words: &[&str]| json!({ "do": "op", "test": "t", "client": client, "name": name, "words": words });
        // What one operation does to it is nothing to the next.
        channel.ok(op("chdir", &["/"]));
        let found = channel.ok(op("getcwd_validate", &["../lib"]));
        assert_eq!(found["reply"]["path"], "/usr/lib", "{ops}: {found}");
    }
    channel.close();
}
