//! Mounts: which there are, how a view is put together from them, and the calls that make them.

mod known;
mod make;
mod plan;
mod skeleton;
mod table;

pub(crate) use known::KnownMounts;
pub(crate) use make::{
    Limits, MakeError, Needs, Store, attach, below_root, clone_of, clone_tree, loose_memory, resemble, times,
};
pub(crate) use plan::{LONGEST_COPY, Part, Plan, Wishes, plan_first, plan_nested};
pub(crate) use table::mount_points;
