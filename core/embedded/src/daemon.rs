//! The program `gkfs_daemon`: start, serve, stop, in the real daemon's words.

mod hosts;
mod listen;
mod options;

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io,
    net::{SocketAddr, TcpListener},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use rustix::fs::{FlockOperation, flock};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

use crate::{
    chunks::Chunks,
    fs::{Fs, Parts},
    log::{Level, Log},
    peer::Cluster,
    server,
    store::{Look, Store, StoreError},
};
use hosts::{Before, HostsFile};
use options::{Instead, Options};

/// How often files that were unlinked while open are looked at again.
const ORPHANS_EVERY: Duration = Duration::from_millis(500);

/// How long requests under way may take once the daemon stops.
const GRACE: Duration = Duration::from_millis(100);

/// Threads that serve requests.
const WORKERS: usize = 2;

/// Why a daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A file or directory could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The metadata store could not be opened.
    #[error("cannot open the metadata store in {}: {source}", path.display())]
    Store {
        /// Its directory.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// Another daemon uses the root directory.
    #[error("{} is in use by another daemon; give each daemon its own --rootdir or --rootdir-suffix", .0.display())]
    InUse(PathBuf),
    /// The address cannot be listened at; the real daemon's words.
    #[error("Failed to initialize the Margo RPC server")]
    Listen,
    /// The data belongs to a daemon with another number.
    #[error(
        "{} holds the data of daemon {was} of its file system, but this is daemon {is} of the hosts file; \
         start the daemons in their order, or use --clean-rootdir", root.display()
    )]
    Moved {
        /// The root directory.
        root: PathBuf,
        /// The number it had.
        was: usize,
        /// The number it would have.
        is: usize,
    },
    /// A fault that does not exist was asked for.
    #[cfg(feature = "faults")]
    #[error(transparent)]
    Fault(#[from] crate::fault::UnknownFault),
}

/// Adds the path to an I/O error.
fn at(path: &Path) -> impl FnOnce(io::Error) -> DaemonError + '_ {
    |source| DaemonError::File {
        path: path.to_owned(),
        source,
    }
}

/// Runs the daemon until it is told to stop. `args` begin with the program's name.
///
/// Exit statuses are the real daemon's: 0 after `SIGTERM` or `SIGINT`, 1 when it cannot start, and the option
/// parser's for a bad command line.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let options = match Options::parse(args) {
        Ok(options) => options,
        Err(Instead::Print(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(Instead::Refuse(why, status)) => {
            eprintln!("{why}");
            return ExitCode::from(status);
        }
    };
    match start(&options) {
        Ok(daemon) => daemon.run(&options),
        Err(error) => {
            eprintln!("Failed to initialize environment: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A daemon that listens.
struct Daemon {
    runtime: Runtime,
    fs: Arc<Fs>,
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    hosts: HostsFile,
    stop: [Signal; 2],
    /// Keeps other daemons out of the root directory.
    _lock: File,
}

fn start(options: &Options) -> Result<Daemon, DaemonError> {
    let log = open_log()?;
    let mountdir = prepare(&options.mountdir)?;
    let root = options.root();
    if options.clean_rootdir {
        clean(&root)?;
    }
    let root = prepare(&root)?;
    let meta = prepare(&options.meta(&root))?;
    log_options(&log, options, &mountdir, &root, &meta);
    let lock = lock(&root)?;

    log.info("main()", format_args!("Initializing environment"));
    let store_dir = meta.join("metadata");
    log_debug(
        &log,
        format_args!("Initializing metadata DB: '{}'", store_dir.display()),
    );
    let store = open_store(&log, &store_dir.join("lmdb"))?;
    let chunk_dir = root.join("chunks");
    log_debug(
        &log,
        format_args!("Initializing storage backend: '{}'", chunk_dir.display()),
    );
    let chunks = Chunks::open(&chunk_dir).map_err(at(&chunk_dir))?;
    let text = format_args!(
        "Chunk storage initialized with path: '{}'",
        chunks.root().display()
    );
    log.line(Level::Debug, "DataModule", "ChunkStorage()", text);

    let (listener, address) = open_listener(&log, options)?;
    log_debug(&log, format_args!("Initializing I/O pool"));
    let runtime = runtime().map_err(at(&root))?;
    let (stop, listener) = {
        let _inside = runtime.enter();
        (
            stop_signals().map_err(at(&root))?,
            tokio::net::TcpListener::from_std(listener).map_err(at(&root))?,
        )
    };

    let hosts = HostsFile::new(&hosts_path(options)).map_err(at(&options.mountdir))?;
    let index = register(&log, options, &hosts, &store, address, &root)?;
    log_cluster(&log, options);
    let cluster = Cluster::new(index, hosts.path());
    cluster.refresh(&log);
    #[cfg(feature = "faults")]
    let faults = crate::fault::Faults::from_env(&log)?;
    let parts = Parts {
        store,
        chunks,
        cluster,
        log,
        mountdir: mountdir.into_os_string().into_vec(),
        rootdir: root,
        #[cfg(feature = "faults")]
        faults,
    };
    let fs = Fs::new(parts).map_err(|source| DaemonError::Store {
        path: store_dir,
        source,
    })?;
    Ok(Daemon {
        runtime,
        fs: Arc::new(fs),
        listener,
        address,
        hosts,
        stop,
        _lock: lock,
    })
}

impl Daemon {
    fn run(self, options: &Options) -> ExitCode {
        let Daemon {
            runtime,
            fs,
            listener,
            address,
            hosts,
            stop,
            _lock,
        } = self;
        let log = &fs.log;
        log.info("", format_args!("Startup successful. Daemon is ready."));
        let signal = runtime.block_on(serve(fs.clone(), listener, stop));
        log.info("shutdown_handler()", format_args!("Received signal: '{signal}'"));
        log.info("main()", format_args!("Shutting down..."));
        let step = |text: &str| log.debug("destroy_enviroment()", format_args!("{text}"));
        step("Freeing I/O executions streams");
        runtime.block_on(fs.delete_orphans());
        runtime.shutdown_timeout(GRACE);
        step("Removing hosts file");
        if let Err(error) = hosts.unregister(address) {
            log.error(
                "destroy_enviroment()",
                format_args!("{}: {error}", hosts.path().display()),
            );
        }
        step("Finalizing margo RPC server");
        log.info("destroy_enviroment()", format_args!("Closing metadata DB"));
        log.info(
            "destroy_enviroment()",
            format_args!("Finalizing margo RPC client ..."),
        );
        if options.clean_rootdir_finish
            && let Err(error) = clean(&options.root())
        {
            log.error("destroy_enviroment()", format_args!("{error}"));
        }
        log.info("main()", format_args!("Complete. Exiting..."));
        ExitCode::SUCCESS
    }
}

/// Serves until a signal comes, and names it. The listener is closed then.
async fn serve(fs: Arc<Fs>, listener: tokio::net::TcpListener, mut stop: [Signal; 2]) -> &'static str {
    let accepting = tokio::spawn(server::accept(fs.clone(), listener));
    let mut orphans = tokio::time::interval(ORPHANS_EVERY);
    let [terminate, interrupt] = &mut stop;
    let signal = loop {
        tokio::select! {
            _ = terminate.recv() => break "Terminated",
            _ = interrupt.recv() => break "Interrupt",
            _ = orphans.tick() => fs.delete_orphans().await,
        }
    };
    accepting.abort();
    // It ends with the abort, and the listener with it.
    let _ = accepting.await;
    signal
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
}

fn stop_signals() -> io::Result<[Signal; 2]> {
    Ok([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?])
}

fn open_log() -> Result<Log, DaemonError> {
    let path = env::var_os("GKFS_DAEMON_LOG_PATH")
        .map_or_else(|| PathBuf::from("/tmp/gkfs_daemon.log"), PathBuf::from);
    let wanted = ["GKFS_DAEMON_LOG_LEVEL", "GKFS_LOG_LEVEL"]
        .into_iter()
        .find_map(|name| env::var(name).ok());
    let level = wanted.as_deref().and_then(Level::parse).unwrap_or(Level::Info);
    Log::open(&path, level).map_err(at(&path))
}

/// Makes a directory where it is missing, and names it without links.
fn prepare(dir: &Path) -> Result<PathBuf, DaemonError> {
    fs::create_dir_all(dir).map_err(at(dir))?;
    dir.canonicalize().map_err(at(dir))
}

fn clean(root: &Path) -> Result<(), DaemonError> {
    match fs::remove_dir_all(root) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(root)(error)),
        _ => Ok(()),
    }
}

fn lock(root: &Path) -> Result<File, DaemonError> {
    let dir = File::open(root).map_err(at(root))?;
    flock(&dir, FlockOperation::NonBlockingLockExclusive).map_err(|_| DaemonError::InUse(root.to_owned()))?;
    Ok(dir)
}

fn open_store(log: &Log, dir: &Path) -> Result<Store, DaemonError> {
    let text = format_args!("Using LMDB directory '{}'", dir.display());
    log.line(Level::Trace, "MetadataModule", "", text);
    fs::create_dir_all(dir).map_err(at(dir))?;
    Store::open(dir).map_err(|source| DaemonError::Store {
        path: dir.to_owned(),
        source,
    })
}

fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn open_listener(log: &Log, options: &Options) -> Result<(TcpListener, SocketAddr), DaemonError> {
    let hostname = hostname();
    let wanted = options.listen.as_deref();
    let uri = format!("{}://{}", options.protocol(), wanted.unwrap_or(&hostname));
    log_debug(log, format_args!("Initializing RPC server: '{uri}'"));
    let opened = listen::open(wanted, &hostname).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    let (listener, address) = opened.map_err(|error| {
        let text = format!("Could not initialize hg_class with protocol {uri}");
        eprintln!("[error] {text}\n[error] {error}");
        log.error("init_rpc_server()", format_args!("{text}: {error}"));
        DaemonError::Listen
    })?;
    let text = format_args!("Accepting RPCs on address {}://{address}", options.protocol());
    log.info("init_rpc_server()", text);
    Ok((listener, address))
}

fn hosts_path(options: &Options) -> PathBuf {
    let env = || env::var_os("GKFS_HOSTS_FILE").map(PathBuf::from);
    options
        .hosts_file
        .clone()
        .or_else(env)
        .unwrap_or_else(|| PathBuf::from("./gkfs_hosts.txt"))
}

/// Enters the daemon into the hosts file and remembers its number, which its data depends on.
fn register(
    log: &Log,
    options: &Options,
    hosts: &HostsFile,
    store: &Store,
    address: SocketAddr,
    root: &Path,
) -> Result<usize, DaemonError> {
    let failed = |source| DaemonError::Store {
        path: root.to_owned(),
        source,
    };
    let before = read_before(store).map_err(failed)?;
    let text = format_args!("Populating hosts file: '{}'", hosts.path().display());
    log.debug("populate_hosts_file()", text);
    let line = format!("{} {}://{address}", hostname(), options.protocol());
    #[cfg(feature = "faults")]
    let line = crate::fault::Faults::from_env(log)?.hosts_line(line);
    let is = hosts.register(&line, before).map_err(at(hosts.path()))?;
    log.debug(
        "populate_hosts_file()",
        format_args!("Host successfully written and to hosts file"),
    );
    if let Some(Before { index: was, .. }) = before.filter(|before| before.index != is) {
        let root = root.to_owned();
        return Err(DaemonError::Moved { root, was, is });
    }
    let now = Before {
        index: is,
        port: address.port(),
    };
    write_before(store, now).map_err(failed)?;
    Ok(is)
}

fn read_before(store: &Store) -> Result<Option<Before>, StoreError> {
    let view = store.read()?;
    let (Some(index), Some(port)) = (view.word("index")?, view.word("port")?) else {
        return Ok(None);
    };
    Ok(Some(Before {
        index: index as usize,
        port: port as u16,
    }))
}

fn write_before(store: &Store, before: Before) -> Result<(), StoreError> {
    let mut change = store.write()?;
    change.set_word("index", before.index as u64)?;
    change.set_word("port", before.port.into())?;
    change.commit()
}

fn log_debug(log: &Log, text: std::fmt::Arguments<'_>) {
    log.debug("init_environment()", text);
}

fn log_options(log: &Log, options: &Options, mountdir: &Path, root: &Path, meta: &Path) {
    let func = "parse_input()";
    let sm = options.auto_sm;
    let text = format_args!("Shared memory (auto_sm) for intra-node communication (IPCs) set to '{sm}'.");
    log.debug(func, text);
    log.info(func, format_args!("Mountdir '{}'", mountdir.display()));
    log.debug(func, format_args!("Root directory: '{}'", root.display()));
    log.debug(func, format_args!("Meta directory: '{}'", meta.display()));
    for option in &options.ignored {
        log.info(
            func,
            format_args!("Option '{option}' is accepted and has no effect here"),
        );
    }
}

fn log_cluster(log: &Log, options: &Options) {
    let protocol = options.protocol();
    log_debug(log, format_args!("Initializing RPC client: '{protocol}'"));
    let text = format_args!("RPC client initialization successful for protocol {protocol}");
    log.info("init_rpc_client()", text);
    log_debug(log, format_args!("RPC client running."));
    log_debug(log, format_args!("Initializing Distributor ... "));
    log_debug(log, format_args!("Distributed running."));
    log_debug(log, format_args!("Initializing MalleableManager..."));
    log_debug(log, format_args!("MalleableManager running."));
}
