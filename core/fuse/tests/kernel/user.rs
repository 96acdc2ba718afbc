//! The same tests as an ordinary user: the helper in a user namespace mounts, and no program with more rights is there.

use std::process::Command;

/// Makes `/dev/fuse` openable in a mount namespace of its own, and goes on as nobody.
const AS_NOBODY: &str = r#"
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
mknod -m 666 "$1/fuse" c 10 229
mount --bind "$1/fuse" /dev/fuse
cp "$2" "$1/tests"
chmod 755 "$1/tests"
mkdir -m 1777 "$1/tmp"
cd "$1"
export TMPDIR="$1/tmp"
dir=$1; shift 2
exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all "$dir/tests" "$@"
"#;

#[test]
fn an_ordinary_user_needs_no_helper_program() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIP: the tests run as an ordinary user already");
        return;
    }
    if let Err(error) = gkfs_fuse::available() {
        println!("SKIP: {error}");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let done = Command::new("unshare")
        .args(["--mount", "sh", "-c", AS_NOBODY, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().expect("our own path"))
        .args([
            "basics::",
            "behind::",
            "kill::a_",
            "--nocapture",
            "--test-threads=2",
        ])
        .output();
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            println!("SKIP: no `unshare` here: {error}");
            return;
        }
    };
    let said = String::from_utf8_lossy(&done.stdout);
    let errors = String::from_utf8_lossy(&done.stderr);
    if errors.contains("setpriv: ") || errors.contains("not permitted") {
        println!("SKIP: this machine lets nobody become nobody: {errors}");
        return;
    }
    assert!(done.status.success(), "{said}\n{errors}");
    assert!(
        said.contains("0 failed") && !said.contains("no user namespace"),
        "{said}"
    );
}
