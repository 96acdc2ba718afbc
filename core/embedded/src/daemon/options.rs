//! The daemon's command line, which is the real one's.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use lexopt::{Arg, Parser, ValueExt};

/// Exit statuses of the real daemon's option parser.
const EXTRAS: u8 = 109;
const REQUIRED: u8 = 106;
const ARGUMENT: u8 = 114;

/// What `--help` prints behind the usage line.
const HELP: &str = include_str!("help.txt");

/// What the daemon was asked to do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) mountdir: PathBuf,
    pub(crate) rootdir: PathBuf,
    pub(crate) rootdir_suffix: Option<String>,
    pub(crate) metadir: Option<PathBuf>,
    pub(crate) listen: Option<String>,
    pub(crate) hosts_file: Option<PathBuf>,
    pub(crate) protocol: Option<String>,
    pub(crate) auto_sm: bool,
    pub(crate) clean_rootdir: bool,
    pub(crate) clean_rootdir_finish: bool,
    /// Share the root directory with other daemons, so that any of them can serve any content.
    pub(crate) forwarding: bool,
    /// Options of the real daemon that mean nothing here, as given.
    pub(crate) ignored: Vec<String>,
}

/// What to do instead of serving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instead {
    /// Print this and exit with status 0.
    Print(String),
    /// Print this as an error and exit with this status.
    Refuse(String, u8),
}

impl Options {
    /// Reads the arguments; the first is the program's name.
    pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Options, Instead> {
        let mut parser = Parser::from_iter(args);
        let program = parser.bin_name().unwrap_or("gkfs_daemon").to_owned();
        let mut options = Options::default();
        while let Some(arg) = parser.next().map_err(argument)? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Err(Instead::Print(help(&program))),
                Arg::Long("version") => return Err(Instead::Print(version())),
                Arg::Short('m') | Arg::Long("mountdir") => options.mountdir = path(&mut parser)?,
                Arg::Short('r') | Arg::Long("rootdir") => options.rootdir = path(&mut parser)?,
                Arg::Short('s') | Arg::Long("rootdir-suffix") => {
                    options.rootdir_suffix = Some(text(&mut parser)?)
                }
                Arg::Short('i') | Arg::Long("metadir") => options.metadir = Some(path(&mut parser)?),
                Arg::Short('l') | Arg::Long("listen") => options.listen = Some(text(&mut parser)?),
                Arg::Short('H') | Arg::Long("hosts-file") => options.hosts_file = Some(path(&mut parser)?),
                Arg::Short('P') | Arg::Long("rpc-protocol") => options.protocol = Some(text(&mut parser)?),
                Arg::Long("auto-sm") => options.auto_sm = true,
                Arg::Long("enable-forwarding") => options.forwarding = true,
                Arg::Long("clean-rootdir") => options.clean_rootdir = true,
                Arg::Short('c') | Arg::Long("clean-rootdir-finish") => options.clean_rootdir_finish = true,
                Arg::Short(letter) => options.ignore(&format!("-{letter}"), &mut parser)?,
                Arg::Long(name) => {
                    let name = format!("--{name}");
                    options.ignore(&name, &mut parser)?;
                }
                Arg::Value(value) => return Err(unexpected(&value.to_string_lossy())),
            }
        }
        options.check()
    }

    /// Takes what the real daemon takes and this one has no use for.
    fn ignore(&mut self, option: &str, parser: &mut Parser) -> Result<(), Instead> {
        let (name, has_value) = match option {
            "-d" | "--dbbackend" => ("dbbackend", true),
            "-p" | "--proxy-protocol" => ("proxy-protocol", true),
            "-L" | "--proxy-listen" => ("proxy-listen", true),
            "--parallaxsize" => ("parallaxsize", true),
            "--output-stats" => ("output-stats", true),
            "--enable-collection" => ("enable-collection", false),
            "--enable-chunkstats" => ("enable-chunkstats", false),
            option => return Err(unexpected(option)),
        };
        let value = if has_value {
            format!("={}", text(parser)?)
        } else {
            String::new()
        };
        self.ignored.push(format!("--{name}{value}"));
        Ok(())
    }

    fn check(self) -> Result<Options, Instead> {
        for (name, path) in [("mountdir", &self.mountdir), ("rootdir", &self.rootdir)] {
            if path.as_os_str().is_empty() {
                return Err(refuse(&format!("--{name} is required"), REQUIRED));
            }
        }
        Ok(self)
    }

    /// The directory of this daemon's data.
    pub(crate) fn root(&self) -> PathBuf {
        match &self.rootdir_suffix {
            Some(suffix) => self.rootdir.join(suffix),
            None => self.rootdir.clone(),
        }
    }

    /// The directory of this daemon's metadata. Daemons that forward share theirs too, and each takes a part of
    /// it, named by its process as the real one does.
    pub(crate) fn meta(&self, root: &Path) -> PathBuf {
        let meta = self.metadir.clone().unwrap_or_else(|| root.to_owned());
        if self.forwarding {
            meta.join(std::process::id().to_string())
        } else {
            meta
        }
    }

    /// The RPC protocol, a word in the hosts file.
    pub(crate) fn protocol(&self) -> &str {
        self.protocol.as_deref().unwrap_or("ofi+sockets")
    }
}

fn path(parser: &mut Parser) -> Result<PathBuf, Instead> {
    Ok(parser.value().map_err(argument)?.into())
}

fn text(parser: &mut Parser) -> Result<String, Instead> {
    parser.value().and_then(|value| value.string()).map_err(argument)
}

fn argument(error: lexopt::Error) -> Instead {
    refuse(&error.to_string(), ARGUMENT)
}

fn unexpected(argument: &str) -> Instead {
    refuse(
        &format!("The following argument was not expected: {argument}"),
        EXTRAS,
    )
}

fn refuse(why: &str, status: u8) -> Instead {
    Instead::Refuse(format!("{why}\nRun with --help for more information."), status)
}

fn help(program: &str) -> String {
    format!("Allowed options\nUsage: {program} [OPTIONS]\n\n{HELP}")
}

fn version() -> String {
    format!(
        "0.9.3-embedded+{}\nChunk size: {} bytes",
        env!("CARGO_PKG_VERSION"),
        gkfs_proto::CHUNK_SIZE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, Instead> {
        let all = ["gkfs_daemon"].iter().chain(args);
        Options::parse(all.map(OsString::from))
    }

    #[test]
    fn upstream_harness_command_line() {
        let options = parse(&[
            "--mountdir",
            "/m",
            "--rootdir=/r",
            "-l",
            "lo:4444",
            "--metadir",
            "/x",
            "--dbbackend",
            "rocksdb",
            "--output-stats",
            "/s",
            "--enable-collection",
            "--enable-chunkstats",
        ])
        .unwrap();
        assert_eq!(options.root(), Path::new("/r"));
        assert_eq!(options.meta(&options.root()), Path::new("/x"));
        assert_eq!(options.listen.as_deref(), Some("lo:4444"));
        assert_eq!(
            options.ignored,
            [
                "--dbbackend=rocksdb",
                "--output-stats=/s",
                "--enable-collection",
                "--enable-chunkstats"
            ]
        );
    }

    #[test]
    fn daemons_that_forward_keep_their_metadata_apart() {
        let options = parse(&["-m", "/m", "-r", "/r", "-i", "/x", "--enable-forwarding"]).unwrap();
        let own = std::process::id().to_string();
        assert_eq!(options.meta(&options.root()), Path::new("/x").join(own));
        assert_eq!(options.ignored, [""; 0]);
    }

    #[test]
    fn what_is_unknown_or_missing_is_refused() {
        let status = |args: &[&str]| match parse(args) {
            Err(Instead::Refuse(_, status)) => status,
            other => panic!("{other:?}"),
        };
        assert_eq!(status(&["-m", "/m", "-r", "/r", "--nonsense"]), EXTRAS);
        assert_eq!(status(&["-m", "/m", "-r", "/r", "more"]), EXTRAS);
        assert_eq!(status(&["-m", "/m"]), REQUIRED);
        assert_eq!(status(&["-m"]), ARGUMENT);
    }

    #[test]
    fn help_names_every_option_and_wins() {
        let Err(Instead::Print(help)) = parse(&["--help", "--nonsense"]) else {
            panic!("no help");
        };
        for option in [
            "--mountdir",
            "--clean-rootdir-finish",
            "--proxy-listen",
            "--version",
        ] {
            assert!(help.contains(option), "{option}");
        }
    }
}
