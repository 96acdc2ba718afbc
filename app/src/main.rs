//! The executable: one file that is the command, the embedded daemon and the embedded `gkfs.io`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: a daemon or client must not pay for a command line parser or a runtime.
    if let Some(exit) = gkfs_embedded::multicall() {
        return exit;
    }
    if let Some(exit) = gkfs_bench::with_client::multicall() {
        return exit;
    }
    if let Some(exit) = gkfs_bench::fuse::multicall() {
        return exit;
    }
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(word) if word == gkfs_bench::KEEPER => return gkfs_runner::keeper::main(args),
        Some(word) if word == gkfs_bench::look::WORD => return gkfs_bench::look::main(args),
        Some(word) if word == gkfs_bench::CHANNEL => return gkfs_harness::channel::main(args),
        Some(word) if word == gkfs_bench::overlay::WORD => {
            return gkfs_bench::overlay::main(std::env::args_os());
        }
        Some(word) if word == gkfs_bench::fuse::WORD && args.next().is_some_and(|verb| verb == "trace") => {
            return gkfs_bench::fuse::main(std::env::args_os());
        }
        Some(word) if word == gkfs_bench::script::WORD => return gkfs_bench::script::main(args),
        _ => {}
    }
    let env = match gkfs_bench::Env::from_process() {
        Ok(env) => env,
        Err(error) => {
            eprintln!("error: cannot tell the working directory and the executable: {error}");
            return gkfs_bench::Exit::Internal.into();
        }
    };
    let mut out = anstream::stdout();
    let mut err = anstream::stderr();
    let columns = || env.columns();
    let io = gkfs_bench::Io {
        out: &mut out,
        err: &mut err,
        columns: &columns,
    };
    gkfs_bench::run(std::env::args_os(), &env, io).into()
}
