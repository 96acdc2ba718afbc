//! The workbench for people who develop user-space file systems.
