//! Errors by name: a message that says `ENOENT` needs no table beside it.

/// The name of an errno, with its number where it has none.
pub fn name(errno: i32) -> String {
    NAMES
        .iter()
        .find(|(number, _)| *number == errno)
        .map_or_else(|| format!("errno {errno}"), |(_, name)| (*name).to_owned())
}

/// The number of an errno by its name.
pub fn from_name(name: &str) -> Option<i32> {
    NAMES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(number, _)| *number)
}

macro_rules! names {
    ($($name:ident)*) => { &[$((libc::$name, stringify!($name)),)*] };
}

const NAMES: &[(i32, &str)] = names! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV
    ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK
    ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP ENOMSG EIDRM ENODATA ETIME EPROTO EBADMSG EOVERFLOW EILSEQ EUSERS
    ENOTSOCK EMSGSIZE EOPNOTSUPP EADDRINUSE ENETDOWN ECONNABORTED ECONNRESET ENOBUFS ENOTCONN ETIMEDOUT ECONNREFUSED
    EHOSTDOWN EALREADY EINPROGRESS ESTALE EREMOTEIO EDQUOT ECANCELED EOWNERDEAD ENOTRECOVERABLE
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back() {
        assert_eq!(name(libc::ENOENT), "ENOENT");
        assert_eq!(from_name("EOPNOTSUPP"), Some(libc::EOPNOTSUPP));
        assert_eq!(name(512), "errno 512");
    }
}
