//! Programs as an ordinary user who may open `/dev/fuse`, whoever runs the tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Makes `/dev/fuse` openable in a mount namespace of its own, and goes on as nobody.
const AS_NOBODY: &str = r#"
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1/private"
mknod -m 666 "$1/private/fuse" c 10 229
mount --bind "$1/private/fuse" /dev/fuse
cd "$1"
shift
exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all "$@"
"#;

/// A directory that everybody may look into, with one for temporary files.
pub(crate) fn ground() -> TempDir {
    let dir = tempfile::Builder::new().prefix("nobody-").tempdir();
    let dir = dir.expect("a temporary directory");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
    };
    mode(dir.path(), 0o755);
    for name in ["private", "tmp"] {
        fs::create_dir(dir.path().join(name)).expect("a directory");
    }
    mode(&dir.path().join("tmp"), 0o1777);
    dir
}

/// A program, as nobody.
pub(crate) fn command(ground: &Path, program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", AS_NOBODY, "sh"])
        .arg(ground)
        .arg(program)
        .env("TMPDIR", ground.join("tmp"));
    command
}

/// Whether that works here; else it is said why not.
pub(crate) fn can_be_had(ground: &Path) -> bool {
    if !rustix::process::geteuid().is_root() {
        println!("SKIP: an ordinary user cannot become another one, so that one is not tried");
        return false;
    }
    match command(ground, Path::new("true")).output() {
        Ok(done) if done.status.success() => true,
        Ok(done) => {
            let why = String::from_utf8_lossy(&done.stderr).into_owned();
            println!("SKIP: this machine lets nobody become nobody: {why}");
            false
        }
        Err(error) => {
            println!("SKIP: no `unshare` here: {error}");
            false
        }
    }
}
