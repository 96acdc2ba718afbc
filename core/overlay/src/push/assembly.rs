//! The view while it is put together: overlays, binds and all else at their places, below a root that nobody sees yet.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, FsWord, Mode, OFlags, fstatfs, openat, unlinkat};
use rustix::io::Errno;

use crate::error::PushError;
use crate::level::{Bind, Fallback, Overlaid, Region};
use crate::mount::{MakeError, Part, Plan, Store, Wishes, attach, below_root, clone_tree};
use crate::{mask, sys};

const OVERLAYFS: FsWord = 0x794c_7630;

/// The view while it is put together, below its own root and seen by nobody.
pub(super) struct Assembly<'a> {
    pub(super) store: Store,
    pub(super) wishes: &'a Wishes,
    pub(super) root: Option<Arc<OwnedFd>>,
    pub(super) regions: Vec<Region>,
    pub(super) binds: Vec<Bind>,
    pub(super) fallbacks: Vec<Fallback>,
    /// Why the first overlay was refused that was.
    pub(super) refused: Option<PushError>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(store: Store, wishes: &'a Wishes) -> Self {
        Self {
            store,
            wishes,
            root: None,
            regions: Vec::new(),
            binds: Vec::new(),
            fallbacks: Vec::new(),
            refused: None,
        }
    }
}

impl Assembly<'_> {
    pub(super) fn assemble(&mut self, plan: &Plan) -> Result<(), PushError> {
        let passing = passing(&self.wishes.pass)?;
        for part in &plan.parts {
            match self.part(part) {
                // Others go on working below: what they have removed meanwhile is not in the view.
                Err(_) if self.root.is_some() && part.has_vanished() => self.leave_out(part.path())?,
                result => result?,
            }
        }
        // A kernel that makes no overlay for this user, or of this root: in such a view nothing could be written.
        let is_writable = |region: &Region| match region {
            Region::Overlay(_) => true,
            // Of what was asked for; an empty directory is not what anybody comes for.
            Region::Copy(copy) => self.wishes.copy.contains(&copy.path),
            _ => false,
        };
        match self.refused.take() {
            Some(error) if !self.regions.iter().any(is_writable) => Err(error),
            _ => self.pass_through(passing),
        }
    }

    fn leave_out(&mut self, path: &Path) -> Result<(), PushError> {
        self.fallbacks.retain(|fallback| fallback.path != path);
        // In a root that is made anew, with what was made for it to be mounted on.
        if self.store.user_xattr {
            for flags in [AtFlags::empty(), AtFlags::REMOVEDIR] {
                let _ = unlinkat(self.root_fd()?, at(path), flags);
            }
        }
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Result<(), PushError> {
        match part {
            Part::Overlay {
                path,
                layers,
                old,
                attributes,
            } => {
                let mut layers = layers.clone();
                if let Some(mask) = mask::layer(&mut self.store, path, old, &self.wishes.hide)? {
                    layers.insert(0, Arc::new(mask));
                }
                self.overlay(path, layers, old, *attributes)
            }
            Part::Empty {
                path,
                old,
                attributes,
            } => self.empty(path, old, *attributes),
            Part::Bind {
                path,
                source,
                read_only,
                is_free,
            } => match is_free {
                true => self.show(path, source, source, *read_only),
                false => self.bind(path, source, *read_only),
            },
            Part::File { path, source } => self.file(path, source),
            Part::Copy { path, source } => self.copy(path, source),
            Part::Directory { path, old, names } => self.directory(path, old, names),
            Part::Keep {
                path,
                directory,
                kind,
                size,
            } => self.keep(path, directory, *kind, size.is_some()),
        }
    }

    pub(super) fn attach(&mut self, mount: &Arc<OwnedFd>, path: &Path) -> Result<(), PushError> {
        match &self.root {
            Some(root) => attach(mount.as_fd(), root.as_fd(), path).map_err(PushError::step(|| {
                format!("mount the view of {}", path.display())
            }))?,
            None => {
                let flags = rustix::mount::MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
                rustix::mount::move_mount(&**mount, "", rustix::fs::CWD, "/", flags)
                    .map_err(PushError::step(|| "mount the view's root"))?;
                self.root = Some(Arc::clone(mount));
            }
        }
        Ok(())
    }

    fn overlay(
        &mut self,
        path: &Path,
        layers: Vec<Arc<OwnedFd>>,
        old: &Arc<OwnedFd>,
        attributes: rustix::mount::MountAttrFlags,
    ) -> Result<(), PushError> {
        match self.store.overlay(&layers, old.as_fd(), attributes) {
            Ok((upper, mount)) => {
                self.root_directory_exists(path)?;
                let merged = Arc::new(mount);
                self.attach(&merged, path)?;
                self.regions.push(Region::Overlay(Overlaid {
                    path: path.to_owned(),
                    upper: Arc::new(upper),
                    layers,
                    old: Arc::clone(old),
                    merged,
                    attributes,
                }));
                Ok(())
            }
            Err(error) if self.is_needed(path) || full(error.errno) => Err(overlay_failed(path, old, error)),
            Err(error) => {
                let error = overlay_failed(path, old, error);
                let reason = error.to_string();
                self.refused.get_or_insert(error);
                self.fall_back(path, old, reason)
            }
        }
    }

    /// Without its root a view is nothing that one could work in, unless it was said where.
    fn is_needed(&self, path: &Path) -> bool {
        path == Path::new("/") && self.wishes.copy.is_empty()
    }

    /// Not copy-on-write, but safe: whoever writes there gets EROFS.
    pub(super) fn fall_back(
        &mut self,
        path: &Path,
        source: &Arc<OwnedFd>,
        reason: String,
    ) -> Result<(), PushError> {
        self.fallbacks.push(Fallback {
            path: path.to_owned(),
            reason,
        });
        self.bind(path, source, true)
    }

    pub(super) fn bind(
        &mut self,
        path: &Path,
        source: &Arc<OwnedFd>,
        read_only: bool,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(|| format!("show {} in the view", path.display()));
        self.target_exists(path, source)?;
        let copy = clone_tree(source.as_fd(), "".as_ref()).map_err(failed())?;
        self.show(path, &Arc::new(copy), source, read_only)
    }

    fn show(
        &mut self,
        path: &Path,
        mount: &Arc<OwnedFd>,
        source: &Arc<OwnedFd>,
        read_only: bool,
    ) -> Result<(), PushError> {
        if read_only {
            let what = || format!("make {} read-only in the view", path.display());
            sys::make_read_only(mount.as_fd()).map_err(PushError::failed(what))?;
        }
        self.attach(mount, path)?;
        self.binds.push(Bind {
            path: path.to_owned(),
            source: Arc::clone(source),
            read_only,
        });
        Ok(())
    }

    /// Shows what is to reach the machine, over all else.
    fn pass_through(&mut self, passing: Vec<(&Path, Arc<OwnedFd>)>) -> Result<(), PushError> {
        for (path, mount) in passing {
            self.target_exists(path, &mount)?;
            self.show(path, &mount, &mount, false)?;
        }
        Ok(())
    }

    /// The view's root, with all that is mounted on it.
    pub(super) fn root(&self) -> Result<Arc<OwnedFd>, PushError> {
        // Plans begin with the root.
        self.root.clone().ok_or(PushError::ChrootedElsewhere)
    }

    pub(super) fn root_fd(&self) -> Result<BorrowedFd<'_>, PushError> {
        self.root
            .as_ref()
            .map(AsFd::as_fd)
            .ok_or(PushError::ChrootedElsewhere)
    }
}

/// Copies the mounts of what is to pass, as they are before any is moved or made read-only.
fn passing(paths: &[PathBuf]) -> Result<Vec<(&Path, Arc<OwnedFd>)>, PushError> {
    let copied = |path: &PathBuf| {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let source = openat(rustix::fs::CWD, path, flags, Mode::empty())?;
        clone_tree(source.as_fd(), "".as_ref())
    };
    let one = |path| match copied(path) {
        Ok(mount) => Ok((path.as_path(), Arc::new(mount))),
        Err(errno) => Err(PushError::Path {
            option: "pass",
            path: path.clone(),
            source: errno.into(),
        }),
    };
    paths.iter().map(one).collect()
}

pub(super) fn at(path: &Path) -> PathBuf {
    let relative = below_root(path);
    if relative.as_os_str().is_empty() {
        ".".into()
    } else {
        relative
    }
}

fn full(errno: Errno) -> bool {
    matches!(errno, Errno::NOSPC | Errno::NOMEM | Errno::MFILE | Errno::NFILE)
}

fn overlay_failed(path: &Path, old: &OwnedFd, error: MakeError) -> PushError {
    let path = path.to_owned();
    let on_overlay = fstatfs(old).is_ok_and(|stat| stat.f_type == OVERLAYFS);
    match error.errno {
        Errno::INVAL if on_overlay => PushError::StackingDepth { path },
        Errno::NODEV => PushError::NoOverlays {
            source: error.errno.into(),
        },
        errno if full(errno) => PushError::step(|| format!("make the view of {}", path.display()))(errno),
        errno => PushError::NotOverlayable {
            mount: path,
            source: errno.into(),
            log: error.log,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_without_overlays_is_told_what_it_lacks() {
        let root = std::fs::File::open("/").unwrap().into();
        let error = MakeError {
            errno: Errno::NODEV,
            log: String::new(),
        };
        let error = overlay_failed(Path::new("/"), &root, error);
        assert!(matches!(error, PushError::NoOverlays { .. }) && error.is_unsupported());
        let text = error.to_string();
        assert!(
            text.contains("modprobe overlay") && text.contains("CONFIG_OVERLAY_FS"),
            "{text}"
        );
    }
}
