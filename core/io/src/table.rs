//! The table itself: each operation once, with its arguments, its help and its reply.
//!
//! Names, order, arguments and help texts of the rows marked `upstream` are GekkoFS's own; its
//! harness passes them by position, so the order of arguments is part of the format.

/// Hands the whole operation table to a macro of the caller's.
///
/// `for_each_operation!(callback)` expands to one call `callback! { ROW ROW ... }`. Each row has
/// exactly these tokens:
///
/// ```text
/// mkdir : Mkdir -> StatusReply, upstream, "Execute the mkdir() system call"
///     { pathname : path = "Directory name", mode : mode = "Octal mode ...", }
///     { }
/// ```
///
/// that is, as a pattern for `macro_rules!`:
///
/// ```text
/// ($(
///     $name:ident : $Args:ident -> $Reply:ident, $origin:ident, $about:literal
///         { $($arg:ident : $kind:ident = $help:literal,)* }    // required, by position
///         { $($opt:ident : $opt_kind:ident = $opt_help:literal,)* }    // optional, after those
/// )*) => { ... };
/// ```
///
/// * `$name` is the subcommand and a good method name; `$Args` is a struct in [`op`](crate::op),
///   `$Reply` one in [`reply`](crate::reply).
/// * `$origin` is `upstream` (every `gkfs.io` knows it) or `ours` (only this one does).
/// * `$kind` is `path`, `file` (a path or an open descriptor), `fd`, `data`, `mode`, `i32`, `u32`,
///   `i64`, `u64` or `bool`. [`param!`](crate::param) turns it into a parameter's type and
///   [`optional_param!`](crate::optional_param) into an optional one's; `$Args::new` takes all
///   of them in order, required ones first.
///
/// ```
/// struct Client;
/// macro_rules! methods {
///     ($(
///         $name:ident : $Args:ident -> $Reply:ident, $origin:ident, $about:literal
///             { $($arg:ident : $kind:ident = $help:literal,)* }
///             { $($opt:ident : $opt_kind:ident = $opt_help:literal,)* }
///     )*) => {
///         impl Client {
///             $(
///                 #[doc = $about]
///                 pub fn $name(
///                     &self,
///                     $($arg: gkfs_io::param!($kind),)*
///                     $($opt: gkfs_io::optional_param!($opt_kind),)*
///                 ) -> gkfs_io::op::$Args {
///                     gkfs_io::op::$Args::new($($arg,)* $($opt,)*)
///                 }
///             )*
///         }
///     };
/// }
/// gkfs_io::for_each_operation!(methods);
///
/// assert_eq!(Client.mkdir("/mnt/top", 0o755).mode, 0o755);
/// assert_eq!(Client.open("/mnt/f", 0o102, 0o644).mode, Some(0o644));
/// assert_eq!(Client.open("/mnt/f", 0, None).mode, None);
/// assert_eq!(Client.pread(gkfs_io::Fd(5), 10, 0).pathname, gkfs_io::Target::Fd(gkfs_io::Fd(5)));
/// ```
#[macro_export]
macro_rules! for_each_operation {
    ($($callback:tt)+) => { $($callback)+! {
        open: Open -> FdReply, upstream, "Execute the open() system call"
            { pathname: path = "Directory name", flags: i32 = "Open flags", }
            { mode: mode = "Octal mode specified for the new directory (e.g. 0664)", }
        opendir: Opendir -> OpendirReply, upstream, "Execute the opendir() glibc function"
            { dirname: path = "Directory name", } {}
        mkdir: Mkdir -> StatusReply, upstream, "Execute the mkdir() system call"
            { pathname: path = "Directory name",
              mode: mode = "Octal mode specified for the new directory (e.g. 0664)", } {}
        read: Read -> ReadReply, upstream, "Execute the read() system call"
            { pathname: file = "Directory name", count: u64 = "Number of bytes to read", } {}
        pread: Pread -> ReadReply, upstream, "Execute the pread() system call"
            { pathname: file = "Directory name", count: u64 = "Number of bytes to read",
              offset: i64 = "Offset to read", } {}
        readv: Readv -> ReadvReply, upstream, "Execute the readv() system call"
            { pathname: file = "Directory name",
              count_0: u64 = "Number of bytes to read to buffer 0",
              count_1: u64 = "Number of bytes to read to buffer 1", } {}
        preadv: Preadv -> ReadvReply, upstream, "Execute the preadv() system call"
            { pathname: file = "Directory name",
              count_0: u64 = "Number of bytes to read to buffer 0",
              count_1: u64 = "Number of bytes to read to buffer 1",
              offset: i64 = "Offset to read", } {}
        readdir: Readdir -> ReaddirReply, upstream, "Execute the readdir() system call"
            { pathname: path = "Directory name", } {}
        rmdir: Rmdir -> StatusReply, upstream, "Execute the rmdir() system call"
            { pathname: path = "Directory name", } {}
        stat: Stat -> StatReply, upstream, "Execute the stat() system call"
            { pathname: file = "Directory name", } {}
        write: Write -> StatusReply, upstream, "Execute the write() system call"
            { pathname: file = "Directory name", data: data = "Data to write",
              count: u64 = "Number of bytes to write", }
            { append: bool = "Open with O_APPEND", }
        pwrite: Pwrite -> StatusReply, upstream, "Execute the pwrite() system call"
            { pathname: file = "Directory name", data: data = "Data to write",
              count: u64 = "Number of bytes to write", offset: i64 = "Offset to write", } {}
        writev: Writev -> StatusReply, upstream, "Execute the writev() system call"
            { pathname: file = "Directory name", data_0: data = "Data 0 to write",
              data_1: data = "Data 1 to write", count: u64 = "Number of buffers to write", } {}
        pwritev: Pwritev -> StatusReply, upstream, "Execute the pwritev() system call"
            { pathname: file = "Directory name", data_0: data = "Data 0 to write",
              data_1: data = "Data 1 to write", count: u64 = "Number of buffers to write",
              offset: i64 = "Offset to write", } {}
        statx: Statx -> StatxReply, upstream, "Execute the statx() system call"
            { dirfd: i32 = "file descriptor", pathname: path = "Directory name",
              flags: i32 = "Flags", mask: u32 = "Mask", } {}
        lseek: Lseek -> StatusReply, upstream, "Execute the lseek() system call"
            { pathname: file = "Directory name", offset: i64 = "offset used",
              whence: i32 = "Whence the action is done", } {}
        write_validate: WriteValidate -> StatusReply, upstream,
            "Execute the write()-read() system call and compare the content of the buffer"
            { pathname: path = "Directory name", count: u64 = "Number of bytes to test", } {}
        directory_validate: DirectoryValidate -> StatusReply, upstream,
            "Create count files in the directory and execute a direntry system call and returns the number of elements"
            { pathname: path = "directory to check or filename to create (if count is 0), elements will be checked in the parent dir",
              count: u64 = "Number of files to create. If 0, it creates only the entry in the pathname.", } {}
        write_random: WriteRandom -> StatusReply, upstream, "Execute the write() system call "
            { pathname: path = "File name", count: u64 = "Number of random bytes to write", } {}
        truncate: Truncate -> StatusReply, upstream, "Execute the truncate() system call"
            { path: path = "Path to file", length: i64 = "Truncate to a size precisely length bytes", } {}
        access: Access -> StatusReply, upstream, "Execute the access() system call"
            { path: path = "Path to file", mask: i32 = "Mask to apply to the access check", } {}
        statfs: Statfs -> StatfsReply, upstream, "Execute the statfs() system call"
            { pathname: file = "Directory name", } {}
        file_compare: FileCompare -> CompareReply, upstream, "Execute the truncate() system call"
            { path_1: path = "Path to first file", path_2: path = "Path to second file",
              count: u64 = "How many bytes to compare of each file", } {}
        chdir: Chdir -> StatusReply, upstream, "Execute the chdir() system call"
            { pathname: path = "Directory name", } {}
        getcwd_validate: GetcwdValidate -> CwdReply, upstream, "Execute the getcwd_validate() system call"
            { pathname: path = "Directory name", } {}
        symlink: Symlink -> StatusReply, upstream, "Execute the symlink() system call"
            { pathname: path = "Directory name", linkpath: path = "link path name", } {}
        unlink: Unlink -> StatusReply, upstream, "Execute the unlink() system call"
            { pathname: path = "File name", } {}
        dup_validate: DupValidate -> StatusReply, upstream,
            "Execute dup, dup2, and dup3 returns 0 if the file descriptor is valid"
            { pathname: path = "File name", } {}
        syscall_coverage: SyscallCoverage -> CoverageReply, upstream, "Execute severals syscalls"
            { pathname: path = "File name", } {}
        rename: Rename -> StatusReply, upstream, "Execute the rename() system call"
            { pathname: path = "old name", pathname2: path = "new name", } {}

        openat: Openat -> FdReply, ours, "Execute the openat() system call"
            { dirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "File name", flags: i32 = "Open flags", }
            { mode: mode = "Octal mode of a new file", }
        creat: Creat -> FdReply, ours, "Execute the creat() system call"
            { pathname: path = "File name", mode: mode = "Octal mode of a new file", } {}
        close: Close -> StatusReply, ours, "Execute the close() system call"
            { fd: fd = "Descriptor", } {}
        dup: Dup -> FdReply, ours, "Execute the dup() system call"
            { fd: fd = "Descriptor", } {}
        dup2: Dup2 -> FdReply, ours, "Execute the dup2() system call"
            { fd: fd = "Descriptor", newfd: fd = "Number of the copy", } {}
        dup3: Dup3 -> FdReply, ours, "Execute the dup3() system call"
            { fd: fd = "Descriptor", newfd: fd = "Number of the copy", flags: i32 = "0 or O_CLOEXEC", } {}
        fcntl: Fcntl -> StatusReply, ours, "Execute the fcntl() system call (commands with a number for argument)"
            { fd: fd = "Descriptor", cmd: i32 = "Command", } { arg: i32 = "Its argument, by default 0", }
        fstat: Fstat -> StatReply, ours, "Open a file and execute the fstat() system call"
            { pathname: file = "File name", } {}
        lstat: Lstat -> StatReply, ours, "Execute the lstat() system call"
            { pathname: path = "File name", } {}
        fstatat: Fstatat -> StatReply, ours, "Execute the fstatat() system call"
            { dirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "File name", flags: i32 = "Flags", } {}
        ftruncate: Ftruncate -> StatusReply, ours, "Open a file and execute the ftruncate() system call"
            { pathname: file = "File name", length: i64 = "Size in bytes", } {}
        fallocate: Fallocate -> StatusReply, ours, "Open a file and execute the fallocate() system call"
            { pathname: file = "File name", mode: i32 = "Flags, 0 to allocate",
              offset: i64 = "Start of the range", length: i64 = "Length of the range", } {}
        fsync: Fsync -> StatusReply, ours, "Open a file and execute the fsync() system call"
            { pathname: file = "File name", } {}
        fdatasync: Fdatasync -> StatusReply, ours, "Open a file and execute the fdatasync() system call"
            { pathname: file = "File name", } {}
        chmod: Chmod -> StatusReply, ours, "Execute the chmod() system call"
            { pathname: path = "File name", mode: mode = "Octal mode", } {}
        fchmod: Fchmod -> StatusReply, ours, "Open a file and execute the fchmod() system call"
            { pathname: file = "File name", mode: mode = "Octal mode", } {}
        fchmodat: Fchmodat -> StatusReply, ours, "Execute the fchmodat() system call"
            { dirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "File name", mode: mode = "Octal mode", } { flags: i32 = "Flags, by default 0", }
        chown: Chown -> StatusReply, ours, "Execute the chown() or, for a descriptor, fchown() system call"
            { pathname: file = "File name", owner: u32 = "User id, 4294967295 to keep",
              group: u32 = "Group id, 4294967295 to keep", } {}
        utimensat: Utimensat -> StatusReply, ours, "Execute the utimensat() or, for a descriptor, futimens() function"
            { pathname: file = "File name", atime_sec: i64 = "Time of last access, seconds",
              atime_nsec: i64 = "Nanoseconds, or UTIME_NOW 1073741823, UTIME_OMIT 1073741822",
              mtime_sec: i64 = "Time of last modification, seconds",
              mtime_nsec: i64 = "Nanoseconds, or UTIME_NOW, UTIME_OMIT", }
            { flags: i32 = "0 or AT_SYMLINK_NOFOLLOW", }
        mkdirat: Mkdirat -> StatusReply, ours, "Execute the mkdirat() system call"
            { dirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "Directory name", mode: mode = "Octal mode", } {}
        unlinkat: Unlinkat -> StatusReply, ours, "Execute the unlinkat() system call"
            { dirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "File name", flags: i32 = "0 or AT_REMOVEDIR", } {}
        renameat2: Renameat2 -> StatusReply, ours, "Execute the renameat2() system call"
            { olddirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "old name",
              newdirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname2: path = "new name", } { flags: u32 = "Flags, by default 0", }
        faccessat: Faccessat -> StatusReply, ours, "Execute the faccessat() function"
            { dirfd: i32 = "Directory descriptor, -100 for the working directory",
              pathname: path = "File name", mask: i32 = "Mask to apply to the access check", }
            { flags: i32 = "Flags, by default 0", }
        link: Link -> StatusReply, ours, "Execute the link() system call"
            { pathname: path = "Existing name", linkpath: path = "New name", } {}
        readlink: Readlink -> ReadlinkReply, ours, "Execute the readlink() system call"
            { pathname: path = "File name", } { count: u64 = "Size of the buffer, by default 4096", }
        getdents: Getdents -> GetdentsReply, ours, "Execute the getdents64() system call once"
            { pathname: file = "Directory name", }
            { offset: i64 = "Seek to this d_off first", count: u64 = "Size of the buffer, by default 32768", }
        copy_file_range: CopyFileRange -> StatusReply, ours, "Execute the copy_file_range() system call"
            { pathname: file = "Source", pathname2: file = "Existing destination",
              count: u64 = "Number of bytes to copy", }
            { offset_in: i64 = "Offset in the source, by default its position",
              offset_out: i64 = "Offset in the destination, by default its position",
              flags: u32 = "Flags, by default 0", }
        mmap_read: MmapRead -> ReadReply, ours, "Map a file shared and read from the memory"
            { pathname: file = "File name", count: u64 = "Number of bytes to read",
              offset: i64 = "Offset in the file", } {}
        mmap_write: MmapWrite -> StatusReply, ours, "Map a file shared, write to the memory, msync() and munmap() it"
            { pathname: file = "File name", data: data = "Data to write", offset: i64 = "Offset in the file", } {}
        setxattr: Setxattr -> StatusReply, ours, "Execute the setxattr() or, for a descriptor, fsetxattr() system call"
            { pathname: file = "File name", name: data = "Name, as user.comment", value: data = "Value", }
            { flags: i32 = "0, XATTR_CREATE 1 or XATTR_REPLACE 2", }
        getxattr: Getxattr -> XattrReply, ours, "Execute the getxattr() or, for a descriptor, fgetxattr() system call"
            { pathname: file = "File name", name: data = "Name, as user.comment", }
            { count: u64 = "Size of the buffer, by default 65536", }
        listxattr: Listxattr -> XattrListReply, ours, "Execute the listxattr() or, for a descriptor, flistxattr() system call"
            { pathname: file = "File name", } { count: u64 = "Size of the buffer, by default 65536", }
        removexattr: Removexattr -> StatusReply, ours, "Execute the removexattr() or, for a descriptor, fremovexattr() system call"
            { pathname: file = "File name", name: data = "Name, as user.comment", } {}
        fchdir: Fchdir -> StatusReply, ours, "Open a directory and execute the fchdir() system call"
            { pathname: file = "Directory name", } {}
        getcwd: Getcwd -> CwdReply, ours, "Execute the getcwd() function"
            {} { count: u64 = "Size of the buffer, by default 4096", }
        umask: Umask -> StatusReply, ours, "Execute the umask() system call"
            { mask: mode = "Octal mask", } {}
        fork_access: ForkAccess -> StatusReply, ours, "Execute the access() system call in a child made by fork()"
            { pathname: path = "File name", mask: i32 = "Mask to apply to the access check", }
            { patience_ms: u64 = "Milliseconds until the child is killed (ETIMEDOUT), by default 5000", }
    } };
}
