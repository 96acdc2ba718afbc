//! Which stack a run is against: never another than the one that is meant.
//!
//! The command line comes first, then the suite file, then what lies around: in a GekkoFS tree its developer
//! means a build of that tree, and a green run on the embedded stack would be worse than none.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use gkfs_harness::Stack;
use gkfs_harness::stack::{CLIENT, DAEMON, EMBEDDED, Kind, PLAIN, PRELOAD_LIBRARY};
use gkfs_runner::record::{StackFile, StackInfo};

use crate::cli::StackArgs;
use crate::suite::{Suite, known_stacks, nearest};
use crate::{CommandError, Env};

pub(crate) mod build;
pub(crate) mod checkout;
mod embedded;
mod identity;
mod recorded;

pub(crate) use embedded::{cached, install, python};
pub(crate) use gkfs_harness::stack::Deadlines;
pub(crate) use recorded::recorded;

/// Chooses the stack, and makes sure that it can be used.
///
/// # Errors
/// Usage errors that name what was looked for and where.
pub(crate) fn choose(args: &StackArgs, suite: &Suite, env: &Env) -> Result<Stack, CommandError> {
    let mut stack = wanted(args, suite, env)?;
    if let Some(interface) = &args.interface {
        stack.interface.clone_from(interface);
    }
    stack.exe = Some(env.exe.clone());
    for (said, words) in [
        (&args.wrap_daemon, &mut stack.wrap.daemon),
        (&args.wrap_client, &mut stack.wrap.client),
    ] {
        if let Some(said) = said {
            *words = said.parse().map_err(|error| {
                CommandError::usage(format!("`{said}` cannot be read as a shell would: {error}"))
            })?;
            let file = words.0.first_mut().filter(|word| word.contains('/'));
            if let Some(file) = file {
                *file = env
                    .absolute(Path::new(file.as_str()))
                    .to_string_lossy()
                    .into_owned();
            }
        }
    }
    stack.check_wrap().map_err(CommandError::usage)?;
    if stack.kind == Kind::Gekkofs {
        check_interface(&stack.interface)?;
        stack.daemon().map_err(CommandError::usage)?;
        let library = stack.preload_library().map_err(CommandError::usage)?;
        check_valgrind(&stack, &library)?;
    }
    Ok(stack)
}

/// Refuses what every client would die of: valgrind makes its own system calls in the process of the client, where our
/// client library catches them all.
fn check_valgrind(stack: &Stack, library: &Path) -> Result<(), CommandError> {
    let wrapper = stack.wrap.client.0.first().map(Path::new);
    if wrapper.and_then(Path::file_name) != Some(OsStr::new("valgrind")) || !embedded::is_ours(library) {
        return Ok(());
    }
    let error = format!(
        "valgrind cannot be around clients of the stack `{}`: its client library would catch valgrind's own system calls",
        stack.name
    );
    Err(CommandError::usage(error)
        .hint("--wrap-daemon valgrind looks at daemons; `preload-before` of a stack puts a sanitizer into clients")
        .hint("--stack plain runs the same operations without a client library"))
}

fn wanted(args: &StackArgs, suite: &Suite, env: &Env) -> Result<Stack, CommandError> {
    if !args.bin_dir.is_empty() || !args.lib_dir.is_empty() {
        let bin_dirs = directories(&args.bin_dir, "--bin-dir", env)?;
        let lib_dirs = directories(&args.lib_dir, "--lib-dir", env)?;
        return Ok(Stack {
            bin_dirs,
            lib_dirs,
            ..Stack::new("given", Kind::Gekkofs)
        });
    }
    match args.stack.as_ref().or(suite.config.defaults.stack.as_ref()) {
        Some(name) => named(name, suite, env),
        None => around(suite, env),
    }
}

fn directories(dirs: &[PathBuf], flag: &str, env: &Env) -> Result<Vec<PathBuf>, CommandError> {
    let check = |dir: &PathBuf| {
        let path = env.absolute(dir);
        if path.is_dir() {
            Ok(path)
        } else {
            Err(CommandError::usage(format!(
                "{flag} {}: no such directory",
                dir.display()
            )))
        }
    };
    dirs.iter().map(check).collect()
}

fn named(name: &str, suite: &Suite, env: &Env) -> Result<Stack, CommandError> {
    match (name, suite.config.stack.get(name), &suite.file) {
        (EMBEDDED, ..) => embedded_in(suite, env),
        (PLAIN, ..) => Ok(Stack::plain(&env.exe)),
        (_, Some(config), Some(file)) => config.resolve(name, file).map_err(CommandError::usage),
        _ => {
            let known = known_stacks(&suite.config);
            let error = CommandError::usage(format!(
                "no stack is called `{name}`, known are {}",
                known.join(", ")
            ));
            Err(match nearest(name, known) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!(
                    "describe it as [stack.{name}] in {}",
                    suite.root.join(crate::suite::FILE_NAME).display()
                )),
            })
        }
    }
}

/// Chooses where nobody said anything.
fn around(suite: &Suite, env: &Env) -> Result<Stack, CommandError> {
    let Some(tree) = checkout::find(&suite.root).or_else(|| checkout::find(&env.cwd)) else {
        return embedded();
    };
    let ways =
        "name a build with --bin-dir and --lib-dir, or ask for the embedded stack with --stack embedded";
    match tree.newest() {
        Some(build) => {
            let name = build.root.file_name().unwrap_or_default().to_string_lossy();
            let (bin_dirs, lib_dirs) = (build.bin_dirs.clone(), build.lib_dirs.clone());
            Ok(Stack {
                bin_dirs,
                lib_dirs,
                ..Stack::new(name, Kind::Gekkofs)
            })
        }
        None => Err(CommandError::usage(tree.missing()).hint(ways)),
    }
}

fn embedded() -> Result<Stack, CommandError> {
    Ok(Stack::flat(EMBEDDED, cached()?))
}

/// The embedded stack where a GekkoFS tree may be around: what its tests run beside a file system is built there.
fn embedded_in(suite: &Suite, env: &Env) -> Result<Stack, CommandError> {
    let mut stack = embedded()?;
    let tree = checkout::find(&suite.root).or_else(|| checkout::find(&env.cwd));
    stack
        .bin_dirs
        .extend(tree.map(|tree| tree.examples()).unwrap_or_default());
    Ok(stack)
}

fn check_interface(name: &str) -> Result<(), CommandError> {
    let all = Path::new("/sys/class/net");
    if all.join(name).exists() || !all.exists() {
        return Ok(());
    }
    let entries = std::fs::read_dir(all).into_iter().flatten().flatten();
    let mut known: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    known.sort();
    Err(CommandError::usage(format!(
        "there is no network interface `{name}`, known are {}",
        known.join(", ")
    )))
}

/// Describes a stack as the record does, with the identity of each of its files.
pub(crate) fn describe(stack: &Stack) -> StackInfo {
    let bytes = |dirs: &[PathBuf]| dirs.iter().map(|dir| dir.as_path().into()).collect();
    let found = [
        (DAEMON, stack.daemon().ok()),
        (CLIENT, stack.client().ok().map(|program| program.path)),
        (PRELOAD_LIBRARY, stack.preload_library().ok()),
        (MOUNTER, mounter(stack)),
    ];
    let files = found
        .into_iter()
        .filter_map(|(name, path)| Some((name.to_owned(), file(&path?)?)));
    StackInfo {
        name: stack.name.clone(),
        kind: stack.kind.as_str().into(),
        bin_dirs: bytes(&stack.bin_dirs),
        lib_dirs: bytes(&stack.lib_dirs),
        interface: stack.interface.clone(),
        strict: stack.strict,
        caps: Vec::new(),
        files: files.collect(),
    }
}

/// The name in the record of the program that a command stack is started with.
const MOUNTER: &str = "start";

/// Finds the program that the `start` of a command stack begins with.
fn mounter(stack: &Stack) -> Option<PathBuf> {
    let how = stack.mounting.as_ref()?;
    let words = shell_words::split(&how.start).ok()?;
    let program = words.iter().find(|word| *word != "exec" && !word.contains('='))?;
    if program.contains('/') {
        return Some(how.dir.join(program));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = stack.bin_dirs.iter().cloned().chain(std::env::split_paths(&path));
    dirs.map(|dir| dir.join(program)).find(|path| path.is_file())
}

fn file(path: &Path) -> Option<StackFile> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = path.metadata().ok()?;
    let build_id = identity::build_id(path).ok()?;
    let mtime_ts = meta.mtime() * 1_000_000 + meta.mtime_nsec() / 1000;
    Some(StackFile {
        path: path.into(),
        build_id,
        size: meta.len(),
        mtime_ts,
    })
}
