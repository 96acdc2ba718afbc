//! The command line: help, usage errors, `-v`.

use std::process::Output;

use crate::support::{gkfs_io, program};

fn here(line: &str) -> Output {
    program(std::env::temp_dir().as_path(), line)
}

fn stdout(line: &str) -> String {
    let output = here(line);
    assert_eq!(output.status.code(), Some(0), "{line}");
    String::from_utf8(output.stdout).unwrap()
}

fn usage(line: &str) -> (Option<i32>, String) {
    let output = here(line);
    assert!(output.stdout.is_empty(), "{line}");
    let message = String::from_utf8(output.stderr).unwrap();
    let message = message
        .strip_suffix("\nRun with --help or --help-all for more information.\n")
        .unwrap();
    (output.status.code(), message.to_owned())
}

#[test]
fn help_lists_upstreams_operations_in_upstreams_words() {
    let upstream = include_str!("../golden/upstream-help.txt").trim_end();
    assert!(stdout("--help").starts_with(upstream));
    assert_eq!(stdout("-h"), stdout("--help"));
    assert!(stdout("--help").contains("\n  fallocate "));
}

#[test]
fn help_of_an_operation_names_its_arguments() {
    assert_eq!(
        stdout("open --help"),
        "Execute the open() system call\n\
         Usage: gkfs.io open [OPTIONS] pathname flags [mode]\n\n\
         Positionals:\n\
         \x20 pathname                    Directory name\n\
         \x20 flags                       Open flags\n\
         \x20 mode                        Octal mode specified for the new directory (e.g. 0664)\n\n\
         Options:\n\
         \x20 -h,--help                   Print this help message and exit\n\
         \x20 --help-all                  Expand all help\n\
         \x20 -v,--verbose                Produce human readable output\n"
    );
    let all = stdout("--help-all");
    for operation in gkfs_io::operations() {
        assert!(
            all.contains(&format!("\n{}\n  {}\n", operation.name, operation.about)),
            "{}",
            operation.name
        );
    }
    assert!(stdout("session --help").contains("--imitate-process"));
}

#[test]
fn usage_errors_have_the_numbers_and_words_of_upstreams_parser() {
    assert_eq!(usage(""), (Some(106), "A subcommand is required".into()));
    assert_eq!(usage("mkdir"), (Some(106), "pathname is required".into()));
    assert_eq!(usage("mkdir /x"), (Some(106), "mode is required".into()));
    assert_eq!(
        usage("mkdir /x rwx"),
        (Some(104), "Could not convert: mode = rwx".into())
    );
    assert_eq!(
        usage("mkdir /x -1"),
        (Some(104), "Could not convert: mode = -1".into())
    );
    let extra = "The following argument was not expected: /tmp/w/mnt/cov";
    assert_eq!(
        usage("syscall_coverage /tmp/w /tmp/w/mnt/cov"),
        (Some(109), extra.into())
    );
    let extras = "The following arguments were not expected: b -x";
    assert_eq!(usage("rmdir /nonexistent/a b -x"), (Some(109), extras.into()));
    assert_eq!(
        usage("session --imitate"),
        (
            Some(109),
            "The following argument was not expected: --imitate".into()
        )
    );
}

#[test]
fn an_unknown_operation_is_named_with_the_nearest() {
    let (status, message) = usage("mkdri /x 511");
    assert_eq!(status, Some(106));
    assert_eq!(
        message,
        "A subcommand is required\nunknown operation 'mkdri', did you mean 'mkdir'?"
    );
}

#[test]
fn words_behind_two_dashes_are_no_options() {
    let directory = tempfile::tempdir().unwrap();
    let output = program(directory.path(), "mkdir -- -v 0700");
    assert_eq!(output.stdout, b"{\n  \"errnum\": 0,\n  \"retval\": 0\n}\n");
    assert!(directory.path().join("-v").is_dir());
}

#[test]
fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let directory = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let made = gkfs_io(directory.path())
        .args(["mkdir".as_ref(), name, "511".as_ref()])
        .output()
        .unwrap();
    assert_eq!(made.status.code(), Some(0));
    assert!(directory.path().join(name).is_dir());
    let listed = program(directory.path(), "readdir .");
    assert!(
        String::from_utf8(listed.stdout)
            .unwrap()
            .contains(r#""b64": "Y2Fm6Q==""#)
    );
}

fn verbose(lines: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let run = |line: &&str| {
        let output = program(directory.path(), &format!("{line} -v"));
        assert_eq!(output.status.code(), Some(0), "{line}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    lines.iter().map(run).collect()
}

#[test]
fn verbose_text_is_upstreams() {
    let lines = verbose(&[
        "mkdir d 511",
        "mkdir d 0777",
        "open f 66 420",
        "open d/missing 0",
        "write f hello 5",
        "pwrite f ab 2 1",
        "read f 3",
        "preadv f 1 2 1",
        "lseek f 2 0",
        "lseek f -9 7",
        "opendir missing",
        "readdir missing",
        "stat f",
        "statx -100 f 0 0",
        "file_compare f f 5",
        "write_random f 9",
        "getcwd_validate /",
        "syscall_coverage missing",
        "rmdir d",
        "unlink f",
    ]);
    assert_eq!(
        lines,
        [
            r#"mkdir(pathname="d", mode=0777) = 0, errno: 0 [Success]"#,
            r#"mkdir(pathname="d", mode=0777) = -1, errno: 17 [File exists]"#,
            r#"open(pathname="f", flags=66, mode=0644) = 3, errno: 0 [Success]"#,
            r#"open(pathname="d/missing", flags=0, mode=0000) = -1, errno: 2 [No such file or directory]"#,
            r#"write(pathname="f", count=5) = 5, errno: 0 [Success]"#,
            r#"pwrite(pathname="f", count=2, offset=1) = 2, errno: 0 [Success]"#,
            r#"read(pathname="f", count=3) = 3, errno: 0 [Success]"#,
            r#"preadv(pathname="f", count_0=1, count_1=2, offset=1) = 3, errno: 0 [Success]"#,
            r#"lseek(pathname="f", offset='2', whence='SEEK_SET') = 2, errno: 0 [Success]"#,
            r#"lseek(pathname="f", offset='-9', whence='UNKNOWN') = -1, errno: 22 [Invalid argument]"#,
            r#"opendir(name="missing") = 0x0, errno: 2 [No such file or directory]"#,
            r#"readdir(pathname="missing") = NULL, errno: 2 [No such file or directory]"#,
            r#"stat(pathname="f") = 0, errno: 0 [Success]"#,
            r#"statx(dirfd=-100, pathname="f", flags=0, mask=0) = 0, errno: 0 [Success]"#,
            r#"memcmp(path_1='f', path_2='f', count='5') = '0'"#,
            r#"write(pathname="f", count=9) = 9, errno: 0 [Success]"#,
            r#"getcwd_validate(pathname="/") = /, errno: 0 [Success]"#,
            r#"syscall_coverage[open](pathname="missing") = -1, errno: 2 [No such file or directory]"#,
            r#"rmdir(pathname="d") = 0, errno: 0 [Success]"#,
            r#"unlink(pathname="f") = 0, errno: 0 [Success]"#,
        ]
    );
}

#[test]
fn a_verbose_list_shows_each_entry() {
    let lines = verbose(&["mkdir only 511", "readdir ."]);
    assert!(
        lines[1].starts_with("readdir(pathname=\".\") = [\nstruct dirent {\n   d_ino = "),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].contains("   d_type = 4;\n   d_name = only;\n}"),
        "{}",
        lines[1]
    );
    assert!(lines[1].ends_with("],\nerrno: 0 [Success]"), "{}", lines[1]);
}
