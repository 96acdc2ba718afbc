//! The embedded stack, for tests that are started without a runner.
fn main() -> std::process::ExitCode {
    gkfs_embedded::stack_tool_main()
}
