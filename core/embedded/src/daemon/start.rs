//! From the options to a daemon that listens, in the real one's order and words.

use std::{
    env,
    fs::{self, File},
    io,
    net::{SocketAddr, TcpListener},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{FlockOperation, flock};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

use super::{
    Daemon,
    error::{DaemonError, at},
    hosts::{Before, HostsFile},
    listen,
    options::Options,
};
use crate::{
    chunks::Chunks,
    fs::{Fs, Parts},
    log::{Level, Log},
    peer::Cluster,
    server::Door,
    store::{Look, Store, StoreError},
};

/// Threads that serve requests.
const WORKERS: usize = 2;

pub(super) fn start(options: &Options) -> Result<Daemon, DaemonError> {
    let log = open_log()?;
    let mountdir = prepare(&options.mountdir)?;
    let root = options.root();
    if options.clean_rootdir {
        clean(&root)?;
    }
    let root = prepare(&root)?;
    let meta = prepare(&options.meta(&root))?;
    log_options(&log, options, &mountdir, &root, &meta);
    let lock = lock(&root, options.forwarding)?;

    log.info("main()", format_args!("Initializing environment"));
    let store_dir = meta.join("metadata");
    let (store, chunks) = open_storage(&log, &store_dir, &root.join("chunks"))?;

    let (listener, address) = open_listener(&log, options)?;
    log_debug(&log, format_args!("Initializing I/O pool"));
    let runtime = runtime().map_err(at(&root))?;
    let (stop, doors) = {
        let _inside = runtime.enter();
        (
            stop_signals().map_err(at(&root))?,
            doors(&log, listener, address).map_err(at(&root))?,
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
        doors,
        address,
        hosts,
        stop,
        _lock: lock,
    })
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

pub(super) fn clean(root: &Path) -> Result<(), DaemonError> {
    match fs::remove_dir_all(root) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(root)(error)),
        _ => Ok(()),
    }
}

/// Keeps other daemons out of the root directory, unless all of them share it on purpose.
fn lock(root: &Path, shared: bool) -> Result<File, DaemonError> {
    let dir = File::open(root).map_err(at(root))?;
    let how = if shared {
        FlockOperation::NonBlockingLockShared
    } else {
        FlockOperation::NonBlockingLockExclusive
    };
    flock(&dir, how).map_err(|_| DaemonError::InUse(root.to_owned()))?;
    Ok(dir)
}

/// Opens what keeps the metadata, and what keeps the data.
fn open_storage(log: &Log, store_dir: &Path, chunk_dir: &Path) -> Result<(Store, Chunks), DaemonError> {
    log_debug(
        log,
        format_args!("Initializing metadata DB: '{}'", store_dir.display()),
    );
    let store = open_store(log, &store_dir.join("lmdb"))?;
    log_debug(
        log,
        format_args!("Initializing storage backend: '{}'", chunk_dir.display()),
    );
    let chunks = Chunks::open(chunk_dir).map_err(at(chunk_dir))?;
    let text = format_args!(
        "Chunk storage initialized with path: '{}'",
        chunks.root().display()
    );
    log.line(Level::Debug, "DataModule", "ChunkStorage()", text);
    Ok((store, chunks))
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

fn doors(log: &Log, listener: TcpListener, address: SocketAddr) -> io::Result<Vec<Door>> {
    let mut doors = vec![Door::Tcp(tokio::net::TcpListener::from_std(listener)?)];
    match listen::beside(address).and_then(tokio::net::UnixListener::from_std) {
        Ok(local) => doors.push(Door::Local(local)),
        // Clients on this machine take TCP then, as all others do.
        Err(error) => log.info("init_rpc_server()", format_args!("No local socket: {error}")),
    }
    Ok(doors)
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
    if options.forwarding {
        log.info(func, format_args!("Forwarding mode enabled"));
    }
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
