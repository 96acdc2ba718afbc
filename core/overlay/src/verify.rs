//! Proof, before any of the caller's code runs, that what is written in the view stays in it.

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat, StatxFlags, fstat, openat, statat, statx, unlinkat};
use rustix::io::Errno;
use rustix::thread::gettid;

use crate::error::PushError;
use crate::level::Region;
use crate::place::Place;

/// Looks at every piece through its path, and writes a file that must not be seen below.
pub(crate) fn verify(before: &Place, regions: &[Region]) -> Result<(), PushError> {
    // By the mount: where the root is only shown, read-only, it is the same directory.
    let flags = StatxFlags::MNT_ID;
    let below = statx(&before.root, "", AtFlags::EMPTY_PATH, flags)
        .map_err(PushError::step(|| "look at the root below"))?;
    let here =
        statx(CWD, "/", AtFlags::empty(), flags).map_err(PushError::step(|| "look at the view's root"))?;
    if below.stx_mnt_id == here.stx_mnt_id {
        return unverified("the root is still the one below");
    }
    for region in regions {
        let (fd, path) = match region {
            Region::Overlay(overlay) => (&overlay.merged, &overlay.path),
            Region::Directory(made) | Region::Copy(made) | Region::File(made) => (&made.new, &made.path),
        };
        let made = fstat(fd).map_err(PushError::step(|| "look at the view"))?;
        let seen = statat(CWD, path.as_path(), AtFlags::SYMLINK_NOFOLLOW);
        if !seen.is_ok_and(|seen| same(&made, &seen)) {
            return unverified(&format!("{} leads out of it", path.display()));
        }
    }
    probe(before)
}

fn probe(before: &Place) -> Result<(), PushError> {
    let name = format!(".gkfs-overlay-probe-{}", gettid().as_raw_nonzero());
    let path = format!("/{name}");
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    match openat(CWD, &path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(_) => {}
        // A view that takes no file at all lets none through either.
        Err(Errno::NOSPC | Errno::DQUOT | Errno::ROFS | Errno::ACCESS | Errno::PERM) => return Ok(()),
        Err(errno) => return Err(PushError::step(|| "write a file to try the view")(errno)),
    }
    let seen_below = statat(&before.root, &name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
    unlinkat(CWD, &path, AtFlags::empty())
        .map_err(PushError::step(|| "remove the file that tried the view"))?;
    if seen_below {
        return unverified("a file written in it was seen below");
    }
    Ok(())
}

fn same(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

fn unverified(problem: &str) -> Result<(), PushError> {
    Err(PushError::Unverified {
        problem: problem.to_owned(),
    })
}
