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
