//! What no comparison with a bare directory shows: how the library is linked, and what it does where it cannot work.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Failed;
use object::elf::{DF_1_INITFIRST, DF_1_NOW, DT_FLAGS_1, DT_NEEDED, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

use crate::child;
use crate::stack::{self, Stack};
use crate::tools;

/// One property of the library, judged with a scratch directory of its own.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    /// The program without which it cannot be judged.
    pub(crate) needs: &'static str,
    pub(crate) judge: fn(&Stack, &Path) -> Result<(), Failed>,
}

pub(crate) const CHECKS: [Check; 3] = [
    Check {
        name: "library::is-linked-to-run-first",
        needs: "sh",
        judge: is_linked_to_run_first,
    },
    Check {
        name: "library::says-what-the-kernel-lacks",
        needs: "cc",
        judge: says_what_the_kernel_lacks,
    },
    Check {
        name: "library::writes-its-log-nowhere-else",
        needs: "cc",
        judge: writes_its_log_nowhere_else,
    },
];

/// Constructors of other libraries make system calls: ours must come before theirs, need no other library and bind at once.
fn is_linked_to_run_first(stack: &Stack, _: &Path) -> Result<(), Failed> {
    let library = stack.library();
    let bytes = fs::read(&library).map_err(|e| format!("{}: {e}", library.display()))?;
    let (mut flags, mut needed) = (0, 0);
    let header = FileHeader64::<object::Endianness>::parse(&*bytes)?;
    let endian = header.endian()?;
    for segment in header.program_headers(endian, &*bytes)? {
        for entry in segment.dynamic(endian, &*bytes)?.unwrap_or_default() {
            match entry.tag(endian) {
                DT_FLAGS_1 => flags = entry.val(endian),
                DT_NEEDED => needed += 1,
                _ => {}
            }
        }
    }
    let wanted = (DF_1_INITFIRST | DF_1_NOW).0;
    if flags & wanted == wanted && needed == 0 {
        return Ok(());
    }
    Err(format!(
        "{}: flags {flags:#x} lack some of {wanted:#x}, or {needed} libraries needed",
        library.display()
    )
    .into())
}

/// A program must not run on and believe that it works on the mount; nor may anything reach the real directory.
fn says_what_the_kernel_lacks(stack: &Stack, base: &Path) -> Result<(), Failed> {
    for name in ["dir", "logs"] {
        fs::create_dir_all(base.join(name))?;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/library/deny-dispatch.c");
    let deny = tools::compile_c(&source, &base.join("deny-dispatch"))?;
    let daemon = stack.start(base)?;
    let mut command = Command::new(deny);
    command.arg("env").args(
        stack
            .client(base)
            .iter()
            .map(|(name, value)| assignment(name, value)),
    );
    command
        .args(["sh", "-c", "echo ran; echo x >file"])
        .current_dir(base.join("dir"));
    let outcome = child::run(command, &base.join("logs"), Duration::from_secs(10))?;
    daemon.stop()?;
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    if outcome.ending != "exit status: 1" || !outcome.stdout.is_empty() || !said.contains(stack::NO_DISPATCH)
    {
        return Err(format!(
            "{}, stderr \"{said}\", stdout {:?}",
            outcome.ending, outcome.stdout
        )
        .into());
    }
    match fs::read_dir(base.join("dir"))?.next() {
        None => Ok(()),
        Some(_) => Err("a file was made on the real directory below the mount".into()),
    }
}

/// A program may close the log behind the library's back, and give its number to a file of its own.
fn writes_its_log_nowhere_else(stack: &Stack, base: &Path) -> Result<(), Failed> {
    for name in ["dir", "logs"] {
        fs::create_dir_all(base.join(name))?;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/library/takes-the-log.c");
    let program = tools::compile_c(&source, &base.join("takes-the-log"))?;
    let daemon = stack.start(base)?;
    let theirs = base.join("theirs");
    let mut command = Command::new(program);
    command
        .arg(&theirs)
        .envs(stack.client(base))
        .env("LIBGKFS_LOG", "all")
        .current_dir(base.join("dir"));
    let outcome = child::run(command, &base.join("logs"), Duration::from_secs(10))?;
    daemon.stop()?;
    let log = fs::read_to_string(base.join("logs/gkfs_client.log"))?;
    let logged = |call: &str| {
        log.lines()
            .any(|line| line.contains(call) && line.ends_with("= 0"))
    };
    if outcome.ending != "exit status: 0" || !logged("\"before\"") || !logged("\"after\"") {
        return Err(format!("{}, and the log says:\n{log}", outcome.ending).into());
    }
    match fs::read(&theirs)?.len() {
        0 => Ok(()),
        length => Err(format!("{length} bytes of log were written to the program's own file").into()),
    }
}

fn assignment(name: &OsStr, value: &OsStr) -> std::ffi::OsString {
    let mut both = name.to_owned();
    both.push("=");
    both.push(value);
    both
}
