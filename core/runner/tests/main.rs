//! The runner against real processes: small shell scripts, and a tiny cargo package.

mod bed;
mod found;
mod python;
mod cases {
    mod building;
    mod cancelling;
    mod capsule;
    mod ctest;
    mod discovering;
    mod golden;
    mod holding;
    mod killing;
    mod leaking;
    mod pytest;
    mod recording;
    mod repeating;
    mod room;
    mod verdicts;
}
