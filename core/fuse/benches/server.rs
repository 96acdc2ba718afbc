//! What a fake server costs, beside one made with `fuser` that does the same: from start to stop, and from a call to its
//! answer. Medians are what counts; both are measured in one run, because only that compares.

use divan::Bencher;
use gkfs_fuse::{FakeFuse, Fallback};

fn main() {
    if let Err(error) = FakeFuse::builder().start() {
        println!("nothing can be measured here: {error}");
        return;
    }
    divan::main();
}

/// A server that has nothing.
fn fake() -> FakeFuse {
    let builder = FakeFuse::builder()
        .fallback(Fallback::Errno(libc::ENOENT))
        .keep_log(false);
    builder.start().expect("a server")
}

/// The same, made with `fuser`.
struct Nothing;

impl fuser::Filesystem for Nothing {
    fn lookup(&self, _: &fuser::Request, _: fuser::INodeNo, _: &std::ffi::OsStr, reply: fuser::ReplyEntry) {
        reply.error(fuser::Errno::ENOENT);
    }
}

fn fuser_at(dir: &std::path::Path) -> fuser::BackgroundSession {
    fuser::spawn_mount(Nothing, dir, &fuser::Config::default()).expect("a mount")
}

/// Mounted and unmounted again, with the handshake between.
#[divan::bench_group(sample_count = 200, sample_size = 1)]
mod start_to_stop {
    use std::os::fd::AsRawFd;

    use rustix::fs::{Mode, OFlags};
    use rustix::mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen,
    };

    use super::{Bencher, fake, fuser_at};

    #[divan::bench]
    fn ours(bencher: Bencher<'_, '_>) {
        bencher.bench(|| fake().stop());
    }

    /// What of it is the kernel's: the mount alone, that nobody answers for. Nothing can be faster.
    #[divan::bench]
    fn mount_alone(bencher: Bencher<'_, '_>) {
        if !rustix::process::geteuid().is_root() {
            println!("only root mounts without a helper");
            return;
        }
        bencher.bench_local(|| mounted_by_nobody().expect("a mount"));
    }

    fn mounted_by_nobody() -> rustix::io::Result<()> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let device = rustix::fs::open("/dev/fuse", flags, Mode::empty())?;
        let context = fsopen("fuse", FsOpenFlags::FSOPEN_CLOEXEC)?;
        let number = device.as_raw_fd().to_string();
        let options = [
            ("fd", number.as_str()),
            ("rootmode", "40000"),
            ("user_id", "0"),
            ("group_id", "0"),
        ];
        for (key, value) in options {
            fsconfig_set_string(&context, key, value)?;
        }
        fsconfig_create(&context)?;
        let mount = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?;
        // As a server's end: who still asks is told that there is nobody, then the mount goes.
        drop((device, context, mount));
        Ok(())
    }

    #[divan::bench]
    fn with_fuser(bencher: Bencher<'_, '_>) {
        if !rustix::process::geteuid().is_root() {
            println!("fuser mounts as root only, where there is no fusermount3");
            return;
        }
        let dir = tempfile::tempdir().expect("a directory");
        bencher.bench(|| fuser_at(dir.path()).umount_and_join().expect("an unmount"));
    }
}

/// A name that is not there.
#[divan::bench_group(sample_count = 300, sample_size = 200)]
mod lookup_to_enoent {
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};

    use super::{Bencher, fake, fuser_at};

    fn ask(bencher: Bencher<'_, '_>, root: &Path) {
        let root: OwnedFd =
            openat(CWD, root, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).expect("the root");
        bencher.bench_local(|| statat(&root, c"missing", AtFlags::empty()).expect_err("nothing is there"));
    }

    #[divan::bench]
    fn ours(bencher: Bencher<'_, '_>) {
        let fake = fake();
        ask(bencher, fake.path());
        fake.stop();
    }

    #[divan::bench]
    fn with_fuser(bencher: Bencher<'_, '_>) {
        if !rustix::process::geteuid().is_root() {
            println!("fuser mounts as root only, where there is no fusermount3");
            return;
        }
        let dir = tempfile::tempdir().expect("a directory");
        let session = fuser_at(dir.path());
        ask(bencher, dir.path());
        session.umount_and_join().expect("an unmount");
    }
}
