//! The stack as a program of its own, for this package's tests; a test package calls its own `gkfs-stack`.

fn main() -> std::process::ExitCode {
    gkfs_embedded::stack_tool_main()
}
