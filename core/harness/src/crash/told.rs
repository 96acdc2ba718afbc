//! What a program says itself about the signal that ended it.
//!
//! GekkoFS's daemon catches the signal of a failed assertion, prints its stack and exits with status 1. Whoever looks at the
//! status alone takes that for an orderly end.

use std::process::ExitStatus;

use super::TOLD;
use crate::process::is_frame;

/// Stands before the number of the signal.
const MARK: &str = " terminated with signal ";

/// A signal, and the stack that was printed with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) signal: i32,
    pub(super) stack: String,
}

impl Told {
    /// Looks for it in what a program wrote that exited with another status than 0.
    pub(super) fn find(status: ExitStatus, said: &str) -> Option<Self> {
        status.code().filter(|code| *code != 0)?;
        let mut lines = said.lines();
        let signal = lines.find_map(|line| {
            let (_, number) = line.split_once(MARK)?;
            number.split(' ').next()?.parse().ok()
        })?;
        let frames = lines
            .skip_while(|line| !is_frame(line))
            .take_while(|line| is_frame(line));
        let stack = frames.take(TOLD).collect::<Vec<_>>().join("\n");
        Some(Self { signal, stack })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn a_stack_follows_the_signals_number() {
        let said = "./db/column_family.cc:1559: Assertion `last_ref' failed.\n\ngkfs_daemon:7 terminated with signal 6 at \
                    PC=7f SP=7f.  Backtrace:\n/lib/libc.so.6(abort+0xd3)[0x7f7f68444472]\n/opt/gkfs_daemon(+0x3d)[0x5566]\n";
        let told = Told::find(ExitStatus::from_raw(1 << 8), said).unwrap();
        let stack = "/lib/libc.so.6(abort+0xd3)[0x7f7f68444472]\n/opt/gkfs_daemon(+0x3d)[0x5566]";
        assert_eq!((told.signal, told.stack.as_str()), (6, stack));
        for (status, said) in [(0, said), (6, said), (1 << 8, "terminated, with signal 6\n")] {
            assert_eq!(Told::find(ExitStatus::from_raw(status), said), None);
        }
    }
}
