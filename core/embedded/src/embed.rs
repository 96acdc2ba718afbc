//! The stack as files: the programs and the client library, as others expect to find them.
//!
//! The executable that this crate is linked into is both programs, and carries the bytes of the client library.

use std::{
    env, fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

/// File name of the daemon.
pub const DAEMON: &str = "gkfs_daemon";
/// File name of the client program.
pub const CLIENT: &str = "gkfs.io";
/// File name of the client library.
pub const LIBRARY: &str = "libgkfs_intercept.so";

/// The client library; empty where it does not exist for the machine.
static LIBRARY_BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libgkfs_intercept.so"));

/// How the programs get into the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As copies, which stay when the executable goes.
    Copy,
    /// As symbolic links to the executable.
    Symlink,
}

/// An installed stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The directory that holds all of it.
    pub dir: PathBuf,
    /// The daemon's program.
    pub daemon: PathBuf,
    /// The client program.
    pub client: PathBuf,
    /// The client library.
    pub library: PathBuf,
}

/// Why a stack was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The client library does not exist for this machine.
    #[error("the embedded stack needs Linux on x86-64: its client library was not built for this machine")]
    Unsupported,
    /// A file could not be made.
    #[error("cannot install {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No directory can be trusted.
    #[error("cannot unpack anything in {}: it belongs to user {owner}; set XDG_CACHE_HOME to a directory of yours", dir.display())]
    Foreign {
        /// The directory.
        dir: PathBuf,
        /// Whose it is.
        owner: u32,
    },
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> InstallError + '_ {
    |source| InstallError::File {
        path: path.to_owned(),
        source,
    }
}

impl Installed {
    fn in_dir(dir: &Path) -> Installed {
        Installed {
            dir: dir.to_owned(),
            daemon: dir.join(DAEMON),
            client: dir.join(CLIENT),
            library: dir.join(LIBRARY),
        }
    }

    /// Whether this is what installing `exe` as links would give.
    fn is_complete(&self, exe: &Path) -> bool {
        let links_to_exe = |program| fs::read_link(program).is_ok_and(|target| target == exe);
        links_to_exe(&self.daemon)
            && links_to_exe(&self.client)
            && fs::metadata(&self.library).is_ok_and(|library| library.len() == LIBRARY_BYTES.len() as u64)
    }
}

/// Writes the stack flat into `dir`, which is made if missing: `exe` under the names of the programs, and the
/// client library.
///
/// Each file appears whole under its name, over the one that was there, also while that one is in use.
pub fn install(dir: &Path, exe: &Path, how: How) -> Result<Installed, InstallError> {
    if LIBRARY_BYTES.is_empty() {
        return Err(InstallError::Unsupported);
    }
    fs::create_dir_all(dir).map_err(at(dir))?;
    let installed = Installed::in_dir(dir);
    for program in [&installed.daemon, &installed.client] {
        put_program(dir, exe, program, how).map_err(at(program))?;
    }
    put_library(dir, &installed.library).map_err(at(&installed.library))?;
    Ok(installed)
}

fn put_program(dir: &Path, exe: &Path, program: &Path, how: How) -> io::Result<()> {
    match how {
        How::Copy => {
            let new = NamedTempFile::new_in(dir)?;
            fs::copy(exe, new.path())?;
            persist(new, program)
        }
        How::Symlink => {
            let make = |path: &Path| symlink(exe, path);
            let new = tempfile::Builder::new().prefix(".gkfs").make_in(dir, make)?;
            new.into_temp_path().persist(program).map_err(|error| error.error)
        }
    }
}

fn put_library(dir: &Path, library: &Path) -> io::Result<()> {
    let new = NamedTempFile::new_in(dir)?;
    fs::write(new.path(), LIBRARY_BYTES)?;
    persist(new, library)
}

fn persist(new: NamedTempFile, to: &Path) -> io::Result<()> {
    fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755))?;
    // Closed first: a program that is open for writing cannot be executed.
    new.into_temp_path().persist(to).map_err(|error| error.error)
}

/// A stack that is ready to use, made at most once for each build of the executable: symbolic links to the
/// executable that runs now, in the user's cache directory, or else in one for temporary files.
pub fn ready() -> Result<Installed, InstallError> {
    let exe = env::current_exe().map_err(at(Path::new("/proc/self/exe")))?;
    let build = build_id(&exe).map_err(at(&exe))?;
    let base = cache_dir("stack")?;
    let installed = Installed::in_dir(&base.join(build));
    if installed.is_complete(&exe) {
        return Ok(installed);
    }
    install(&installed.dir, &exe, How::Symlink)
}

/// What tells this build of the executable from others: where it is, and its bytes' and the library's marks.
fn build_id(exe: &Path) -> io::Result<String> {
    let meta = fs::metadata(exe)?;
    let marks = format!(
        "{}\n{}\n{}\n{}",
        exe.display(),
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec()
    );
    Ok(format!(
        "{:016x}{:016x}",
        xxh3_64(marks.as_bytes()),
        xxh3_64(LIBRARY_BYTES)
    ))
}

/// A directory of this user alone, for what is unpacked and run from there.
pub fn cache_dir(name: &str) -> Result<PathBuf, InstallError> {
    let uid = rustix::process::geteuid().as_raw();
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    let own = cache.map(|cache| cache.join("gkfs-bench").join(name));
    let shared = env::temp_dir().join(format!("gkfs-bench-{name}-{uid}"));
    let dir = match own {
        Some(own) if make_private(&own).is_ok() => own,
        _ => {
            make_private(&shared).map_err(at(&shared))?;
            shared
        }
    };
    let owner = fs::metadata(&dir).map_err(at(&dir))?.uid();
    if owner == uid {
        Ok(dir)
    } else {
        Err(InstallError::Foreign { dir, owner })
    }
}

fn make_private(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_stack_replaces_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let exe = env::current_exe().unwrap();
        for how in [How::Symlink, How::Copy, How::Symlink] {
            let installed = match install(dir.path(), &exe, how) {
                Err(InstallError::Unsupported) => {
                    println!("SKIP: {}", InstallError::Unsupported);
                    return;
                }
                installed => installed.unwrap(),
            };
            assert_eq!(
                fs::symlink_metadata(&installed.daemon).unwrap().is_symlink(),
                how == How::Symlink
            );
            assert_eq!(
                fs::metadata(&installed.client).unwrap().permissions().mode() & 0o111,
                0o111
            );
            assert_eq!(fs::read(&installed.library).unwrap(), LIBRARY_BYTES);
            assert_eq!(installed.is_complete(&exe), how == How::Symlink);
            assert_eq!(
                fs::read_dir(dir.path()).unwrap().count(),
                3,
                "nothing is left over"
            );
        }
    }
}
