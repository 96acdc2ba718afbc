//! Making a view: every step can fail, and until the last one the thread can be put back where it was.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, chmodat, fstat, mkdirat, openat, readlinkat, statat, symlinkat,
    unlinkat, utimensat,
};
use rustix::fs::{FsWord, fstatfs};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};
use rustix::process::{chdir, chroot, fchdir};

use crate::error::PushError;
use crate::level::{Bind, Fallback, Level, Made, Overlaid, Region, Stamp};
use crate::mount::{LONGEST_COPY, Limits, Needs, Wishes, below_root, resemble, times};
use crate::mount::{MakeError, Part, Plan, Store, attach, clone_tree, mount_points, plan_first, plan_nested};
use crate::place::{Place, lost};
use crate::{mask, sys, userns, verify};

const OVERLAYFS: FsWord = 0x794c_7630;

/// Undoes what was done so far, unless the push succeeds.
struct Undo<'a> {
    place: &'a Place,
    nested: bool,
    memory: Option<OwnedFd>,
    armed: bool,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let memory = self.memory.as_ref().map(AsFd::as_fd);
        if let Err(error) = leave(self.place, self.nested, memory) {
            lost(error);
        }
    }
}

/// Puts the thread back; what was mounted for a nested view is taken away.
pub(crate) fn leave(place: &Place, nested: bool, memory: Option<BorrowedFd<'_>>) -> Result<(), Errno> {
    if !nested {
        // The namespace ends with the last of its threads and processes, and all mounts with it.
        return place.go_back();
    }
    sys::unshare_place().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::PERM))?;
    if let Some(memory) = memory {
        fchdir(memory)?;
        unmount(".", UnmountFlags::DETACH)?;
    }
    place.go_back_within()
}

/// Makes a view for this thread: of the machine, or of the view that it is in.
pub(crate) fn push(outer: Option<&Level>, wishes: &Wishes, limits: Limits) -> Result<Level, PushError> {
    if !userns::may_mount() {
        return Err(no_privilege());
    }
    let place = Place::of_this_thread()?;
    let ordinary_user = userns::is_own();
    if outer.is_none() {
        sys::unshare_mounts().map_err(refused)?;
    } else {
        sys::unshare_place().map_err(refused)?;
    }
    let mut undo = Undo {
        place: &place,
        nested: outer.is_some(),
        memory: None,
        armed: true,
    };
    let plan = match outer {
        None => {
            let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
            mount_change("/", private).map_err(|errno| match errno {
                Errno::INVAL => PushError::ChrootedElsewhere,
                errno => PushError::step("make the mounts private")(errno),
            })?;
            plan_first(&mount_points()?, wishes, ordinary_user)?
        }
        Some(outer) => {
            if let Some(path) = crate::mount::foreign_mounts(&outer.mounts)?.pop() {
                return Err(PushError::MountedInside { path });
            }
            plan_nested(outer, wishes)?
        }
    };
    let store = Store::new(limits, needs(&plan), ordinary_user)?;
    let memory = store.fd().try_clone_to_owned();
    undo.memory = Some(memory.map_err(|source| PushError::Step {
        what: "keep the memory open".into(),
        source,
    })?);
    let mut builder = Assembly {
        store,
        wishes,
        root: None,
        regions: Vec::new(),
        binds: Vec::new(),
        fallbacks: Vec::new(),
    };
    builder.assemble(&plan)?;
    let root = builder.pass_through()?;
    enter(&root, &place.cwd_path)?;
    verify::verify(&place, &builder.regions)?;
    builder.stamp();
    for path in &plan.read_only {
        make_read_only(&root, path)?;
    }
    let mounts = mount_points()?.into_iter().map(|mount| mount.id).collect();
    undo.armed = false;
    drop(undo);
    let mut hidden = outer.map(|outer| outer.hidden.clone()).unwrap_or_default();
    hidden.extend(wishes.hide.iter().cloned());
    Ok(Level {
        store: builder.store,
        regions: builder.regions,
        binds: builder.binds,
        fallbacks: builder.fallbacks,
        read_only: plan.read_only,
        hidden,
        mounts,
        ordinary_user,
        before: place,
    })
}

/// What the view itself takes of its memory, beyond what is written in it.
fn needs(plan: &Plan) -> Needs {
    let copied = |part: &Part| match part {
        Part::Keep { size: Some(size), .. } => size.next_multiple_of(4096),
        Part::File { source, .. } => {
            fstat(source).map_or(0, |stat| stat.st_size.cast_unsigned().next_multiple_of(4096))
        }
        _ => 0,
    };
    Needs {
        inodes: 8 + 6 * plan.parts.len() as u64,
        bytes: plan.parts.iter().map(copied).sum(),
    }
}

fn no_privilege() -> PushError {
    let reason = match userns::refused() {
        Some(refused) => refused.to_owned(),
        None => "CAP_SYS_ADMIN and CAP_SYS_CHROOT are needed; be root, or write \
                 `gkfs_overlay::enter_user_namespace_before_main!()` at the top of the program"
            .into(),
    };
    PushError::NoPrivilege { reason }
}

fn refused(source: io::Error) -> PushError {
    PushError::NoPrivilege {
        reason: format!("a mount namespace was refused: {source}"),
    }
}

/// Changes over to the view: root first, then the working directory by its name.
fn enter(root: &OwnedFd, cwd: &Path) -> Result<(), PushError> {
    fchdir(root).map_err(PushError::step("enter the view"))?;
    chroot(".").map_err(PushError::step("enter the view"))?;
    chdir(cwd).map_err(PushError::step(format!(
        "find the working directory {} in the view",
        cwd.display()
    )))
}

fn make_read_only(root: &OwnedFd, path: &Path) -> Result<(), PushError> {
    let failed = |source: io::Error| PushError::Path {
        option: "read_only",
        path: path.to_owned(),
        source,
    };
    if path == Path::new("/") {
        return sys::make_read_only(root.as_fd()).map_err(failed);
    }
    let relative = below_root(path);
    let copy = clone_tree(root.as_fd(), relative.as_os_str()).map_err(|errno| failed(errno.into()))?;
    sys::make_read_only(copy.as_fd()).map_err(failed)?;
    attach(copy.as_fd(), root.as_fd(), path).map_err(|errno| failed(errno.into()))
}

/// The view while it is put together, below its own root and seen by nobody.
struct Assembly<'a> {
    store: Store,
    wishes: &'a Wishes,
    root: Option<Arc<OwnedFd>>,
    regions: Vec<Region>,
    binds: Vec<Bind>,
    fallbacks: Vec<Fallback>,
}

impl Assembly<'_> {
    fn assemble(&mut self, plan: &Plan) -> Result<(), PushError> {
        for part in &plan.parts {
            match self.part(part) {
                // Others go on working below: what they have removed meanwhile is not in the view.
                Err(_) if self.root.is_some() && part.has_vanished() => {
                    // With what was made for it to be mounted on.
                    let _ = unlinkat(self.root_fd()?, at(part.path()), AtFlags::empty());
                }
                result => result?,
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
            Part::Bind {
                path,
                source,
                read_only,
            } => self.bind(path, source, *read_only),
            Part::File { path, source } => self.file(path, source),
            Part::Directory { path, old, names } => self.directory(path, old, names),
            Part::Keep {
                path,
                directory,
                kind,
                size,
            } => self.keep(path, directory, *kind, size.is_some()),
        }
    }

    fn attach(&mut self, mount: OwnedFd, path: &Path) -> Result<Arc<OwnedFd>, PushError> {
        let mount = Arc::new(mount);
        match &self.root {
            Some(root) => attach(mount.as_fd(), root.as_fd(), path)
                .map_err(PushError::step(format!("mount the view of {}", path.display())))?,
            None => {
                let flags = rustix::mount::MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
                rustix::mount::move_mount(&*mount, "", rustix::fs::CWD, "/", flags)
                    .map_err(PushError::step("mount the view's root"))?;
                self.root = Some(Arc::clone(&mount));
            }
        }
        Ok(mount)
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
                let merged = self.attach(mount, path)?;
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
            Err(error) if path == Path::new("/") || full(error.errno) => {
                Err(overlay_failed(path, old, error))
            }
            Err(error) => {
                let reason = overlay_failed(path, old, error).to_string();
                self.fall_back(path, old, reason)
            }
        }
    }

    /// Not copy-on-write, but safe: whoever writes there gets EROFS.
    fn fall_back(&mut self, path: &Path, source: &Arc<OwnedFd>, reason: String) -> Result<(), PushError> {
        self.fallbacks.push(Fallback {
            path: path.to_owned(),
            reason,
        });
        self.bind(path, source, true)
    }

    fn bind(&mut self, path: &Path, source: &Arc<OwnedFd>, read_only: bool) -> Result<(), PushError> {
        let failed = || PushError::step(format!("show {} in the view", path.display()));
        self.target_exists(path, source)?;
        let copy = clone_tree(source.as_fd(), "".as_ref()).map_err(failed())?;
        if read_only {
            sys::make_read_only(copy.as_fd()).map_err(|source| PushError::Step {
                what: format!("make {} read-only in the view", path.display()),
                source,
            })?;
        }
        self.attach(copy, path)?;
        self.binds.push(Bind {
            path: path.to_owned(),
            source: Arc::clone(source),
            read_only,
        });
        Ok(())
    }

    /// A file that is a mount cannot be overlaid; a copy of it takes its place.
    fn file(&mut self, path: &Path, source: &Arc<OwnedFd>) -> Result<(), PushError> {
        let failed = || PushError::step(format!("copy the mounted file {}", path.display()));
        let stat = fstat(source).map_err(failed())?;
        if stat.st_size.cast_unsigned() > LONGEST_COPY {
            return self.fall_back(path, source, "a mounted file of that size is not copied".into());
        }
        let (directory, _) = self.store.directory("f").map_err(failed())?;
        if let Err(error) = copy_file(source, &directory, "file") {
            return self.fall_back(
                path,
                source,
                format!("a mounted file that cannot be read: {error}"),
            );
        }
        self.target_exists(path, source)?;
        let copy = clone_tree(directory.as_fd(), "file".as_ref()).map_err(failed())?;
        let new = self.attach(copy, path)?;
        self.regions.push(Region::File(Made {
            path: path.to_owned(),
            old: Arc::clone(source),
            new,
            entries: Arc::default(),
        }));
        Ok(())
    }

    fn directory(
        &mut self,
        path: &Path,
        old: &Arc<OwnedFd>,
        names: &Arc<HashSet<Vec<u8>>>,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(format!("make {} in the view", path.display()));
        if self.root.is_none() {
            let (directory, _) = self.store.directory("s").map_err(failed())?;
            resemble(&directory, old.as_fd()).map_err(failed())?;
            let mount = clone_tree(directory.as_fd(), "".as_ref()).map_err(failed())?;
            self.attach(mount, path)?;
        } else {
            self.make_directory(path)?;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let new = openat(self.root_fd()?, at(path), flags, Mode::empty()).map_err(failed())?;
        resemble(&new, old.as_fd()).map_err(failed())?;
        self.regions.push(Region::Directory(Made {
            path: path.to_owned(),
            old: Arc::clone(old),
            new: Arc::new(new),
            entries: Arc::new(
                names
                    .iter()
                    .map(|name| (name.clone(), Stamp::default()))
                    .collect(),
            ),
        }));
        Ok(())
    }

    fn keep(
        &mut self,
        path: &Path,
        directory: &Arc<OwnedFd>,
        kind: FileType,
        copy: bool,
    ) -> Result<(), PushError> {
        let failed = || PushError::step(format!("keep {} in the view", path.display()));
        let name = path.file_name().unwrap_or_default();
        if kind == FileType::Symlink {
            let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed())?;
            let target = readlinkat(directory, name, Vec::new()).map_err(failed())?;
            let root = self.root_fd()?;
            symlinkat(&*target, root, at(path)).map_err(failed())?;
            return utimensat(root, at(path), &times(&stat), AtFlags::SYMLINK_NOFOLLOW).map_err(failed());
        }
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let source = Arc::new(openat(directory, name, flags, Mode::empty()).map_err(failed())?);
        if copy {
            let root = self
                .root_fd()?
                .try_clone_to_owned()
                .map_err(|source| PushError::Step {
                    what: "keep the root open".into(),
                    source,
                })?;
            if copy_file(&source, &root, &at(path)).is_ok() {
                return Ok(());
            }
        }
        self.bind(path, &source, true)
    }

    /// Notes how everything in directories that were made looks before anybody touches it.
    fn stamp(&mut self) {
        for region in &mut self.regions {
            if let Region::Directory(made) = region {
                let stamp = |name: &Vec<u8>| statat(&made.new, &**name, AtFlags::SYMLINK_NOFOLLOW);
                let entries = made
                    .entries
                    .keys()
                    .filter_map(|name| Some((name.clone(), Stamp::from(&stamp(name).ok()?))));
                made.entries = Arc::new(entries.collect());
            }
        }
    }

    fn root_fd(&self) -> Result<BorrowedFd<'_>, PushError> {
        // Plans begin with the root.
        self.root
            .as_ref()
            .map(AsFd::as_fd)
            .ok_or(PushError::ChrootedElsewhere)
    }

    /// In a root made anew, mount points must be made, too.
    fn root_directory_exists(&self, path: &Path) -> Result<(), PushError> {
        match &self.root {
            Some(_) if self.store.user_xattr => self.make_directory(path),
            _ => Ok(()),
        }
    }

    fn make_directory(&self, path: &Path) -> Result<(), PushError> {
        match mkdirat(self.root_fd()?, at(path), Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST | Errno::ROFS) => Ok(()),
            Err(errno) => Err(PushError::step(format!("make {} in the view", path.display()))(
                errno,
            )),
        }
    }

    fn target_exists(&self, path: &Path, source: &OwnedFd) -> Result<(), PushError> {
        if !self.store.user_xattr || self.root.is_none() {
            return Ok(());
        }
        let failed = || PushError::step(format!("make {} in the view", path.display()));
        let stat = fstat(source).map_err(failed())?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return self.make_directory(path);
        }
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        match openat(self.root_fd()?, at(path), flags, Mode::from_raw_mode(0o644)) {
            Ok(_) | Err(Errno::EXIST | Errno::ROFS) => Ok(()),
            Err(errno) => Err(failed()(errno)),
        }
    }

    /// Binds what is to reach the machine, last, over all else.
    fn pass_through(&mut self) -> Result<Arc<OwnedFd>, PushError> {
        let root = self.root.clone().ok_or(PushError::ChrootedElsewhere)?;
        for path in self.wishes.pass.clone() {
            let failed = |errno: Errno| PushError::Path {
                option: "pass",
                path: path.clone(),
                source: errno.into(),
            };
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let source = openat(rustix::fs::CWD, &path, flags, Mode::empty()).map_err(failed)?;
            self.bind(&path, &Arc::new(source), false)?;
        }
        Ok(root)
    }
}

fn at(path: &Path) -> PathBuf {
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
        errno if full(errno) => PushError::step(format!("make the view of {}", path.display()))(errno),
        errno => PushError::NotOverlayable {
            mount: path,
            source: errno.into(),
            log: error.log,
        },
    }
}

/// Copies a file that is only known by a descriptor without rights, with its mode and times.
fn copy_file(source: &OwnedFd, directory: &OwnedFd, name: impl rustix::path::Arg + Copy) -> io::Result<()> {
    let mut from = File::open(format!("/proc/self/fd/{}", source.as_raw_fd()))?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut to = File::from(openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?);
    io::copy(&mut from, &mut to)?;
    let stat = fstat(source)?;
    chmodat(
        directory,
        name,
        Mode::from_raw_mode(stat.st_mode),
        AtFlags::empty(),
    )?;
    Ok(utimensat(directory, name, &times(&stat), AtFlags::empty())?)
}
