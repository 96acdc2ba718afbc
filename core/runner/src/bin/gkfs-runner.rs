//! The smallest command on this library: `gkfs-runner DIR BASE` runs what is in DIR and records it in BASE. It needs
//! nothing but itself (it is its own keeper), which is what this crate's tests want of a runner they kill.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use gkfs_runner::record::StackInfo;
use gkfs_runner::{Lookup, RunSettings, Runner, Selection, keeper};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    if args.next_if(|arg| arg == "keeper").is_some() {
        return keeper::main(args);
    }
    let (Some(dir), Some(base), None) = (args.next(), args.next(), args.next()) else {
        eprintln!("usage: gkfs-runner DIR BASE");
        return ExitCode::from(4);
    };
    let ended = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(dir.into(), base.into())));
    ended.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(3)
    })
}

async fn run(dir: PathBuf, base: PathBuf) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let exe = std::env::current_exe()?;
    let runner = Runner::new()?;
    let lookup = Lookup {
        dirs: vec![dir.clone()],
        logs: base.join("build"),
        ..Lookup::default()
    };
    let found = runner
        .discover(&lookup, &CancellationToken::new(), &mut |_| ())
        .await?;
    let plan = Selection::default().apply(found)?;
    let keeper: Vec<OsString> = vec![exe.clone().into(), "keeper".into()];
    let mut handle = runner.start(
        plan,
        RunSettings::new(base, dir, StackInfo::default(), exe, keeper),
    )?;
    while let Some(event) = handle.events.recv().await {
        println!("{}", serde_json::to_string(&event)?);
    }
    Ok(ExitCode::from(handle.wait().await?.exit_code))
}
