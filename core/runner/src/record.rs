//! A run as a directory: written while it happens, opened again whenever.

mod run_file;

pub use run_file::{Host, RunFile, RunnerProcess, StackFile, StackInfo, State, Suite};

/// Which older runs may stay. What is over either limit goes, oldest first; the newest run always stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many runs.
    pub runs: usize,
    /// How many bytes all runs may take together.
    pub bytes: u64,
}

/// 20 runs, 2 GiB.
impl Default for Retention {
    fn default() -> Self {
        Self {
            runs: 20,
            bytes: 2 << 30,
        }
    }
}
