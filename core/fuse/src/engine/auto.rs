//! What is answered on the side: requests that a kernel sends for reasons of its own, and that most tests are not about.

use crate::abi::Opcode;
use crate::codec::Reply;

/// The answer to an opcode of the auto set.
pub(crate) fn answer(opcode: Opcode) -> Reply {
    match opcode {
        Opcode::Forget | Opcode::BatchForget | Opcode::Interrupt | Opcode::NotifyReply => Reply::Nothing,
        // Asked once, the kernel then does without: attributes come by GETATTR, and no file has extended ones.
        Opcode::Getxattr
        | Opcode::Listxattr
        | Opcode::Setxattr
        | Opcode::Removexattr
        | Opcode::Statx
        | Opcode::Access
        | Opcode::Poll
        | Opcode::Lseek
        | Opcode::Bmap
        | Opcode::Readdirplus
        | Opcode::CopyFileRange
        | Opcode::CopyFileRange64 => Reply::Errno(libc::ENOSYS),
        Opcode::Open | Opcode::Opendir => Reply::Open(crate::abi::OpenOut::default()),
        Opcode::Statfs => Reply::Statfs(crate::abi::Kstatfs::default()),
        Opcode::Flush
        | Opcode::Release
        | Opcode::Releasedir
        | Opcode::Fsync
        | Opcode::Fsyncdir
        | Opcode::Syncfs
        | Opcode::Destroy => Reply::Empty,
        _ => Reply::Errno(libc::ENOSYS),
    }
}
