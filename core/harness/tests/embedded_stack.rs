//! The embedded stack for the tests of this crate: `gkfs_daemon` and `gkfs.io` by other names.

fn main() -> std::process::ExitCode {
    gkfs_embedded::stack_tool_main()
}
