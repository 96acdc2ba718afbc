//! Discovers, schedules, runs and records tests of any kind.
