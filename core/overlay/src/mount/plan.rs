//! What a view is put together from, decided before anything is mounted.

use std::collections::HashSet;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::make::clone_tree;
use super::skeleton;
use super::table::Mount;
use crate::error::PushError;
use crate::level::{Level, Region};
use crate::tree::is_empty;

/// The longest that a single file is copied when a view is made; a longer one is read-only in it.
pub(crate) const LONGEST_COPY: u64 = 1 << 20;

const OPENED: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// One piece of a view, at its path.
#[derive(Debug)]
pub(crate) enum Part {
    /// A directory tree that is copied as it is written.
    Overlay {
        path: PathBuf,
        /// Topmost first.
        layers: Vec<Arc<OwnedFd>>,
        /// The tree as it was, to compare with.
        old: Arc<OwnedFd>,
        attributes: MountAttrFlags,
    },
    /// A directory with nothing in it: a new one does what an overlay of it would do, at a fifth of the price.
    Empty {
        path: PathBuf,
        old: Arc<OwnedFd>,
        attributes: MountAttrFlags,
    },
    /// Shown as it is.
    Bind {
        path: PathBuf,
        source: Arc<OwnedFd>,
        read_only: bool,
        /// Whether it is a mount that nobody else needs where it is: moved, it does not have to be copied.
        is_free: bool,
    },
    /// A single file that is a mount: copied, and the copy mounted in its place.
    File { path: PathBuf, source: Arc<OwnedFd> },
    /// A directory tree of which a copy is taken.
    Copy { path: PathBuf, source: Arc<OwnedFd> },
    /// A directory of an ordinary user's root, made anew because something is mounted below it.
    Directory {
        path: PathBuf,
        old: Arc<OwnedFd>,
        names: Arc<HashSet<Vec<u8>>>,
    },
    /// What is no directory in such a directory.
    Keep {
        path: PathBuf,
        directory: Arc<OwnedFd>,
        kind: FileType,
        /// How many bytes a copy takes; nothing if it cannot be one.
        size: Option<u64>,
    },
}

impl Part {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Overlay { path, .. }
            | Self::Empty { path, .. }
            | Self::Bind { path, .. }
            | Self::File { path, .. }
            | Self::Copy { path, .. }
            | Self::Directory { path, .. }
            | Self::Keep { path, .. } => path,
        }
    }
}

impl Part {
    /// Whether what it is made from was removed since it was planned.
    pub(crate) fn has_vanished(&self) -> bool {
        match self {
            Self::Overlay { old: source, .. }
            | Self::Empty { old: source, .. }
            | Self::Directory { old: source, .. }
            | Self::Bind { source, .. }
            | Self::File { source, .. }
            | Self::Copy { source, .. } => {
                // With its directory a mount goes from every namespace, this one included, and cannot be shown any more.
                fstat(source).is_ok_and(|stat| stat.st_nlink == 0)
                    || matches!(clone_tree(source.as_fd(), "".as_ref()), Err(Errno::INVAL))
            }
            Self::Keep { path, directory, .. } => {
                let name = path.file_name().unwrap_or_default();
                matches!(
                    statat(directory, name, AtFlags::SYMLINK_NOFOLLOW),
                    Err(Errno::NOENT)
                )
            }
        }
    }
}

/// All pieces, parents first.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) parts: Vec<Part>,
    pub(crate) read_only: Vec<PathBuf>,
}

/// What the builder was asked for, with paths that hold no links.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) pass: Vec<PathBuf>,
    pub(crate) hide: Vec<PathBuf>,
    pub(crate) read_only: Vec<PathBuf>,
    pub(crate) copy: Vec<PathBuf>,
}

impl Wishes {
    /// Whether something else will stand at this path than what is there now.
    pub(crate) fn replace(&self, path: &Path) -> bool {
        let mut all = self.pass.iter().chain(&self.hide);
        all.any(|wish| path.starts_with(wish))
    }
}

/// Plans the first view of a thread from the mounts that it can reach.
pub(crate) fn plan_first(mounts: &[Mount], wishes: &Wishes, skeleton: bool) -> Result<Plan, PushError> {
    if mounts.first().is_none_or(|mount| mount.path != Path::new("/")) {
        return Err(PushError::ChrootedElsewhere);
    }
    let mut plan = Plan {
        parts: Vec::new(),
        read_only: Vec::new(),
    };
    if skeleton {
        plan.parts = skeleton::plan(mounts, wishes)?;
    } else {
        for mount in mounts.iter().filter(|mount| !wishes.replace(&mount.path)) {
            let mut part = whole(mount)?;
            if let Some(Part::Bind { is_free, path, .. }) = &mut part {
                *is_free = can_be_moved(path, &plan.parts);
            }
            plan.parts.extend(part);
        }
        if mounts.iter().any(|mount| mount.path == Path::new("/proc")) {
            plan.read_only.push("/proc/sys".into());
        }
    }
    let is_mount = |path: &Path| mounts.iter().any(|mount| mount.path == path);
    copies(&mut plan, wishes, &is_mount)?;
    finish(&mut plan, wishes);
    Ok(plan)
}

/// The ways to descriptors lead through /proc as long as the view is being made; and what is mounted below something
/// else that is moved comes along with it.
fn can_be_moved(path: &Path, parts: &[Part]) -> bool {
    let moves = |part: &Part| matches!(part, Part::Bind { is_free: true, path: above, .. } if path.starts_with(above));
    path != Path::new("/proc") && !parts.iter().any(moves)
}

/// Puts copies in the place of what is there. What is mounted below one is planned for itself already.
fn copies(plan: &mut Plan, wishes: &Wishes, is_mount: &dyn Fn(&Path) -> bool) -> Result<(), PushError> {
    for path in wishes.copy.iter().filter(|path| !wishes.replace(path)) {
        let stays =
            |part: &Part| !part.path().starts_with(path) || part.path() != path && is_mount(part.path());
        plan.parts.retain(stays);
        plan.parts.push(Part::Copy {
            path: path.clone(),
            source: Arc::new(open(path)?),
        });
    }
    Ok(())
}

/// Plans a view inside of another: the same pieces, with one layer more.
pub(crate) fn plan_nested(outer: &Level, wishes: &Wishes) -> Result<Plan, PushError> {
    let mut plan = Plan {
        parts: Vec::new(),
        read_only: outer.read_only.clone(),
    };
    for region in &outer.regions {
        match region {
            Region::Overlay(overlay) => plan.parts.push(Part::Overlay {
                path: overlay.path.clone(),
                layers: std::iter::once(&overlay.upper)
                    .chain(&overlay.layers)
                    .cloned()
                    .collect(),
                old: Arc::clone(&overlay.merged),
                attributes: overlay.attributes,
            }),
            Region::Copy(copy) => {
                plan.parts
                    .push(tree(copy.path.clone(), Arc::clone(&copy.new), copy.attributes));
            }
            Region::File(file) => plan.parts.push(Part::File {
                path: file.path.clone(),
                source: Arc::clone(&file.new),
            }),
            Region::Directory(directory) => {
                let known = |path: &Path| outer.knows(path);
                plan.parts
                    .extend(skeleton::again(&directory.path, &directory.new, wishes, &known)?);
            }
        }
    }
    plan.parts.extend(outer.binds.iter().map(|bind| Part::Bind {
        path: bind.path.clone(),
        source: Arc::clone(&bind.source),
        read_only: bind.read_only,
        is_free: false,
    }));
    plan.parts.retain(|part| !wishes.replace(part.path()));
    copies(&mut plan, wishes, &|path| outer.knows(path))?;
    finish(&mut plan, wishes);
    Ok(plan)
}

fn finish(plan: &mut Plan, wishes: &Wishes) {
    plan.parts.sort_by(|a, b| a.path().cmp(b.path()));
    plan.read_only.extend(wishes.read_only.iter().cloned());
}

/// One mount of a root that can be overlaid as a whole.
fn whole(mount: &Mount) -> Result<Option<Part>, PushError> {
    let below_system = |system: &str| mount.path.starts_with(system) && mount.path != Path::new(system);
    if below_system("/proc") || below_system("/sys") {
        // Comes along with its parent.
        return Ok(None);
    }
    match open_mount(mount)? {
        Some(source) => part_of(mount, source).map(Some),
        None => Ok(None),
    }
}

/// A directory tree, of which the kernel is to make an overlay unless there is nothing in it.
pub(super) fn tree(path: PathBuf, old: Arc<OwnedFd>, attributes: MountAttrFlags) -> Part {
    if is_empty(&old) {
        return Part::Empty {
            path,
            old,
            attributes,
        };
    }
    overlay(path, old, attributes)
}

fn overlay(path: PathBuf, old: Arc<OwnedFd>, attributes: MountAttrFlags) -> Part {
    Part::Overlay {
        path,
        layers: vec![Arc::clone(&old)],
        old,
        attributes,
    }
}

/// Opens a mount; nothing if it has just vanished, with the directory that it was on.
pub(super) fn open_mount(mount: &Mount) -> Result<Option<Arc<OwnedFd>>, PushError> {
    let path = &mount.path;
    match openat(CWD, path, OPENED, Mode::empty()) {
        Ok(source) => Ok(Some(Arc::new(source))),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(PushError::step(|| format!("open {}", path.display()))(errno)),
    }
}

/// The piece that stands for a mount without regard to what is mounted below it.
pub(super) fn part_of(mount: &Mount, source: Arc<OwnedFd>) -> Result<Part, PushError> {
    let path = mount.path.clone();
    let Ok(stat) = fstat(&source) else {
        // FUSE lets in nobody but its user, not even root; or its server has died. It comes as it is.
        return Ok(Part::Bind {
            path,
            source,
            read_only: true,
            is_free: false,
        });
    };
    let kind = FileType::from_raw_mode(stat.st_mode);
    Ok(match kind {
        // Whoever serves another file system may take long to list it, or count who asks.
        FileType::Directory if mount.holds_data() && mount.kind == "tmpfs" => {
            tree(path, source, mount.attributes)
        }
        FileType::Directory if mount.holds_data() => overlay(path, source, mount.attributes),
        // Settings of the machine: what is written there reaches it at once.
        FileType::Directory => Part::Bind {
            read_only: mount.kind == "sysfs",
            path,
            source,
            is_free: false,
        },
        FileType::RegularFile if mount.holds_data() => Part::File { path, source },
        // A device or a socket does its work on a read-only mount, too; only its mode is safe there.
        _ => Part::Bind {
            path,
            source,
            read_only: true,
            is_free: false,
        },
    })
}

pub(super) fn open(path: &Path) -> Result<OwnedFd, PushError> {
    openat(CWD, path, OPENED, Mode::empty()).map_err(PushError::step(|| format!("open {}", path.display())))
}
