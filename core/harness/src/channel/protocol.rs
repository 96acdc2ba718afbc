//! What is asked through the channel, and the shape of an answer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use gkfs_io::ByteString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::ReplyWords;

/// The version that both sides speak.
pub(super) const VERSION: u64 = 1;

/// How a client carries its operations out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ops {
    /// In a session, where that cannot be told apart from a process for each.
    Session,
    /// In a process for each.
    #[default]
    Process,
}

/// A number in a line of its own names whom the answer is for.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) n: Option<u64>,
    #[serde(flatten)]
    pub(super) request: Value,
}

/// A request; `do` names it.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Request {
    /// Says which version the caller speaks.
    Hello { protocol: u64 },
    /// Opens a test.
    Begin(Begin),
    /// Ends all that was started for a test.
    End {
        test: String,
        /// The fixture as whose teardown the record tells of it: the caller does not wait, and whoever reads the record
        /// does.
        later: Option<String>,
    },
    /// Starts a daemon and waits until it is ready.
    DaemonStart(DaemonStart),
    /// Does something to a daemon.
    Daemon {
        test: String,
        daemon: u64,
        act: DaemonAct,
        /// The fixture that ends with this.
        fixture: Option<String>,
    },
    /// Makes a client.
    Client {
        test: String,
        #[serde(default)]
        env: BTreeMap<String, String>,
        /// Variables that the stack or whoever started the tests may say otherwise.
        #[serde(default)]
        unless_set: BTreeMap<String, String>,
        #[serde(default)]
        ops: Ops,
    },
    /// Has a client carry an operation out.
    Op {
        test: String,
        client: u64,
        name: String,
        words: Vec<ByteString>,
    },
    /// Runs a program or a script.
    Shell(ShellCommand),
    /// Tells the variables that make a process a client.
    Environ { test: String },
    /// Makes a file in the workspace's `tmp/`.
    File {
        test: String,
        name: ByteString,
        size: u64,
    },
    /// Does something with the views of one of the caller's threads, which it names.
    Overlay {
        test: String,
        thread: String,
        act: OverlayAct,
    },
    /// Starts a fake FUSE server.
    FuseStart(FuseStart),
    /// Says something to one, or asks it.
    Fuse { test: String, fuse: u64, act: FuseAct },
    /// Lets a test take its time: somebody looks at it in a debugger.
    Lift { test: String },
    /// Writes a line to the test's record.
    Log {
        test: String,
        level: String,
        text: String,
    },
}

/// Opens a test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    /// The caller's name for it.
    pub(super) test: String,
    /// Where the suite file is looked for, and upwards.
    pub(super) root: PathBuf,
    /// The workspace; by default that of the attempt, or a temporary one.
    pub(super) dir: Option<PathBuf>,
    /// Where clients are started, as the caller would start them himself; by default in the workspace.
    pub(super) cwd: Option<PathBuf>,
    /// Where a workspace that is already there is moved first: the test is run again.
    pub(super) aside: Option<String>,
    /// What the runner says, and what else everything that is started shall find.
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
}

/// Starts a daemon.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DaemonStart {
    pub(super) test: String,
    /// The fixture that begins with this.
    pub(super) fixture: Option<String>,
    #[serde(default)]
    pub(super) args: Vec<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    /// The database of its metadata.
    pub(super) backend: Option<String>,
    /// In forwarding mode.
    #[serde(default)]
    pub(super) forwarding: bool,
}

/// What is done to a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DaemonAct {
    /// Ends it in peace.
    Shutdown,
    /// Kills it.
    Kill,
    /// Lets it answer nobody, until `cont`.
    Stop,
    /// Lets it continue.
    Cont,
    /// Ends it and starts it again.
    Restart,
    /// Tells whether it runs.
    Look,
}

/// What is done with the views of a thread.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum OverlayAct {
    /// Tells which process's user namespace the caller has to enter before; none where it may mount as it is.
    Where,
    /// Makes one, in the innermost that is there.
    Push(OverlayPush),
    /// Tells what has changed in the innermost.
    Changes,
    /// Tells it as text.
    Diff,
    /// Leaves the innermost.
    Pop,
    /// Tells what is in a changed file, of the innermost or of one that was left.
    Content { path: PathBuf, vaporized: Option<usize> },
}

/// What a view is to be like.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverlayPush {
    #[serde(default)]
    pub(super) pass: Vec<PathBuf>,
    #[serde(default)]
    pub(super) hide: Vec<PathBuf>,
    #[serde(default)]
    pub(super) read_only: Vec<PathBuf>,
    #[serde(default)]
    pub(super) copy: Vec<PathBuf>,
    pub(super) limit_bytes: Option<u64>,
    pub(super) limit_inodes: Option<u64>,
    pub(super) compare: Option<String>,
}

/// Starts a fake FUSE server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FuseStart {
    pub(super) test: String,
    /// As gVisor's framework was.
    #[serde(default)]
    pub(super) gvisor: bool,
    /// Nothing is answered that was not prepared.
    #[serde(default)]
    pub(super) strict: bool,
    /// What answers is this directory.
    pub(super) dir: Option<PathBuf>,
    /// Or a file system in memory, with these files.
    #[serde(default)]
    pub(super) files: BTreeMap<String, ByteString>,
    pub(super) minor: Option<u32>,
    #[serde(default)]
    pub(super) init_flags: u64,
    /// In seconds.
    pub(super) deadline: Option<f64>,
}

/// What is said to a fake FUSE server, or asked.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FuseAct {
    /// These requests will come.
    Expect(Expect),
    /// These will come, and wait for the test's answer.
    Hold(Expect),
    /// The next request that is held by such an expectation.
    Take { hold: u64 },
    /// What the test answers one that it took; as if it had not been held, without a reply.
    Answer { held: u64, reply: Option<ReplyWords> },
    /// Whether the caller of one that it took got a signal; waits until it did, if that is wanted.
    Interrupted { held: u64, wait: bool },
    /// Requests fail, or are slow, by a rule such as `READ:EIO:every=3`.
    Fault { rule: String },
    /// A prepared reply: `SetServerResponse`.
    Respond { opcodes: Vec<String>, reply: ReplyWords },
    /// A name that is found: `SetServerInodeLookup`.
    Lookup { name: ByteString, mode: u32, size: u64 },
    /// The next request: `GetServerActualRequest`.
    Next,
    /// All of them, or those of these opcodes.
    Requests {
        #[serde(default)]
        opcodes: Vec<String>,
    },
    /// How many were not read, how many replies not sent, and the bytes of all.
    Counts,
    /// A name is out of date.
    InvalEntry { parent: u64, name: ByteString },
    /// A node is out of date.
    InvalInode { node: u64, offset: i64, len: i64 },
    /// Saves the conversation.
    Save { path: PathBuf },
    /// Closes the device, as a server that crashes does.
    Abort,
    /// Takes out what was not as it should be.
    Problems,
    /// Everything came as expected, or else what did not.
    Verify,
    /// Unmounts.
    Stop,
}

/// An expectation.
#[derive(Debug, Deserialize)]
pub(super) struct Expect {
    pub(super) opcodes: Vec<String>,
    pub(super) node: Option<u64>,
    pub(super) name: Option<ByteString>,
    /// At least, and at most.
    pub(super) times: (usize, Option<usize>),
    pub(super) delay_ms: Option<u64>,
    /// Without one it is answered as ever.
    pub(super) reply: Option<ReplyWords>,
    /// Where the test says it.
    pub(super) at: Option<String>,
}

/// Runs a program or a script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShellCommand {
    pub(super) test: String,
    /// The program and its arguments; or else a script.
    pub(super) argv: Option<Vec<ByteString>>,
    pub(super) script: Option<ByteString>,
    /// Whether it sees the file system.
    #[serde(default = "yes")]
    pub(super) intercept: bool,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: Option<PathBuf>,
    /// In seconds.
    pub(super) timeout: Option<f64>,
    /// The signal's number at the deadline.
    pub(super) signal: Option<i32>,
}

fn yes() -> bool {
    true
}

/// An answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// Done.
    Ok(Value),
    /// Not done, and why.
    Error(Refusal),
    /// The stack cannot do what the test is about.
    Skip(String),
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Refusal {
    /// For programs.
    pub(super) kind: &'static str,
    /// For people.
    pub(super) message: String,
    /// A way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<&'static str>,
}

/// The bytes as the system takes them.
pub(super) fn os(bytes: &ByteString) -> OsString {
    OsString::from_vec(bytes.to_vec())
}
