//! What a view costs, as root and as an ordinary user, beside a bare tmpfs, binpash's `try` and Python's fso.
//!
//! `cargo bench -p gkfs-overlay --bench views`. As root it measures both: the user's part runs as 65534 in a process of
//! its own. `TRY` names the script `try`, else it is looked for on `PATH`; `FSO` names a Python 2 that has fso, else
//! `python2` is asked; `MIB` is how much is written, 1024 unless told. A number after `--` is how many rounds of push and
//! pop are made.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use gkfs_overlay::{Builder, Overlay, PushError, enter_user_namespace, push};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

mod beside;

/// Says that this process is the ordinary user's.
const AS_USER: &str = "GKFS_OVERLAY_BENCH_USER";
const NOBODY: u32 = 65534;
const ROUNDS: usize = 300;
/// Rounds of what takes long.
const LARGE_ROUNDS: usize = 5;
/// What push and pop may take together, in milliseconds.
const GOALS: [f64; 2] = [0.6, 4.0];
/// How fast writing must be beside tmpfs.
const WRITE_GOAL: f64 = 0.7;

fn main() -> ExitCode {
    let is_user = std::env::var_os(AS_USER).is_some();
    if is_user && let Err(error) = enter_user_namespace() {
        println!("SKIP the ordinary user: {error}");
        return ExitCode::SUCCESS;
    }
    if let Err(error) = push() {
        println!("SKIP: {error}");
        return ExitCode::SUCCESS;
    }
    let name = if is_user { "ordinary user" } else { "root" };
    let mounts = fs::read_to_string("/proc/self/mountinfo").map_or(0, |text| text.lines().count());
    println!("{name}, {mounts} mounts");
    let median = cycles();
    let goal = GOALS[usize::from(is_user)];
    verdict("push and pop", median, goal, median <= goal, "ms");
    others();
    small_files();
    throughput();
    if is_user {
        return ExitCode::SUCCESS;
    }
    beside::measure();
    println!();
    user()
}

/// The ordinary user's part, by this program again.
fn user() -> ExitCode {
    if !rustix::process::geteuid().is_root() {
        return ExitCode::SUCCESS;
    }
    let exe = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new(&exe);
    command.args(std::env::args_os().skip(1));
    command.uid(NOBODY).gid(NOBODY).current_dir("/").env(AS_USER, "1");
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            println!("the ordinary user's part ended with {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!(
                "SKIP the ordinary user: {} cannot be run as {NOBODY}: {error}",
                exe.display()
            );
            ExitCode::SUCCESS
        }
    }
}

fn cycles() -> f64 {
    let given = std::env::args().find_map(|arg| arg.parse().ok());
    let rounds = given.unwrap_or(ROUNDS);
    let [mut pushes, mut pops, mut ends, mut all] = [const { Vec::new() }; 4];
    // The first ones fill the kernel's caches.
    for round in 0..rounds + rounds / 10 {
        let begun = Instant::now();
        let view = view();
        let pushed = begun.elapsed();
        let vaporized = view.pop();
        let popped = begun.elapsed() - pushed;
        // The kernel takes the memory and the mounts away when nobody can ask any more.
        drop(vaporized);
        let whole = begun.elapsed();
        if round >= rounds / 10 {
            pushes.push(pushed);
            pops.push(popped);
            ends.push(whole - popped - pushed);
            all.push(whole);
        }
    }
    line("push", &mut pushes);
    line("pop", &mut pops);
    line("the end of what was vaporized", &mut ends);
    line("push and pop, to that end", &mut all)
}

fn others() {
    let outer = view();
    line("nested push and pop", &mut times(100, || drop(black_box(push()))));
    drop(outer);
    let whole = || {
        let thread = thread::spawn(|| {
            let view = view();
            fs::write("/etc/gkfs-overlay-bench", "x").expect("a file in a view");
            assert_eq!(view.changes().expect("changes").len(), 1);
        });
        thread.join().expect("a view in a thread");
    };
    line("thread, push, write, changes, pop", &mut times(100, whole));
    let crowd = || {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..25).for_each(|_| drop(black_box(view()))));
            }
        });
    };
    let mut crowds = times(3, crowd);
    crowds.iter_mut().for_each(|time| *time /= 200);
    line("one of 8 threads x 25, at once", &mut crowds);
    let program = || {
        let ended = Command::new("true").status();
        assert!(ended.is_ok_and(|status| status.success()));
    };
    line("for scale: fork and exec of `true`", &mut times(50, program));
}

/// Creating files, in the view and on the tmpfs beside it.
fn small_files() {
    const FILES: usize = 2000;
    let view = view();
    let Some(_memory) = Memory::mounted() else { return };
    for (name, dir) in [
        ("a small file in a view", "/tmp"),
        ("a small file on tmpfs", Memory::AT),
    ] {
        let dir = Path::new(dir).join("gkfs-overlay-bench-files");
        fs::create_dir_all(&dir).expect("a directory in a view");
        let mut number = 0;
        let mut made = times(FILES, || {
            number += 1;
            fs::write(dir.join(number.to_string()), b"x").expect("a file in a view");
        });
        line(name, &mut made);
    }
    drop(view);
}

/// Writing and reading much, in the view and on the tmpfs beside it, in turn.
fn throughput() {
    let mib = std::env::var("MIB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1024_usize);
    let _view = view();
    let Some(_memory) = Memory::mounted() else { return };
    let mut found: [Vec<f64>; 4] = Default::default();
    for _ in 0..LARGE_ROUNDS {
        for (at, dir) in ["/tmp", Memory::AT].into_iter().enumerate() {
            let path = Path::new(dir).join("gkfs-overlay-bench-large");
            match (write(&path, mib), read(&path, mib)) {
                (Ok(written), Ok(read)) => {
                    found[at].push(mib as f64 / written.as_secs_f64());
                    found[2 + at].push(mib as f64 / read.as_secs_f64());
                }
                (Err(error), _) | (_, Err(error)) => {
                    let _ = fs::remove_file(&path);
                    return println!("  SKIP throughput: {mib} MiB in {dir}: {error}; MIB sets how much");
                }
            }
            let _ = fs::remove_file(&path);
        }
    }
    let [write, bare_write, read, bare_read] = found.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!("  write {mib} MiB: view {write:.0} MiB/s, tmpfs {bare_write:.0} MiB/s");
    println!("  read  {mib} MiB: view {read:.0} MiB/s, tmpfs {bare_read:.0} MiB/s");
    let share = write / bare_write;
    verdict(
        "writing beside tmpfs",
        share,
        WRITE_GOAL,
        share >= WRITE_GOAL,
        "of it",
    );
}

fn write(path: &Path, mib: usize) -> std::io::Result<Duration> {
    let block = vec![0x5a; 1 << 20];
    let begun = Instant::now();
    let mut file = File::create(path)?;
    for _ in 0..mib {
        file.write_all(&block)?;
    }
    Ok(begun.elapsed())
}

fn read(path: &Path, mib: usize) -> std::io::Result<Duration> {
    let mut block = vec![0; 1 << 20];
    let begun = Instant::now();
    let mut file = File::open(path)?;
    for _ in 0..mib {
        file.read_exact(&mut block)?;
    }
    Ok(begun.elapsed())
}

/// A bare tmpfs, seen in the view that it was mounted in.
struct Memory;

impl Memory {
    const AT: &'static str = "/mnt";

    fn mounted() -> Option<Memory> {
        let mounted = mount("tmpfs", Self::AT, "tmpfs", MountFlags::empty(), None);
        if let Err(error) = mounted {
            println!(
                "  SKIP the comparison with tmpfs: it cannot be mounted on {}: {error}",
                Self::AT
            );
            return None;
        }
        Some(Memory)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let _ = unmount(Self::AT, UnmountFlags::DETACH);
    }
}

fn view() -> Overlay {
    let pushed: Result<Overlay, PushError> = Builder::new().push();
    pushed.expect("a view, as before")
}

fn times(rounds: usize, mut once: impl FnMut()) -> Vec<Duration> {
    let one = |_| {
        let begun = Instant::now();
        once();
        begun.elapsed()
    };
    (0..rounds).map(one).collect()
}

/// Prints the median and the tenths at both ends. Returns the median in milliseconds.
fn line(name: &str, times: &mut [Duration]) -> f64 {
    times.sort();
    let at = |tenths: usize| times[(times.len() * tenths / 10).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("  {name:36} {:9.3} ms   ({:.3} … {:.3})", at(5), at(1), at(9));
    at(5)
}

fn verdict(name: &str, is: f64, goal: f64, is_met: bool, unit: &str) {
    let word = if is_met { "met" } else { "MISSED" };
    println!("  goal {word}: {name} {is:.2} {unit}, wanted {goal} {unit}");
}
