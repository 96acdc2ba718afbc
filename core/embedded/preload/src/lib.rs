//! The LD_PRELOAD client library of the embedded GekkoFS.
#![cfg_attr(panic = "abort", no_std)]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(unsafe_code)]

mod attr;
mod client;
mod config;
mod control;
mod desk;
mod dir;
mod dispatch;
mod environment;
mod exec;
mod file;
mod forwarding;
mod frame;
mod hosts;
mod io;
mod log;
mod mapping;
#[cfg(panic = "abort")]
mod mem;
mod net;
mod once;
mod open;
mod paths;
mod placeholder;
mod process;
mod signal;
mod single;
mod stacks;
mod start;
mod stat;
mod sys;
mod table;
mod trace;
mod tree;
mod wire;
mod xattr;

#[cfg(panic = "abort")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    log::complain("gkfs client: internal error, process ended\n");
    loop {
        let _ = sys::sys!(sys::__NR_exit_group, 134);
    }
}
