//! The system under test: where its programs are, and the environment that makes them the ones used.

mod checkout;
mod config;
mod files;
mod find;
mod script;
mod suite;
mod wrap;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

pub use config::{Kind, Mounting, StackConfig};
pub use files::{CLIENT, DAEMON, PRELOAD_LIBRARY};
pub use find::{Finder, NoStack};
pub use wrap::{Deadlines, Words, Wrap};

use crate::context::TestContext;
use crate::environment::Environment;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::workspace::Workspace;

/// The name of the stack that ships in `gkfs-bench`.
pub const EMBEDDED: &str = "embedded";
/// The name of the stack that is a bare directory.
pub const PLAIN: &str = "plain";

/// How many milliseconds libfabric's sockets spin after each message before they sleep. Its own 10 keep a processor
/// from the daemon that the client waits for: on two busy processors a thousand files took longer than 130 s to make with
/// 1, and 6 s with none.
const SPINS: (&str, &str) = ("FI_SOCKETS_PE_WAITTIME", "0");

/// A system under test.
///
/// Its directories go before those of `PATH` and `LD_LIBRARY_PATH` in everything that a test starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where `gkfs_daemon`, `gkfs.io` and perhaps the client library are.
    pub bin_dirs: Vec<PathBuf>,
    /// Where the client library and what it needs are.
    pub lib_dirs: Vec<PathBuf>,
    /// The network interface on which daemons listen.
    pub interface: String,
    /// The client library refuses what the real one refuses.
    pub strict: bool,
    /// Further variables for everything started.
    pub env: BTreeMap<String, String>,
    /// Our own program, which is `gkfs.io` when it is called so: sessions need one that knows them.
    pub exe: Option<PathBuf>,
    /// What is put around its programs.
    pub wrap: Wrap,
    /// How it is mounted, for [`Kind::Command`].
    pub mounting: Option<Mounting>,
}

/// A program under a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The file.
    pub path: PathBuf,
    /// What it is told to be called, if that is not the file's name.
    pub called: Option<&'static str>,
}

impl Stack {
    /// A stack of `kind` with nothing in it yet.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        let StackConfig { interface, .. } = StackConfig::default();
        Self {
            name: name.into(),
            kind,
            bin_dirs: Vec::new(),
            lib_dirs: Vec::new(),
            interface,
            strict: false,
            env: BTreeMap::new(),
            exe: None,
            wrap: Wrap::default(),
            mounting: None,
        }
    }

    /// A flat stack: everything in one directory, as `gkfs-bench stack install` makes it.
    pub fn flat(name: impl Into<String>, dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        Self {
            bin_dirs: vec![dir.clone()],
            lib_dirs: vec![dir],
            ..Self::new(name, Kind::Gekkofs)
        }
    }

    /// A bare directory in place of a file system: the kernel as oracle. `exe` is `gkfs-bench`, `gkfs-stack` or a
    /// `gkfs.io` of ours.
    pub fn plain(exe: impl Into<PathBuf>) -> Self {
        Self {
            exe: Some(exe.into()),
            ..Self::new(PLAIN, Kind::Plain)
        }
    }

    /// Finds the stack as a test without a runner does: see [`NoStack`] for the places.
    ///
    /// # Errors
    /// None of the places has one, or the first that has one is not usable.
    pub fn find() -> Result<Self> {
        Finder::new(None, None).find(&Environment::read()?)
    }

    /// Runs without daemon and preload library.
    pub fn is_plain(&self) -> bool {
        self.kind == Kind::Plain
    }

    /// Its clients see the file system only under its library; elsewhere any process does.
    pub fn preloads(&self) -> bool {
        self.kind == Kind::Gekkofs
    }

    /// The daemon's program.
    ///
    /// # Errors
    /// None of the directories has it.
    pub fn daemon(&self) -> Result<PathBuf> {
        self.program(DAEMON)
    }

    /// The one client library.
    ///
    /// # Errors
    /// None of the directories has it, or two have different ones.
    pub fn preload_library(&self) -> Result<PathBuf> {
        files::preload_library(self)
    }

    /// The stack's own `gkfs.io`, which runs one operation and ends.
    ///
    /// # Errors
    /// None of the directories has it.
    pub fn client(&self) -> Result<Program> {
        match (self.program(CLIENT), &self.exe) {
            (Ok(path), _) => Ok(Program { path, called: None }),
            // What any process can see needs no client of its own: ours does as well.
            (Err(_), Some(exe)) if !self.preloads() => Ok(Program {
                path: exe.clone(),
                called: Some(CLIENT),
            }),
            (Err(error), _) => Err(error),
        }
    }

    /// A `gkfs.io` of ours, which knows sessions.
    ///
    /// # Errors
    /// There is neither our own program nor a `gkfs.io` in the stack.
    pub fn session(&self) -> Result<Program> {
        match &self.exe {
            Some(exe) => Ok(Program {
                path: exe.clone(),
                called: Some(CLIENT),
            }),
            None => self.client(),
        }
    }

    /// Makes sure that what is put around its programs is there.
    ///
    /// # Errors
    /// A wrapper or library that is not, by the key that names it.
    pub fn check_wrap(&self) -> Result<()> {
        let environ = self.environ();
        let path = environ
            .get(OsStr::new("PATH"))
            .cloned()
            .or_else(|| std::env::var_os("PATH"));
        if self.is_plain() && !self.wrap.daemon.0.is_empty() {
            return Err(crate::Error::Wrap {
                key: "wrap-daemon",
                stack: self.name.clone(),
                problem: "a bare directory has no daemon".into(),
            });
        }
        self.wrap.check(&self.name, path.as_deref(), &self.lib_dirs)
    }

    fn program(&self, name: &'static str) -> Result<PathBuf> {
        files::program(self, name)
    }

    /// The variables that put the stack's directories first.
    pub fn environ(&self) -> BTreeMap<OsString, OsString> {
        let mut environ: BTreeMap<OsString, OsString> = self
            .env
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let (name, value) = SPINS;
        if self.kind == Kind::Gekkofs && self.name != EMBEDDED && std::env::var_os(name).is_none() {
            environ.entry(name.into()).or_insert_with(|| value.into());
        }
        for (name, first) in [("PATH", &self.bin_dirs), ("LD_LIBRARY_PATH", &self.lib_dirs)] {
            if let Some(value) = before(first, std::env::var_os(name).as_deref()) {
                environ.insert(name.into(), value);
            }
        }
        environ
    }

    /// The variables under which a client sees the file system of `workspace`.
    ///
    /// # Errors
    /// There is no client library.
    pub fn client_environ(&self, workspace: &Workspace) -> Result<BTreeMap<OsString, OsString>> {
        let mut environ = self.environ();
        if !self.preloads() {
            if !self.wrap.preload_before.is_empty() {
                let libraries: Vec<&OsStr> = self
                    .wrap
                    .preload_before
                    .iter()
                    .map(|path| path.as_os_str())
                    .collect();
                environ.insert("LD_PRELOAD".into(), libraries.join(OsStr::new(":")));
            }
            return Ok(environ);
        }
        let mut set = |name: &str, value: &OsStr| {
            // What the suite file says about a variable is what its author wants.
            environ.entry(name.into()).or_insert_with(|| value.to_owned());
        };
        set("LIBGKFS_HOSTS_FILE", workspace.hosts_file().as_os_str());
        set("LIBGKFS_LOG", OsStr::new("all"));
        set(
            "LIBGKFS_LOG_OUTPUT",
            workspace.logdir().join("gkfs_client.log").as_os_str(),
        );
        if self.strict {
            set("LIBGKFS_STRICT", OsStr::new("1"));
        }
        let mut libraries: Vec<OsString> = self
            .wrap
            .preload_before
            .iter()
            .map(|library| library.clone().into())
            .collect();
        libraries.push(self.preload_library()?.into());
        set("LD_PRELOAD", &libraries.join(OsStr::new(":")));
        Ok(environ)
    }
}

/// `first` and then what `list` names, or nothing if both are empty.
fn before(first: &[PathBuf], list: Option<&OsStr>) -> Option<OsString> {
    let rest = list
        .filter(|list| !list.is_empty())
        .into_iter()
        .flat_map(std::env::split_paths);
    let all: Vec<PathBuf> = first.iter().cloned().chain(rest).collect();
    if all.is_empty() {
        None
    } else {
        std::env::join_paths(all).ok()
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let mut dirs: Vec<&Path> = self
            .bin_dirs
            .iter()
            .chain(&self.lib_dirs)
            .map(PathBuf::as_path)
            .collect();
        dirs.dedup();
        for (at, dir) in dirs.into_iter().enumerate() {
            write!(f, "{}{}", if at == 0 { ": " } else { ", " }, dir.display())?;
        }
        Ok(())
    }
}

impl Fixture for Stack {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok((*context.stack()?).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_come_first() {
        let first = [PathBuf::from("/s")];
        assert_eq!(
            before(&first, Some(OsStr::new("/usr/bin:/bin"))),
            Some("/s:/usr/bin:/bin".into())
        );
        assert_eq!(before(&first, Some(OsStr::new(""))), Some("/s".into()));
        assert_eq!(before(&[], None), None);
    }

    #[test]
    fn a_suite_files_variable_stands() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(PRELOAD_LIBRARY), "").unwrap();
        let mut stack = Stack::flat("mine", dir.path());
        stack.env.insert("LIBGKFS_LOG".into(), "none".into());
        stack.strict = true;
        let environ = stack.client_environ(&Workspace::temporary().unwrap()).unwrap();
        let value = |name: &str| environ.get(OsStr::new(name)).cloned().unwrap();
        assert_eq!(value("LIBGKFS_LOG"), "none");
        assert_eq!(value("LIBGKFS_STRICT"), "1");
        assert_eq!(value("LD_PRELOAD"), dir.path().join(PRELOAD_LIBRARY));
        assert!(
            value("LIBGKFS_LOG_OUTPUT")
                .to_string_lossy()
                .ends_with("logs/gkfs_client.log")
        );
    }

    #[test]
    fn the_sockets_of_a_real_stack_do_not_spin_unless_somebody_wants_it() {
        let spins = |stack: &Stack| stack.environ().remove(OsStr::new(SPINS.0));
        let real = Stack::flat("mine", "/opt/mine");
        assert_eq!(spins(&real).as_deref(), Some(OsStr::new("0")));
        let mut said = real.clone();
        said.env.insert(SPINS.0.into(), "10".into());
        assert_eq!(spins(&said).as_deref(), Some(OsStr::new("10")));
        assert_eq!(spins(&Stack::flat(EMBEDDED, "/opt/ours")), None);
        assert_eq!(spins(&Stack::plain("/ours")), None);
    }

    #[test]
    fn a_plain_stack_preloads_nothing_and_its_client_is_ours() {
        let stack = Stack::plain("/ours");
        let environ = stack.client_environ(&Workspace::temporary().unwrap()).unwrap();
        assert!(!environ.contains_key(OsStr::new("LD_PRELOAD")));
        let expected = Program {
            path: "/ours".into(),
            called: Some("gkfs.io"),
        };
        assert_eq!(
            (stack.client().unwrap(), stack.session().unwrap()),
            (expected.clone(), expected)
        );
    }
}
