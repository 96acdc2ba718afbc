//! Tests that need another place than the machine: a script makes it in a namespace, and the test runs there once more.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::bed::{Bed, is_root, view};

/// Says to the test that it is there, and one thing more.
const AGAIN: &str = "GKFS_OVERLAY_ELSEWHERE";

/// What the script was told of, in the test's second run.
pub(crate) fn told() -> Option<PathBuf> {
    env::var_os(AGAIN).map(PathBuf::from)
}

/// Runs a test of this program once more, after a script has made the place: `"$@"` runs it there.
///
/// `None`, said with the reason, where a command of the script is not there or not allowed.
pub(crate) fn again(test: &str, unshare: &[&str], script: &str, told: impl AsRef<OsStr>) -> Option<Output> {
    let mut command = Command::new("unshare");
    command.args(unshare).args(["sh", "-ec", script, "sh"]);
    command
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--include-ignored", "--nocapture", test]);
    let output = match said(command.env(AGAIN, told)) {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIP {test}: `unshare` cannot be run: {error}");
            return None;
        }
    };
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    // The script stops at the first command that is not there or not allowed.
    if !err.contains(MADE) {
        eprintln!("SKIP {test}: the place for it cannot be made here: {err}");
        return None;
    }
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
    Some(output)
}

/// Runs a test once more, as root, after commands have mounted something at a path, which is `bare` of the bed that it is
/// told of.
pub(crate) fn among_mounts(test: &str, commands: impl FnOnce(&str) -> String) {
    if !is_root() {
        return eprintln!("SKIP {test}: only root can mount what a view is made of");
    }
    drop(view!());
    let bed = Bed::new();
    let commands = commands(&bed.at("bare").display().to_string());
    let script = format!("{commands}; echo {MADE} >&2; cd /; exec \"$@\"");
    again(test, &["--mount"], &script, bed.path());
}

/// Runs a command, and passes on what it says when it says it: some take long.
fn said(command: &mut Command) -> io::Result<Output> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (out, mut err) = (child.stdout.take(), child.stderr.take());
    let stderr = thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = err.as_mut().map(|err| err.read_to_end(&mut bytes)).transpose();
        read.map(|_| bytes)
    });
    let mut stdout = Vec::new();
    for line in BufReader::new(out.expect("it is piped")).split(b'\n') {
        let line = line?;
        println!("{}", String::from_utf8_lossy(&line));
        stdout.extend_from_slice(&line);
        stdout.push(b'\n');
    }
    Ok(Output {
        status: child.wait()?,
        stdout,
        stderr: stderr.join().expect("it only reads")?,
    })
}

/// What a script prints when all is as the test wants it.
pub(crate) const MADE: &str = "the place is made";

/// The script of a root that is an overlay on an overlay, made below a directory; `"$@"` is run in it as `user`.
pub(crate) fn two_overlays(at: &Path, user: u32) -> String {
    let at = at.display();
    format!(
        "mount -t tmpfs -o mode=755 none {at}; cd {at}; mkdir u w m u2 w2 m2; \
         mount -t overlay none m -o lowerdir=/,upperdir=u,workdir=w,index=off; \
         mount -t overlay none m2 -o lowerdir=m,upperdir=u2,workdir=w2,index=off; \
         mount --rbind /proc m2/proc; cp \"$1\" m2/tests; chmod 755 m2/tests; shift; setpriv --help > /dev/null; \
         mkdir -m 777 m2/ours; echo known > m2/ours/known; chmod 666 m2/ours/known; \
         cd m2; mkdir old; pivot_root . old; umount -l /old; cd /; echo {MADE} >&2; \
         exec setpriv --reuid {user} --regid {user} --clear-groups /tests \"$@\""
    )
}
