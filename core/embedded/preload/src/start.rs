//! The constructor: the loader calls it before any other code of the program, thanks to `initfirst`.

use crate::{
    client::CLIENT,
    config::Config,
    desk::PathBuf,
    environment::{Environment, strings},
    log::{self, Level},
    placeholder, process, signal,
    sys::*,
};
use core::{ffi::c_int, fmt::Write, sync::atomic::Ordering::Relaxed};
use gkfs_proto::text::{Line, Quoted};

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn(c_int, *const *const u8, *const *const u8) = constructor;

unsafe extern "C" {
    /// Our own ELF header; the linker defines it.
    #[link_name = "__ehdr_start"]
    static IMAGE: [u8; 64];
}

/// What the real client says when no daemon answers; programs and tests look for it.
const NO_DAEMON: &str = "Unable to fetch file system configurations from daemon process through RPC.\n";
const NO_DISPATCH: &str = "gkfs client: this kernel has no system call user dispatch (Linux 5.11 or later on x86-64 is needed); nothing was started\n";

extern "C" fn constructor(_argc: c_int, argv: *const *const u8, envp: *const *const u8) {
    // SAFETY: the constructor is the first code to run in the process, so nobody else uses the configuration;
    // the loader passes the kernel's arrays, which nobody has changed yet.
    let (config, environment) = unsafe { (CLIENT.config.fill(), Environment::new(envp)) };
    config.read(&environment);
    CLIENT.pid.store(sys!(__NR_getpid).unwrap_or(0) as u32, Relaxed);
    let umask = sys!(__NR_umask, 0o77).unwrap_or(0o22);
    let _ = sys!(__NR_umask, umask);
    CLIENT.umask.store(umask as u32, Relaxed);
    // SAFETY: as above; `argv` ends with a NULL.
    say_hello(unsafe { strings(argv) });
    if connect(config, &environment).is_none() {
        log::log(Level::Critical, format_args!("{}", NO_DAEMON.trim_end()));
        end(NO_DAEMON);
    }
    // Few programs pass on descriptors beyond these.
    CLIENT.opened.store((0..16).any(placeholder::is), Relaxed);
    config.text = own_text();
    if !CLIENT.stacks.reserve() || signal::install().is_err() || process::arm().is_err() {
        log::log(Level::Critical, format_args!("{}", NO_DISPATCH.trim_end()));
        end(NO_DISPATCH);
    }
}

/// Ends the process with a message: a program that believes it works on the mount must not go on without it.
fn end(message: &str) -> ! {
    log::complain(message);
    loop {
        let _ = sys!(__NR_exit_group, 1);
    }
}

fn say_hello<'a>(argv: impl Iterator<Item = &'a [u8]>) {
    let mut line = Line::<4096>::new();
    for (index, word) in argv.enumerate() {
        let gap = if index == 0 { "" } else { " " };
        for chunk in word.utf8_chunks() {
            // What does not fit is cut off.
            let _ = write!(
                line,
                "{}{}",
                if chunk.valid().is_empty() { "" } else { gap },
                chunk.valid()
            );
        }
    }
    let text = core::str::from_utf8(line.as_bytes()).unwrap_or("");
    log::log(Level::Info, format_args!("Process cmdline: '{text}'"));
}

/// Reads the hosts file and lets the first daemon that answers say where the file system is mounted.
fn connect(config: &mut Config, environment: &Environment) -> Option<()> {
    log::log(Level::Info, format_args!("Loading peer addresses..."));
    let name = environment
        .get(b"LIBGKFS_HOSTS_FILE")
        .unwrap_or(b"./gkfs_hosts.txt");
    config.hosts_file.absolute(name).ok()?;
    if config.hosts.load(&mut config.hosts_file).is_none() {
        log::log(
            Level::Error,
            format_args!(
                "Failed to load hosts addresses: no usable hosts file {}",
                Quoted(name)
            ),
        );
        return None;
    }
    let protocol = config.hosts.protocol();
    log::log(
        Level::Info,
        format_args!("RPC protocol '{protocol}' extracted from hosts file. Using auto_sm is 'false'"),
    );
    log::log(
        Level::Info,
        format_args!("Hosts pool size: {}", config.hosts.len()),
    );
    log::log(
        Level::Info,
        format_args!("Retrieving file system configuration..."),
    );
    let mut reply = [0; 10 * 1024];
    (0..config.hosts.len()).find_map(|daemon| {
        let welcome = CLIENT.connections.welcome(daemon, &mut reply)?;
        config.mount.set(welcome).ok()
    })?;
    canonical(&config.mount, &mut config.real);
    config.aliased = config.mount.as_bytes() != config.real.as_bytes();
    if let Ok(mount) = core::str::from_utf8(config.mount.as_bytes()) {
        log::log(Level::Info, format_args!("Mountdir: '{mount}'"));
    }
    let Ok(forward) = crate::forwarding::read(environment, config.hosts.len()) else {
        log::log(
            Level::Error,
            format_args!("Unable to determine the forwarder for host"),
        );
        return None;
    };
    config.forward = forward;
    log::log(
        Level::Info,
        format_args!("Environment initialization successful."),
    );
    Some(())
}

/// Asks the kernel for its own name of the mount point: `getcwd` will use it.
fn canonical(mount: &PathBuf, real: &mut PathBuf) {
    let mut path = PathBuf::EMPTY;
    let known = path.set(mount.as_bytes()).is_ok()
        && sys!(__NR_open, path.terminated(), O_PATH | O_DIRECTORY | O_CLOEXEC).is_ok_and(|fd| {
            let name = crate::paths::name_of(fd as i32, real);
            let _ = sys!(__NR_close, fd);
            name.is_ok()
        });
    if !known {
        // Not there: the daemon's word is all there is. It fits, it is as long as the path it came from.
        let _ = real.set(mount.as_bytes());
    }
}

/// Where our executable segment is.
fn own_text() -> (usize, usize) {
    let image = (&raw const IMAGE).cast::<u8>();
    // SAFETY: the header and the program headers it points to are mapped, and are as ELF-64 lays them out.
    unsafe {
        let headers = image.add(image.add(32).cast::<u64>().read() as usize);
        let (size, count) = (
            image.add(54).cast::<u16>().read(),
            image.add(56).cast::<u16>().read(),
        );
        for index in 0..usize::from(count) {
            let header = headers.add(index * usize::from(size));
            let (kind, flags) = (header.cast::<u32>().read(), header.add(4).cast::<u32>().read());
            // PT_LOAD, PF_X
            if kind == 1 && flags & 1 != 0 {
                let address = header.add(16).cast::<u64>().read() as usize;
                let len = header.add(40).cast::<u64>().read() as usize;
                return (image as usize + address, len);
            }
        }
    }
    (0, 0)
}
