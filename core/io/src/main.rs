//! `gkfs.io` as a program of its own, for this package's tests; the product carries it inside.

fn main() -> std::process::ExitCode {
    gkfs_io::main(std::env::args_os())
}
