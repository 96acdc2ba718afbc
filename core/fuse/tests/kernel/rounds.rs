//! The groups about FUSE again and again, as root and as an ordinary user side by side, with others beside them that are
//! killed at any moment: all of them pass, and nothing is left, no mount, no process.
//!
//! A few rounds here; `GKFS_FUSE_ROUNDS=50 cargo test -p gkfs-fuse --test kernel rounds -- --nocapture` is the long form.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::nobody;

/// How many rounds, instead of a few.
const ROUNDS: &str = "GKFS_FUSE_ROUNDS";
const FEW: u64 = 2;
const GROUPS: [&str; 3] = ["fuse_gvisor", "fuse_facts", "fuse_abilities"];
/// Within this time a victim is killed; its group takes longer than that.
const LIFE_MS: u64 = 1500;
/// Whoever takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    /// Whoever runs these tests.
    Ourselves,
    Nobody,
}

/// Where the programs are, and all that they leave in files.
struct Ground {
    dir: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let dir = nobody::ground();
        for program in built() {
            let name = GROUPS.iter().find(|name| is_of(&program, name)).expect("a group");
            fs::copy(&program, dir.path().join(name)).expect("a copy of a program");
        }
        Self { dir }
    }

    /// A program in here, as this user.
    fn command(&self, user: User, program: &Path) -> Command {
        let mut command = match user {
            User::Ourselves => Command::new(program),
            User::Nobody => nobody::command(self.dir.path(), program),
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GKFS_")) {
            command.env_remove(name);
        }
        command
            .env("TMPDIR", self.dir.path().join("tmp"))
            .stdin(Stdio::null());
        command
    }

    /// Starts a group, with what it says in a file.
    fn start(&self, user: User, group: &'static str) -> Running {
        let said = self.dir.path().join(format!("{group}-{user:?}.log"));
        let out = File::create(&said).expect("a file for what it says");
        let mut command = self.command(user, &self.dir.path().join(group));
        command
            .args(["--test-threads=4", "--nocapture"])
            .stdout(out.try_clone().expect("the same file"))
            .stderr(out);
        let child = command.spawn().expect("a process");
        Running { child, said }
    }

    /// Every user that can be had here.
    fn users(&self) -> Vec<User> {
        let mut users = vec![User::Ourselves];
        if nobody::can_be_had(self.dir.path()) {
            users.push(User::Nobody);
        }
        users
    }

    /// Waits until no process that was started in here is left, in whatever state, and checks that nothing is mounted.
    fn is_empty(&self) {
        let began = Instant::now();
        loop {
            let left = self.processes();
            if left.is_empty() {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "still there: {left:#?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("a list of mounts");
        let dir = self.dir.path().to_str().expect("utf-8");
        let left: Vec<&str> = mounts.lines().filter(|line| line.contains(dir)).collect();
        assert!(left.is_empty(), "still mounted: {left:#?}");
    }

    /// What runs with our directory in its environment: number, name and state.
    fn processes(&self) -> Vec<String> {
        let dir = self.dir.path().as_os_str().as_encoded_bytes();
        let all = fs::read_dir("/proc").expect("a list of processes").flatten();
        let ours = all.filter(|entry| {
            let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
            environ.windows(dir.len()).any(|window| window == dir)
        });
        // Who is gone by now is gone.
        ours.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
            .collect()
    }
}

struct Running {
    child: Child,
    said: PathBuf,
}

impl Running {
    /// Waits for its end. Returns how many tests passed and what it said.
    fn passes(mut self) -> Result<(u64, String), String> {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                break status;
            }
            if began.elapsed() > PATIENCE {
                self.child.kill().expect("a process to kill");
                return Err(format!("it hangs: {}", self.words()));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let words = self.words();
        let passed = words.lines().rev().find_map(|line| {
            let (_, counts) = line.split_once("test result: ok. ")?;
            counts.split(' ').next()?.parse().ok()
        });
        match passed {
            Some(passed) if status.success() => Ok((passed, words)),
            _ => Err(format!("{status}: {words}")),
        }
    }

    fn words(&self) -> String {
        fs::read_to_string(&self.said).unwrap_or_default()
    }

    fn killed(mut self) {
        // It may have ended by itself: the machine is a fast one.
        let _: std::io::Result<()> = self.child.kill();
        self.child.wait().expect("a child of ours");
    }
}

pub(crate) fn is_of(program: &Path, group: &str) -> bool {
    let name = program
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.rsplit_once('-').is_some_and(|(name, _)| name == group)
}

/// The groups' programs, brought up to date.
pub(crate) fn built() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the workspace");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args([
            "test",
            "--locked",
            "--no-run",
            "--message-format=json",
            "-p",
            "sample-tests",
        ])
        .args(GROUPS.iter().flat_map(|group| ["--test", group]))
        .stdin(Stdio::null());
    let done = cargo.output().expect("cargo");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs = messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    programs
        .filter(|program| GROUPS.iter().any(|group| is_of(program, group)))
        .collect()
}

/// All groups as all users, and a victim beside each.
fn round(ground: &Ground, users: &[User], random: &mut fastrand::Rng) -> (u64, usize) {
    let all = || users.iter().flat_map(|user| GROUPS.map(|group| (*user, group)));
    let running: Vec<_> = all()
        .map(|(user, group)| (user, group, ground.start(user, group)))
        .collect();
    // Their words go nowhere: they are cut off in the middle.
    let mut victims: Vec<(u64, Running)> = all()
        .map(|(user, group)| {
            let mut command = ground.command(user, &ground.dir.path().join(group));
            command
                .arg("--test-threads=4")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let child = command.spawn().expect("a victim");
            (
                random.u64(0..LIFE_MS),
                Running {
                    child,
                    said: PathBuf::new(),
                },
            )
        })
        .collect();
    victims.sort_by_key(|(life, _)| *life);
    let began = Instant::now();
    for (life, victim) in victims {
        std::thread::sleep(Duration::from_millis(life).saturating_sub(began.elapsed()));
        victim.killed();
    }
    let (mut passed, mut skipped) = (0, 0);
    for (user, group, running) in running {
        match running.passes() {
            Ok((tests, words)) => {
                passed += tests;
                skipped += words.matches("SKIP ").count();
            }
            Err(why) => panic!("{group} as {user:?}: {why}"),
        }
    }
    ground.is_empty();
    (passed, skipped)
}

#[test]
fn the_groups_pass_as_root_and_as_nobody_and_whatever_is_killed_leaves_nothing() {
    if let Err(error) = gkfs_fuse::available() {
        return println!("SKIP: {error}");
    }
    let ground = Ground::new();
    let users = ground.users();
    let rounds = std::env::var(ROUNDS)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(FEW);
    let mut random = fastrand::Rng::with_seed(6);
    for number in 1..=rounds {
        let began = Instant::now();
        let (passed, skipped) = round(&ground, &users, &mut random);
        println!(
            "round {number} of {rounds}: {passed} tests as {users:?}, {skipped} of them skipped, and {} kills, in {:.1?}",
            users.len() * GROUPS.len(),
            began.elapsed()
        );
        assert!(passed > 100, "hardly anything was run");
    }
}
