//! Suite files with mistakes: each is one message with file, line, key and, for a typo, the word meant.

use std::path::Path;

use gkfs_bench::suite::{self, Flaky, Size, Source};

/// Returns the complaint about a suite file.
fn complaint(text: &str) -> String {
    let error = suite::parse(Path::new("gkfs-bench.toml"), text).expect_err("a mistake");
    error.to_string()
}

#[test]
fn an_empty_suite_has_the_documented_defaults() {
    let config = suite::parse(Path::new("x"), "version = 1").expect("valid");
    assert_eq!(
        (config.retention.runs, config.retention.bytes),
        (20, Size(2 << 30))
    );
    assert_eq!((config.defaults.timeout, config.defaults.slow), (None, None));
    assert_eq!((config.defaults.retries, config.defaults.flaky), (0, Flaky::Pass));
    assert!(config.stack.is_empty() && config.group.is_empty());
}

#[test]
fn every_key_of_the_format_is_read() {
    let text = r#"
        version = 1
        retention = { runs = 5, bytes = "1MiB" }
        defaults = { stack = "mine", timeout = "10s", slow = "1s", retries = 2, flaky = "fail" }
        [stack.mine]
        bin-dirs = ["build/bin"]
        lib-dirs = ["prefix/lib"]
        interface = "lo"
        strict = true
        env = { A = "b" }
        [stack.myfs]
        kind = "command"
        start = "./myfs -f {mnt}"
        ready = "mount"
        [[group]]
        name = "directories"
        source = "script"
        path = "scripts"
        tags = ["a"]
        serial = true
        isolate = "none"
        default = false
        wrapper = ["strace", "-f"]
        [build]
        command = "make"
        [watch]
        include = ["src/**"]
        on-change = "restart"
    "#;
    let config = suite::parse(Path::new("x"), text).expect("valid");
    let group = &config.group[0];
    assert_eq!(
        (group.source, group.serial, group.default),
        (Source::Script, true, false)
    );
    assert_eq!(config.stack.len(), 2);
}

#[test]
fn a_typo_is_named_with_its_line_and_the_word_meant() {
    insta::assert_snapshot!(complaint("version = 1\n\n[defaults]\ntimout = \"5s\"\n"), @"gkfs-bench.toml:4: key `defaults.timout`: unknown key `timout`, known are stack, timeout, slow, retries, flaky; did you mean `timeout`?");
    insta::assert_snapshot!(complaint("version = 1\n[[group]]\nname = \"a\"\nsource = \"rusty\"\n"), @"gkfs-bench.toml:4: key `group.source`: unknown value `rusty`, known are rust, script, pytest, ctest; did you mean `rust`?");
    insta::assert_snapshot!(complaint("version = 1\n[[group]]\nname = \"a\"\nsource = \"rust\"\nseriall = true\n"), @"gkfs-bench.toml:5: key `group.seriall`: unknown key `seriall`, known are name, source, path, tags, serial, locks, isolate, default, wrapper, python, args, harness, ops, timeout, slow, retries; did you mean `serial`?");
    insta::assert_snapshot!(complaint("version = 1\n[stack.mine]\nbin-dir = [\"x\"]\n"), @"gkfs-bench.toml:3: key `stack.mine.bin-dir`: unknown key `bin-dir`, known are kind, bin-dirs, lib-dirs, interface, strict, env, wrap-daemon, wrap-client, wrap-deadlines, preload-before, start, ready, stop; did you mean `bin-dirs`?");
    insta::assert_snapshot!(complaint("version = 1\n[groups]\nname = \"a\"\n"), @"gkfs-bench.toml:2: key `groups`: unknown key `groups`, known are version, retention, defaults, stack, group, build, watch; did you mean `group`?");
    insta::assert_snapshot!(complaint("version = 1\n[defaults]\nstack = \"embeded\"\n"), @"gkfs-bench.toml:3: key `defaults.stack`: no stack is called `embeded`, known are embedded, plain; did you mean `embedded`?");
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_its_key() {
    insta::assert_snapshot!(complaint("version = 1\n[defaults]\nretries = \"2\"\n"), @r#"gkfs-bench.toml:3: key `defaults.retries`: invalid type: string "2", expected u32"#);
    insta::assert_snapshot!(complaint("version = 1\ndefaults = { timeout = \"soon\" }\n"), @"gkfs-bench.toml:2: key `defaults.timeout`: `soon` is not a duration; write it like `60s`, `2m 30s` or `250ms`");
    insta::assert_snapshot!(complaint("version = 1\n[retention]\nbytes = \"much\"\n"), @"gkfs-bench.toml:3: key `retention.bytes`: `much` is not a size; write it like `2GiB` or `500MB`");
    insta::assert_snapshot!(complaint("version = 1\n[[group]]\nname = \"a\"\n"), @"gkfs-bench.toml:2: key `group`: the key `source` is missing");
}

#[test]
fn what_contradicts_itself_is_refused_where_it_stands() {
    insta::assert_snapshot!(complaint("version = 2\n"), @"gkfs-bench.toml:1: key `version`: this gkfs-bench reads version 1, the file is of version 2");
    insta::assert_snapshot!(complaint("retention = { runs = 1 }\n"), @"gkfs-bench.toml:1: key `retention`: the key `version` is missing");
    insta::assert_snapshot!(complaint("version = 1\n[stack.plain]\nkind = \"plain\"\n"), @"gkfs-bench.toml:2: key `stack.plain`: `plain` is built in; give this stack another name");
    insta::assert_snapshot!(
        complaint("version = 1\n[[group]]\nname = \"a\"\nsource = \"rust\"\n[[group]]\nname = \"a\"\nsource = \"rust\"\n"),
        @"gkfs-bench.toml:6: key `group.name`: a group named `a` stands above already"
    );
    insta::assert_snapshot!(complaint("version = 1\n[[group]\n"), @"gkfs-bench.toml:2: unclosed array table, expected `]`");
}
