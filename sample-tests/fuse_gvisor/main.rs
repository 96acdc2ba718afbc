//! The 57 tests of gVisor's FUSE framework, in its vocabulary, against Linux.
//!
//! Each has its original's intent. Where Linux does otherwise than gVisor, the test says what Linux does and why:
//! | on Linux | so |
//! |---|---|
//! | `CREATE`, `MKDIR` and their like come after a `LOOKUP` | a missing name is prepared, too |
//! | reads come from the page cache | files are opened with `DIRECT_IO`, where each read is to be seen |
//! | a link's target is not kept unless `CACHE_SYMLINKS` is agreed on | it is agreed on |
//! | `RELEASE` and `FLUSH` want an answer, `GETXATTR` and `STATX` are sent | they are answered on the side |
//! | a file's flags have `O_LARGEFILE`, a truncation has a lock owner | those bits are expected |
//! | two mounts may share a device, and are one file system | that is expected |
//!
//! Under `wrapper = ["runsc", "--network=none", "--fuse", "do"]` the kernel is gVisor's, and all of them pass there, too:
//! | in gVisor | so |
//! |---|---|
//! | no `LOOKUP` comes before `MKDIR`, `MKNOD` and `SYMLINK`, and one before `CREATE` | only that one is prepared |
//! | whole pages are read, and nothing behind a file's end, `DIRECT_IO` or not | that is expected, of a file that is long enough |
//! | `fchmod` and `fchown` go by the handle, and nothing is asked before | `FATTR_FH` is expected, and no `GETATTR` |
//! | a truncation tells no lock owner | none is expected |
//! | a directory's device number is the server's | that is expected |
//! | there is no mount without a place, and a second name stands in the kind of mount | `mount` is called as of old |
//! | `/proc` does not tell the umask | a child is asked |

mod support;

mod creating;
mod listing;
mod mounting;
mod names;
mod opening;
mod reading;
mod setting;
mod status;
mod writing;
