//! One daemon: options, log, hosts file, signals, restarts.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::ExitStatusExt,
    process::Command,
    thread,
    time::Duration,
};

use rustix::process::Signal;

use crate::{client::Client, process::Place};

/// The log line format of GekkoFS, as log views read it.
fn is_log_line(line: &str) -> bool {
    let digits = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                shape => byte == shape,
            })
    };
    let Some((time, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) else {
        return false;
    };
    let Some((pid, rest)) = rest.split_once(" [") else {
        return false;
    };
    let Some((level, rest)) = rest.split_once("][") else {
        return false;
    };
    let Some((logger, _)) = rest.split_once("] ") else {
        return false;
    };
    digits(time, "00-00-00 00:00:00.000000")
        && pid.parse::<u32>().is_ok()
        && matches!(level, "T" | "D" | "I" | "W" | "E" | "C")
        && logger.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[test]
fn it_looks_like_the_real_one_from_start_to_stop() {
    let place = Place::new();
    let mut daemon = place.start(0);
    let hosts = fs::read_to_string(place.path("gkfs_hosts.txt")).unwrap();
    assert!(hosts.contains(" ofi+sockets://127.0.0.1:"), "{hosts}");
    let mut client = Client::open(&place.hosts());
    client.mkdir("/d").unwrap();
    client.stat("/d").unwrap();
    let welcome = client.0[0].as_ref().unwrap().welcome.clone();
    assert_eq!(
        welcome,
        (0, place.path("mnt").canonicalize().unwrap().display().to_string())
    );
    let log = daemon.log();
    assert!(
        log.contains("rpc_srv_stat() path: '/d'"),
        "a line is there when its answer is"
    );
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait().code(), Some(0));
    assert!(!place.path("gkfs_hosts.txt").exists());
    let log = daemon.log();
    for line in log.lines() {
        assert!(is_log_line(line), "{line}");
    }
    let steps = [
        "parse_input() Mountdir '",
        "main() Initializing environment",
        "Accepting RPCs on address ofi+sockets://127.0.0.1:",
        "Host successfully written and to hosts file",
        "[I][main] Startup successful. Daemon is ready.",
        "shutdown_handler() Received signal: 'Terminated'",
        "destroy_enviroment() Removing hosts file",
        "main() Complete. Exiting...",
    ];
    let mut rest = log.as_str();
    for step in steps {
        rest = rest
            .split_once(step)
            .unwrap_or_else(|| panic!("{step} is missing or misplaced:\n{log}"))
            .1;
    }
}

#[test]
fn a_taken_port_ends_it_with_the_real_message() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("lo:{}", taken.local_addr().unwrap().port());
    let output = place.command(0).args(["-l", &listen]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(&format!(
            "Could not initialize hg_class with protocol ofi+sockets://{listen}"
        )),
        "{stderr}"
    );
    assert!(
        stderr.contains("Failed to initialize environment: Failed to initialize the Margo RPC server"),
        "{stderr}"
    );
    assert!(!place.path("gkfs_hosts.txt").exists());
}

#[test]
fn a_second_daemon_on_the_same_root_is_refused() {
    let place = Place::new();
    let _first = place.start(0);
    let output = place.command(0).args(["-l", "lo"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is in use by another daemon"));
    assert_eq!(place.hosts().len(), 1);
}

#[test]
fn what_was_written_survives_kill_9() {
    let place = Place::new();
    let daemon = place.start(0);
    let mut client = Client::open(&place.hosts());
    client.mkdir("/d").unwrap();
    let (attr, key) = client.create("/d/f").unwrap();
    client.write_chunks(&attr, &key, 2).unwrap();
    daemon.kill();
    let daemon = place.start(0);
    assert_eq!(place.hosts().len(), 1, "the restarted daemon takes its old line");
    let mut client = Client::open(&place.hosts());
    assert_eq!(
        client.stat("/d/f").unwrap().size,
        attr.size + 2 * gkfs_proto::CHUNK_SIZE
    );
    assert_eq!(client.read_chunk(&key, 1).unwrap()[0], 2);
    assert_eq!(client.list("/").unwrap(), [".", "..", "d"]);
    assert!(daemon.stop().success());
}

#[test]
fn clean_rootdir_forgets_and_finish_leaves_nothing() {
    let place = Place::new();
    let daemon = place.start(0);
    Client::open(&place.hosts()).mkdir("/old").unwrap();
    daemon.stop();
    let mut command = place.command(0);
    let mut daemon = place.start_as(0, command.args(["--clean-rootdir", "--clean-rootdir-finish"]));
    assert_eq!(Client::open(&place.hosts()).list("/").unwrap(), [".", ".."]);
    daemon.signal(Signal::INT);
    let status = daemon.wait();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
    assert!(!place.path("root-0").exists());
}

#[test]
fn a_stack_is_handed_out_that_runs() {
    let cache = tempfile::tempdir().unwrap();
    let mut tool = Command::new(env!("CARGO_BIN_EXE_gkfs-embedded-stack"));
    let output = tool
        .args(["stack", "path"])
        .env("XDG_CACHE_HOME", cache.path())
        .output()
        .unwrap();
    if !output.status.success() {
        println!("SKIP: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let dir = String::from_utf8(output.stdout).unwrap();
    let daemon = std::path::Path::new(dir.trim()).join("gkfs_daemon");
    let version = Command::new(daemon).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).contains("Chunk size: 524288 bytes"));
}

#[test]
fn appends_of_many_clients_do_not_overlap() {
    const CLIENTS: u8 = 4;
    const LINES: usize = 200;
    let place = Place::new();
    let _daemon = place.start(0);
    let mut client = Client::open(&place.hosts());
    let ino = client.create("/log").unwrap().0.ino;
    let hosts = place.hosts();
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let hosts = &hosts;
            scope.spawn(move || {
                let mut client = Client::open(hosts);
                for _ in 0..LINES {
                    client.append(ino, &[b'a' + number; 7]).unwrap();
                }
            });
        }
    });
    let content = client.read(ino).unwrap();
    assert_eq!(content.len(), usize::from(CLIENTS) * LINES * 7);
    for line in content.chunks(7) {
        assert!(
            line.iter().all(|byte| *byte == line[0]),
            "{}",
            line.escape_ascii()
        );
    }
}

#[test]
fn a_foreign_client_is_sent_away_and_harms_nobody() {
    let place = Place::new();
    let daemon = place.start(0);
    for greeting in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[0xff; 64], &[0; 64]] {
        let mut stream = TcpStream::connect(place.hosts()[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(greeting).unwrap();
        // Closed, or reset because not all was read; anything but an answer to wait for.
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
        assert!(answer.is_empty());
    }
    Client::open(&place.hosts()).mkdir("/still-there").unwrap();
    assert!(daemon.stop().success());
}
