//! What the measurements share: a suite to measure on, and a terminal that knows when its pixels changed.

pub(crate) mod noise;
pub(crate) mod suite;
pub(crate) mod terminal;
