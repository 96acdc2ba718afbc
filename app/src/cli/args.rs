//! What was asked for, as data. Every doc comment in here is help text.

mod ci;
mod fuse;
mod overlay;
mod past;
mod run;
mod select;
mod session;
mod stack;

pub(crate) use ci::{Annotations, CiArgs};
pub(crate) use fuse::{FuseVerb, LineFormat, PrintArgs, TraceArgs};
pub(crate) use overlay::{ChangesFormat, OverlayArgs};
pub(crate) use past::{
    CleanArgs, ContinueArgs, DiffArgs, HistoryArgs, LogsArgs, PackArgs, RecordArgs, RunsArgs, ShellArgs,
    ShowArgs,
};
pub(crate) use run::{Format, Oracle, RunArgs};
pub(crate) use select::{ListArgs, ListFormat, SelectArgs};
pub(crate) use session::{DirArgs, InitArgs, OpenArgs, SessionArgs, WatchArgs};
pub(crate) use stack::{BenchArgs, PythonArgs, StackArgs, StackVerb};
