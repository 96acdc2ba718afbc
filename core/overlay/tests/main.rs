//! Views of the real file system of the machine that the tests run on, as root and as an ordinary user.

gkfs_overlay::enter_user_namespace_before_main!();

mod bed;
mod cases;
mod elsewhere;
mod sys;
