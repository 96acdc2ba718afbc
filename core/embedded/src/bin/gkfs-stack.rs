//! The stack as a program of its own, for a test package that has no other way to get at it.

fn main() -> std::process::ExitCode {
    gkfs_embedded::stack_tool_main()
}
