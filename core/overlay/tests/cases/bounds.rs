//! The machine's own settings stay what they are.

use std::fs;

use crate::bed::{is_root, view};

#[test]
fn settings_of_the_kernel_cannot_be_written() {
    let view = view!();
    let error = fs::write("/sys/kernel/gkfs-overlay", "").unwrap_err();
    assert_ne!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
    let value = fs::read("/proc/sys/vm/swappiness").unwrap();
    let error = fs::write("/proc/sys/vm/swappiness", &value).unwrap_err();
    if is_root() {
        assert_eq!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem, "{error}");
    }
    drop(view);
}

#[test]
fn shared_memory_is_private() {
    let view = view!();
    let path = format!("/dev/shm/gkfs-overlay-{}", std::process::id());
    if !fs::exists("/dev/shm").unwrap() {
        return eprintln!("SKIP bounds: there is no /dev/shm");
    }
    fs::write(&path, "").unwrap();
    assert!(view.changes().unwrap().of(&path).is_some());
    drop(view);
    assert!(!fs::exists(&path).unwrap());
}
