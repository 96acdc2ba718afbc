//! Making a view: every step can fail, and until the last one the thread can be put back where it was.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::fstat;
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};
use rustix::process::{chdir, chroot, fchdir};

use crate::error::PushError;
use crate::level::Level;
use crate::mount::{KnownMounts, Limits, Needs, Part, Plan, Store, Wishes};
use crate::mount::{attach, below_root, clone_tree, mount_points, plan_first, plan_nested};
use crate::place::{Place, lost};
use crate::{sys, userns, verify};
use assembly::Assembly;

mod assembly;
mod copy;
mod pieces;

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
    let plan = plan(outer, wishes, ordinary_user)?;
    let store = Store::new(limits, needs(&plan, limits), ordinary_user)?;
    let memory = store.fd().try_clone_to_owned();
    undo.memory = Some(memory.map_err(PushError::failed(|| "keep the memory open"))?);
    let assembly = assemble(&plan, store, wishes, &place)?;
    let mounts = KnownMounts::now()?;
    undo.armed = false;
    drop(undo);
    let mut hidden = outer.map(|outer| outer.hidden.clone()).unwrap_or_default();
    hidden.extend(wishes.hide.iter().cloned());
    Ok(Level {
        store: assembly.store,
        regions: assembly.regions,
        binds: assembly.binds,
        fallbacks: assembly.fallbacks,
        read_only: plan.read_only,
        hidden,
        mounts,
        ordinary_user,
        before: place,
    })
}

/// Puts the view together, enters it, and proves that it holds.
fn assemble<'a>(
    plan: &Plan,
    store: Store,
    wishes: &'a Wishes,
    before: &Place,
) -> Result<Assembly<'a>, PushError> {
    let mut assembly = Assembly::new(store, wishes);
    assembly.assemble(plan)?;
    let root = assembly.root()?;
    enter(&root, &before.cwd_path)?;
    verify::verify(before, &assembly.regions)?;
    assembly.stamp()?;
    for path in &plan.read_only {
        make_read_only(&root, path)?;
    }
    Ok(assembly)
}

/// Finds out of what the view is to be made, in a namespace of mounts that is this thread's alone by now.
fn plan(outer: Option<&Level>, wishes: &Wishes, ordinary_user: bool) -> Result<Plan, PushError> {
    let Some(outer) = outer else {
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        mount_change("/", private).map_err(|errno| match errno {
            Errno::INVAL => PushError::ChrootedElsewhere,
            errno => PushError::step(|| "make the mounts private")(errno),
        })?;
        return plan_first(&mount_points()?, wishes, ordinary_user);
    };
    if let Some(path) = outer.mounts.others()?.pop() {
        return Err(PushError::MountedInside { path });
    }
    plan_nested(outer, wishes)
}

/// What the view itself takes of its memory, beyond what is written in it.
fn needs(plan: &Plan, limits: Limits) -> Needs {
    let mut needs = Needs {
        inodes: 8 + 6 * plan.parts.len() as u64,
        bytes: plan.parts.iter().map(copied).sum(),
    };
    let is_limited = limits.bytes.is_some() || limits.inodes.is_some();
    for part in plan.parts.iter().filter(|_| is_limited) {
        if let Part::Copy { source, .. } = part {
            copy::measure(source, &mut needs);
        }
    }
    needs
}

/// How many bytes of the memory a file takes that comes as a copy.
fn copied(part: &Part) -> u64 {
    match part {
        Part::Keep { size: Some(size), .. } => size.next_multiple_of(4096),
        Part::File { source, .. } => {
            fstat(source).map_or(0, |stat| stat.st_size.cast_unsigned().next_multiple_of(4096))
        }
        _ => 0,
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
    fchdir(root).map_err(PushError::step(|| "enter the view"))?;
    chroot(".").map_err(PushError::step(|| "enter the view"))?;
    chdir(cwd).map_err(PushError::step(|| {
        format!("find the working directory {} in the view", cwd.display())
    }))
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
