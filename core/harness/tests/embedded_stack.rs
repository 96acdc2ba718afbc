//! What the tests of this crate start: the embedded stack's `gkfs_daemon` and `gkfs.io` by other names, and the channel.

fn main() -> std::process::ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == "channel") {
        return gkfs_harness::channel::main(std::env::args_os().skip(2));
    }
    gkfs_embedded::stack_tool_main()
}
