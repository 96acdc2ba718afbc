//! The workbench screen: a session on a suite, or on a run that was recorded.
//!
//! # Theory of operation
//!
//! `state`, `update` and `view` know each other in this order only. [`theme`] gives every role of text its style.

pub mod theme;
