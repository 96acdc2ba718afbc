//! The stack of a recorded run, as far as its record tells.

use gkfs_harness::Stack;
use gkfs_harness::stack::Kind;
use gkfs_runner::record::StackInfo;

/// Returns the stack that a run's record names. Whether it is still there is found out by who uses it.
pub(crate) fn recorded(info: &StackInfo) -> Stack {
    let kinds = [Kind::Gekkofs, Kind::Plain, Kind::Command];
    let kind = kinds.into_iter().find(|kind| kind.as_str() == info.kind);
    Stack {
        bin_dirs: info.bin_dirs.iter().map(|dir| dir.to_path()).collect(),
        lib_dirs: info.lib_dirs.iter().map(|dir| dir.to_path()).collect(),
        interface: info.interface.clone(),
        strict: info.strict,
        ..Stack::new(&info.name, kind.unwrap_or_default())
    }
}
