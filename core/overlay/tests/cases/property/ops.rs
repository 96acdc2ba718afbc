//! What is done at random, and in what tree.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, RenameFlags, XattrFlags, mknodat, renameat_with};

pub(super) const NAMES: [&str; 10] = ["a", "b", "d", "d/a", "d/e", "d/e/f", "g", "g/h", "g/h/i", "l"];

#[derive(Clone, Debug)]
pub(super) enum Op {
    Write(usize, u8),
    Append(usize, u8),
    Open(usize),
    Mkdir(usize),
    Unlink(usize),
    Rmdir(usize),
    Rmtree(usize),
    Rename(usize, usize),
    Exchange(usize, usize),
    Symlink(usize, usize),
    Link(usize, usize),
    Chmod(usize, u32),
    Chown(usize, u32),
    Utime(usize, u64),
    SetXattr(usize, u8),
    RemoveXattr(usize),
    Truncate(usize, u64),
    /// A pipe, a socket, or the device `null`.
    Special(usize, u8),
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let name = || 0..NAMES.len();
    let modes = prop_oneof![Just(0o600), Just(0o644), Just(0o755), Just(0o2711)];
    prop_oneof![
        2 => (name(), any::<u8>()).prop_map(|(a, b)| Op::Write(a, b)),
        1 => (name(), any::<u8>()).prop_map(|(a, b)| Op::Append(a, b)),
        1 => name().prop_map(Op::Open),
        2 => name().prop_map(Op::Mkdir),
        2 => name().prop_map(Op::Unlink),
        1 => name().prop_map(Op::Rmdir),
        1 => name().prop_map(Op::Rmtree),
        3 => (name(), name()).prop_map(|(a, b)| Op::Rename(a, b)),
        1 => (name(), name()).prop_map(|(a, b)| Op::Exchange(a, b)),
        1 => (name(), name()).prop_map(|(a, b)| Op::Symlink(a, b)),
        2 => (name(), name()).prop_map(|(a, b)| Op::Link(a, b)),
        1 => (name(), modes).prop_map(|(a, m)| Op::Chmod(a, m)),
        1 => (name(), 1_u32..4).prop_map(|(a, u)| Op::Chown(a, u)),
        1 => (name(), 1_u64..4).prop_map(|(a, t)| Op::Utime(a, t)),
        1 => (name(), 1_u8..4).prop_map(|(a, v)| Op::SetXattr(a, v)),
        1 => name().prop_map(Op::RemoveXattr),
        1 => (name(), 0_u64..5).prop_map(|(a, n)| Op::Truncate(a, n)),
        2 => (name(), 0_u8..3).prop_map(|(a, k)| Op::Special(a, k)),
    ]
}

/// Does it, and says whether it could. `moves_all` is whether directories that were there before can be moved.
pub(super) fn act(root: &Path, op: &Op, moves_all: bool) -> bool {
    let at = |name: &usize| root.join(NAMES[*name]);
    let is_dir = |path: &Path| path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
    // Opening a pipe waits for somebody on its other end.
    let opens = |path: &Path| !path.metadata().is_ok_and(|meta| meta.file_type().is_fifo());
    let open =
        |name: &usize, options: &mut OpenOptions| opens(&at(name)).then(|| options.open(at(name)).ok())?;
    let writing = |name: &usize| open(name, OpenOptions::new().write(true));
    match op {
        Op::Write(a, byte) => {
            let file = open(a, OpenOptions::new().write(true).create(true).truncate(true));
            file.is_some_and(|mut file: File| file.write_all(&[*byte; 3]).is_ok())
        }
        Op::Append(a, byte) => {
            let file = open(a, OpenOptions::new().append(true));
            file.is_some_and(|mut file| file.write_all(&[*byte]).is_ok())
        }
        Op::Open(a) => open(a, OpenOptions::new().read(true).write(true)).is_some(),
        Op::Mkdir(a) => fs::create_dir(at(a)).is_ok(),
        Op::Unlink(a) => fs::remove_file(at(a)).is_ok(),
        Op::Rmdir(a) => fs::remove_dir(at(a)).is_ok(),
        Op::Rmtree(a) => is_dir(&at(a)) && fs::remove_dir_all(at(a)).is_ok(),
        // An overlay of an ordinary user's cannot move a directory that was there before, and there the kernel refuses
        // to move a link onto another name of itself (EISDIR where a directory was, ESTALE on a tmpfs); so he moves
        // regular files with one name only.
        Op::Rename(a, b) => {
            let plain = |meta: fs::Metadata| meta.is_file() && meta.nlink() == 1;
            let may = moves_all || at(a).symlink_metadata().is_ok_and(plain);
            may && fs::rename(at(a), at(b)).is_ok()
        }
        Op::Exchange(a, b) => {
            moves_all && renameat_with(CWD, at(a), CWD, at(b), RenameFlags::EXCHANGE).is_ok()
        }
        Op::Symlink(a, b) => symlink(NAMES[*a], at(b)).is_ok(),
        Op::Link(a, b) => fs::hard_link(at(a), at(b)).is_ok(),
        Op::Chmod(a, _) | Op::Chown(a, _) | Op::Utime(a, _) | Op::SetXattr(a, _) | Op::RemoveXattr(a) => {
            opens(&at(a)) && describe(&at(a), op)
        }
        Op::Truncate(a, length) => writing(a).is_some_and(|file| file.set_len(*length).is_ok()),
        Op::Special(a, kind) => {
            let kind = match kind {
                0 => FileType::Fifo,
                1 => FileType::Socket,
                _ if crate::bed::is_root() => FileType::CharacterDevice,
                _ => return false,
            };
            let device = if kind == FileType::CharacterDevice {
                rustix::fs::makedev(1, 3)
            } else {
                0
            };
            mknodat(CWD, at(a), kind, Mode::from_raw_mode(0o644), device).is_ok()
        }
    }
}

/// Changes what is said about a file, not what is in it.
fn describe(path: &Path, op: &Op) -> bool {
    match op {
        Op::Chmod(_, mode) => {
            let is_dir = path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
            let mode = if is_dir { mode | 0o700 } else { *mode };
            fs::set_permissions(path, Permissions::from_mode(mode)).is_ok()
        }
        Op::Chown(_, owner) => crate::bed::is_root() && chown(path, Some(*owner), Some(*owner)).is_ok(),
        Op::Utime(_, seconds) => {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds);
            let file = OpenOptions::new().write(true).open(path);
            file.is_ok_and(|file| file.set_modified(time).is_ok())
        }
        Op::SetXattr(_, value) => {
            has_attributes(path)
                && rustix::fs::lsetxattr(path, "user.colour", &[*value], XattrFlags::empty()).is_ok()
        }
        Op::RemoveXattr(_) => has_attributes(path) && rustix::fs::lremovexattr(path, "user.colour").is_ok(),
        _ => false,
    }
}

/// Whether it may have attributes of a user's: what is no file and no directory has some on one file system only.
fn has_attributes(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|meta| meta.is_file() || meta.is_dir())
}

/// What is there before.
pub(super) fn plant(root: &Path) {
    for directory in ["d", "d/e", "g", "g/h"] {
        fs::create_dir(root.join(directory)).unwrap();
    }
    for file in ["a", "d/a", "d/e/f", "g/h/i"] {
        fs::write(root.join(file), file).unwrap();
    }
    symlink("d/a", root.join("l")).unwrap();
}
