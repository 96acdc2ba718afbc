//! Machines and users that can have no server: each is told what is missing, and what would help.

use std::process::{Command, Stdio};

use gkfs_fuse::FakeFuse;
use gkfs_fuse::behind::Server;

/// Tells the test binary that it is to try, and say what comes of it.
const TRIES: &str = "GKFS_FUSE_TEST_TRIES";

#[test]
#[ignore = "a try of the other tests"]
fn says_why() {
    if std::env::var_os(TRIES).is_none() {
        return;
    }
    match FakeFuse::builder().start() {
        Ok(fake) => {
            fake.stop();
            println!("started");
        }
        Err(error) => println!("missing={} {error}", error.is_missing()),
    }
}

fn ourselves(command: &mut Command) -> &mut Command {
    let own = std::env::current_exe().expect("our own path");
    command
        .arg(own)
        .args(["--exact", "missing::says_why", "--ignored", "--nocapture"])
        .env(TRIES, "1")
        .stdin(Stdio::null())
}

/// What a try says after `script` in namespaces of its own; nothing where there can be none, which is said.
fn said_after(namespaces: &[&str], script: &str) -> Option<String> {
    if let Err(error) = gkfs_fuse::available() {
        println!("SKIP: {error}");
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(namespaces)
        .args(["sh", "-c", &format!("set -e; {script}"), "sh"]);
    let done = match ourselves(&mut command).output() {
        Ok(done) => done,
        Err(error) => {
            println!("SKIP: no `unshare` here: {error}");
            return None;
        }
    };
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if !said.contains("running 1 test") {
        println!(
            "SKIP: no such place here: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        return None;
    }
    Some(said)
}

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("SKIP: only root can make such a place");
    }
    is_root
}

#[test]
fn without_a_device_there_is_none() {
    if !is_root() {
        return;
    }
    let script =
        "mount --make-rprivate /; mount -t tmpfs tmpfs /dev; mknod -m 666 /dev/null c 1 3; exec \"$@\"";
    if let Some(said) = said_after(&["--mount"], script) {
        assert!(said.contains("missing=true no /dev/fuse"), "{said}");
        assert!(said.contains("modprobe fuse"), "{said}");
    }
}

#[test]
fn a_device_that_may_not_be_opened_is_named() {
    if !is_root() {
        return;
    }
    let script = "mount --make-rprivate /; mount -t tmpfs tmpfs /mnt; mknod -m 600 /mnt/fuse c 10 229; \
                  mount --bind /mnt/fuse /dev/fuse; cp \"$1\" /mnt/tests; chmod 755 /mnt/tests; shift; cd /mnt; \
                  exec setpriv --reuid 65534 --regid 65534 --clear-groups /mnt/tests \"$@\"";
    if let Some(said) = said_after(&["--mount"], script) {
        assert!(
            said.contains("missing=true /dev/fuse may not be opened"),
            "{said}"
        );
        assert!(said.contains("chmod 666 /dev/fuse"), "{said}");
    }
}

#[test]
fn who_may_make_no_user_namespace_is_told_so() {
    let script = "echo 0 > /proc/sys/user/max_user_namespaces; \
                  exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"";
    if let Some(said) = said_after(&["--user", "--map-root-user", "--mount"], script) {
        assert!(said.contains("missing=true this user may not mount"), "{said}");
        assert!(said.contains("max_user_namespaces"), "{said}");
    }
}

/// A kernel without the calls that a mount without a place is made by: they are refused as such a kernel refuses them, and the
/// old one is seen here.
#[test]
fn an_old_kernel_has_the_old_call() {
    let out = tempfile::NamedTempFile::new().expect("a file");
    let mut command = Command::new("env");
    ourselves(&mut command)
        .stdout(out.reopen().expect("the same file"))
        .stderr(Stdio::null());
    let mut server = match Server::start(command) {
        Ok(server) => server,
        Err(error) => return println!("SKIP: system calls cannot be answered here: {error}"),
    };
    let patience = std::time::Duration::from_secs(120);
    let mounting = server.wait_mount(patience).expect("a wish to mount");
    assert!(mounting.options.contains("rootmode=40000"), "{mounting:?}");
    let place = mounting.target.clone();
    match mounting.mount(FakeFuse::builder()) {
        Ok(fake) => {
            fake.forgive();
            fake.wait_handshake(patience).expect("a handshake");
            crate::support::until("it has said what came of it", || server.ended().is_some());
            let said = std::fs::read_to_string(out.path()).expect("what it said");
            assert!(said.contains("started"), "{said}");
            fake.stop();
        }
        Err(error) if error.is_missing() => println!("SKIP: {error}"),
        Err(error) => panic!("{error}"),
    }
    assert!(!place.exists(), "the place of a moment is still there");
}
