//! Mounting, asking, and leaving nothing behind.

use std::fs;

use gkfs_fuse::abi::Opcode;
use gkfs_fuse::matchers::fails_with_errno;
use gkfs_fuse::{Attr, FakeFuse, Fallback, Model, Mount, StartError, alone, reply};

use crate::support::{mounted, start};

#[test]
fn a_model_answers_what_a_test_does_not_care_about() {
    let model = Model::new()
        .file("dir/file", "contents")
        .symlink("link", "dir/file");
    let fake = start!(FakeFuse::builder().fallback(Fallback::Model(model)));
    let at = |name: &str| fake.path().join(name);
    assert_eq!(fs::read_to_string(at("dir/file")).unwrap(), "contents");
    assert_eq!(fs::read_link(at("link")).unwrap().to_str(), Some("dir/file"));
    fs::write(at("new"), "more").unwrap();
    fs::rename(at("new"), at("dir/newer")).unwrap();
    assert_eq!(fs::read(at("dir/newer")).unwrap(), b"more");
    let mut names: Vec<_> = fs::read_dir(at("dir"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["file", "newer"]);
    fs::remove_file(at("dir/newer")).unwrap();
    fails_with_errno(fs::metadata(at("dir/newer")), libc::ENOENT);
    fake.verify().unwrap();
}

#[test]
fn a_prepared_reply_is_sent_and_its_request_read() {
    let fake = start!(FakeFuse::builder().gvisor());
    fake.set_response(Opcode::Getattr, reply::attr(Attr::dir(0o755)))
        .unwrap();
    let stat = rustix::fs::stat(fake.path()).unwrap();
    let uid = if fake.is_in_user_namespace() { 65534 } else { 1234 };
    assert_eq!((stat.st_uid, stat.st_nlink), (uid, 2));
    let request = fake.next_request().unwrap();
    assert_eq!((request.opcode(), request.node()), (Opcode::Getattr, 1));
    fake.verify().unwrap();
}

#[test]
fn a_place_that_will_not_do_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let at = |path: &std::path::Path| FakeFuse::builder().mount(Mount::At(path.to_owned())).start();
    let said = |error: StartError| error.to_string();
    let not_a_directory = said(at(file.path()).unwrap_err());
    assert!(
        not_a_directory.contains("ENOTDIR") || not_a_directory.contains("Not a directory"),
        "{not_a_directory}"
    );
    assert!(not_a_directory.contains(file.path().to_str().unwrap()));
    assert!(matches!(
        at("/no/such/place".as_ref()),
        Err(StartError::NotADirectory { .. })
    ));
    assert!(matches!(at("/proc".as_ref()), Err(StartError::Busy { .. })));
    assert!(matches!(
        FakeFuse::builder()
            .fallback(Fallback::Passthrough("/no/such/place".into()))
            .start(),
        Err(StartError::NotADirectory { .. })
    ));
}

#[test]
fn a_mount_at_a_place_is_seen_there_and_goes() {
    let dir = tempfile::tempdir().unwrap();
    let fake = start!(FakeFuse::builder().mount(Mount::At(dir.path().to_owned())));
    fs::write(dir.path().join("file"), "seen").unwrap();
    let seen = std::process::Command::new("cat")
        .arg(dir.path().join("file"))
        .output()
        .unwrap();
    assert_eq!(seen.stdout, b"seen");
    assert!(mounted(dir.path()));
    fake.verify().unwrap();
    drop(fake);
    assert!(!mounted(dir.path()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn other_processes_reach_a_detached_mount() {
    let fake = start!(FakeFuse::builder());
    fs::write(fake.path().join("file"), "seen").unwrap();
    let seen = std::process::Command::new("cat")
        .arg(fake.path().join("file"))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&seen.stdout),
        "seen",
        "{}",
        String::from_utf8_lossy(&seen.stderr)
    );
    fake.verify().unwrap();
}

#[test]
fn a_server_that_crashes_leaves_nobody_waiting() {
    let fake = start!(FakeFuse::builder());
    let held = fake.expect(Opcode::Lookup).hold();
    let path = fake.path().join("x");
    let caller = std::thread::spawn(move || fs::metadata(path));
    held.wait().unwrap();
    fake.abort();
    fails_with_errno(caller.join().unwrap(), libc::ECONNABORTED);
    fails_with_errno(fs::metadata(fake.path()), libc::ENOTCONN);
    fake.forgive();
}

#[test]
fn a_test_that_panics_while_requests_are_held_ends() {
    let (tell, told) = std::sync::mpsc::channel();
    let outcome = std::thread::spawn(move || {
        let fake = start!(FakeFuse::builder().deadline(std::time::Duration::from_secs(3600)));
        let held = fake.expect(Opcode::Lookup).hold();
        let path = fake.path().join("x");
        let caller = std::thread::spawn(move || fs::metadata(path));
        tell.send(caller).unwrap();
        held.wait().unwrap();
        panic!("as a failed assertion does");
    });
    let panicked = outcome.join().is_err();
    if let Ok(caller) = told.recv() {
        assert!(panicked);
        fails_with_errno(caller.join().unwrap(), [libc::EINTR, libc::ECONNABORTED]);
    }
}

#[test]
#[should_panic(expected = "no reply was prepared for LOOKUP")]
fn what_nobody_verified_is_verified_at_the_end() {
    match FakeFuse::builder().gvisor().start() {
        Ok(fake) => fails_with_errno(fs::metadata(fake.path().join("x")), libc::ENOSYS),
        Err(_) => panic!("SKIP: no reply was prepared for LOOKUP, for there is no FUSE here"),
    }
}

#[test]
fn several_workers_serve_several_callers() {
    let fake = start!(FakeFuse::builder().workers(3));
    fs::create_dir(fake.path().join("dir")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dir = fake.path().join("dir");
            scope.spawn(move || {
                for round in 0..25 {
                    fs::write(dir.join(format!("{thread}-{round}")), "x").unwrap();
                }
            });
        }
    });
    assert_eq!(fs::read_dir(fake.path().join("dir")).unwrap().count(), 100);
    fake.verify().unwrap();
}

#[test]
fn an_observer_hears_everything_in_order() {
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hears = heard.clone();
    let fake =
        start!(FakeFuse::builder().observer(move |event| hears.lock().unwrap().push(event.what.to_string())));
    fails_with_errno(fs::metadata(fake.path().join("x")), libc::ENOENT);
    fake.stop();
    let heard = heard.lock().unwrap();
    assert!(
        heard[0].starts_with("→ INIT") && heard[1].starts_with("← INIT"),
        "{heard:?}"
    );
    assert!(
        heard[2].starts_with("→ LOOKUP") && heard[2].ends_with("name=x"),
        "{heard:?}"
    );
    assert!(
        heard[3].ends_with("ENOENT") && heard.last().unwrap().starts_with("closed"),
        "{heard:?}"
    );
}

#[test]
fn a_handshake_can_be_held() {
    let fake = start!(FakeFuse::builder().hold_init());
    let path = fake.path().to_owned();
    let caller = std::thread::spawn(move || fs::metadata(path.join("x")));
    assert!(fake.transcript().requests().len() == 1 && !caller.is_finished());
    fake.release_init();
    fails_with_errno(caller.join().unwrap(), libc::ENOENT);
    fake.verify().unwrap();
}

#[test]
fn a_passthrough_shows_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("there"), "before").unwrap();
    let fake = start!(FakeFuse::builder().fallback(Fallback::Passthrough(dir.path().to_owned())));
    let at = |name: &str| fake.path().join(name);
    assert_eq!(fs::read(at("there")).unwrap(), b"before");
    fs::create_dir_all(at("a/b")).unwrap();
    fs::write(at("a/b/file"), vec![7; 300_000]).unwrap();
    fs::rename(at("a"), at("c")).unwrap();
    assert_eq!(fs::read(at("c/b/file")).unwrap(), vec![7; 300_000]);
    assert_eq!(fs::read(dir.path().join("c/b/file")).unwrap().len(), 300_000);
    std::os::unix::fs::symlink("c/b", at("link")).unwrap();
    assert_eq!(fs::metadata(at("link/file")).unwrap().len(), 300_000);
    fs::remove_dir_all(at("c")).unwrap();
    let names: Vec<_> = fs::read_dir(at(""))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(names, ["link", "there"]);
    fake.verify().unwrap();
}

/// What a directory's server still has open at its end is open in the server's table, and its numbers are others' in ours.
#[test]
fn a_servers_open_files_are_closed_where_they_were_opened() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("there"), "before").unwrap();
    // In a table with nothing else in it, the file here has the number that the file there has.
    alone(|| {
        let fake = start!(FakeFuse::builder().fallback(Fallback::Passthrough(dir.path().to_owned())));
        let file = fs::File::open(fake.path().join("there")).unwrap();
        fake.stop();
        assert!(file.metadata().is_err(), "its server is gone");
        assert!(rustix::io::fcntl_getfd(&file).is_ok(), "it is open");
    });
}
