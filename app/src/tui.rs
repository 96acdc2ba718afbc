//! The workbench screen: a session on a suite, or on a run that was recorded.
//!
//! # Theory of operation
//!
//! Three parts that know each other in one direction only. `state` is all there is to show, as data. [`update`]
//! takes a [`Msg`] and changes the state; what the world has to do about it, it returns as [`Effect`]s: it reads
//! no file and no clock. `view` draws a state, and can do nothing else. Which cell belongs to what is decided in
//! [`layout`], which both ask.
//!
//! `session` is the loop around them: it takes keys, signals, the events of runs and changes of files, whatever
//! comes first, drains all that has come, and draws at most once per frame and only when something changed. What
//! effects mean is said in `effect` and nowhere else.
//!
//! A run that happens and one that was recorded go through the same [`update`]: the events of the one come from the
//! runner, of the other from its `events.jsonl`.
//!
//! # Example
//!
//! ```
//! use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
//! use gkfs_bench::tui::{Effect, Mode, Msg, State, update};
//!
//! let mut state = State::new(Mode::Live, "my suite".into());
//! let key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
//! let effects = update::update(&mut state, Msg::Key(key));
//! assert!(matches!(effects.as_slice(), [Effect::Start(request)] if request.only.is_none()));
//! ```
//!
//! # What it does not do
//!
//! It runs nothing itself and keeps nothing: a session that is killed loses no result, they are all in the record.

pub mod action;
pub mod build;
mod clipboard;
pub mod config;
mod copy;
pub mod drill;
pub(crate) mod effect;
mod follow;
pub mod glyph;
pub(crate) mod headless;
mod job;
pub mod keymap;
pub mod layout;
pub(crate) mod lenient;
pub(crate) mod memory;
pub mod msg;
pub mod picture;
pub(crate) mod plain;
pub(crate) mod replay;
pub(crate) mod session;
pub(crate) mod shell;
pub mod stage;
pub mod state;
mod terminal;
pub mod theme;
mod tmux;
pub mod update;
pub mod view;

pub use msg::{Effect, Msg, Opened, Request};
pub use state::{Mode, State};
