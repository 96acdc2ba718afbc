//! Others that do something like it: `try` for one command, and fso for one Python program.

use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::{line, times};

/// Measures those that are there.
pub(super) fn measure() {
    try_once();
    fso();
}

/// `try`: a view of a command, which has root's rights in it.
fn try_once() {
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|dir| dir.join("try"))
            .find(|file| file.is_file())
    };
    let script = std::env::var_os("TRY").map(PathBuf::from).or_else(on_path);
    let Some(script) = script else {
        return println!("  SKIP try: TRY does not name it, and it is not on PATH");
    };
    let once = || {
        // It leaves what it made there, and wants a disk.
        let dir = tempfile::tempdir_in("/var/tmp")?;
        let mut command = Command::new(&script);
        command.arg("-N").arg(dir.path()).args(["echo", "ran"]);
        command.env("TMPDIR", dir.path());
        command.stdin(Stdio::null()).stderr(Stdio::null()).output()
    };
    match once() {
        Ok(output) if output.stdout.starts_with(b"ran") => {
            line("try -N DIR echo ran", &mut times(10, || drop(black_box(once()))));
        }
        ended => println!("  SKIP try: `{} -N DIR echo ran`: {ended:?}", script.display()),
    }
}

/// Its push and pop replace functions, and its files are a dictionary: what the kernel does is not in it.
const FSO: &str = r"
import time, fso
def cycle():
    begun = time.time()
    fso.push()
    pushed = time.time()
    fso.pop()
    return pushed - begun, time.time() - pushed, time.time() - begun
times = [cycle() for _ in range(2200)][200:]
for name, which in (('push', 0), ('pop', 1), ('push and pop', 2)):
    print('%s %.6f' % (name, sorted(each[which] for each in times)[len(times) // 2] * 1e3))
";

fn fso() {
    let python = std::env::var_os("FSO").unwrap_or_else(|| "python2".into());
    let asked = Command::new(&python)
        .args(["-c", FSO])
        .stdin(Stdio::null())
        .output();
    match asked {
        Ok(Output { status, stdout, .. }) if status.success() => {
            for row in String::from_utf8_lossy(&stdout).lines() {
                if let Some((name, median)) = row.rsplit_once(' ') {
                    println!("  {:36} {median:>9} ms   (median)", format!("fso 0.3.2, {name}"));
                }
            }
        }
        _ => println!(
            "  SKIP fso: `{}` has none; FSO names a Python 2 that does",
            python.display()
        ),
    }
}
