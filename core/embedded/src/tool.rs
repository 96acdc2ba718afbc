//! `gkfs-stack`: hands out the embedded stack as files.

use std::{env, path::Path, process::ExitCode};

use crate::{
    embed::{self, How, InstallError},
    multicall,
};

const USAGE: &str =
    "Usage: gkfs-stack stack path          print a directory with a stack that is ready to use
       gkfs-stack stack install DIR   write a stack of its own into DIR";

/// The whole of a program that gives a test package the stack: three lines of `main` call this.
///
/// Exit statuses: 0, 1 when the stack cannot be made, 2 for a bad command line.
pub fn stack_tool_main() -> ExitCode {
    if let Some(status) = multicall() {
        return status;
    }
    let args: Vec<_> = env::args_os().skip(1).collect();
    let words: Vec<_> = args.iter().map(|arg| arg.to_str()).collect();
    let done = match words.as_slice() {
        [Some("stack"), Some("path")] => embed::ready(),
        [Some("stack"), Some("install"), _] => install(Path::new(&args[2])),
        [Some("-h" | "--help")] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(installed) => {
            println!("{}", installed.dir.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("gkfs-stack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn install(dir: &Path) -> Result<embed::Installed, InstallError> {
    let exe = env::current_exe().map_err(|source| InstallError::File {
        path: "/proc/self/exe".into(),
        source,
    })?;
    embed::install(dir, &exe, How::Copy)
}
