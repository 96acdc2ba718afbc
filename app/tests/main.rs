//! The command from outside, on a machine of its own: no inherited `GKFS_*`, an empty home, no terminal.

mod bed;
mod lines;
mod python;
mod screen;
mod terminal;

mod cases {
    mod capsule;
    mod chaos;
    mod ci;
    mod cli;
    mod commands;
    mod config;
    mod crash;
    mod ctest;
    mod debugger;
    mod diff;
    mod doctor;
    mod ends;
    mod everything;
    mod follow;
    mod frame;
    mod fuse;
    mod help;
    mod hold;
    mod house_rules;
    mod junit;
    mod logs;
    mod look;
    mod monkey;
    mod nothing_yet;
    mod oracle;
    mod other_systems;
    mod outside;
    mod overlay;
    mod overlay_pytest;
    mod pasted;
    mod pictures;
    mod pty;
    mod pytest;
    mod python;
    mod record;
    mod run;
    mod samples;
    mod screens;
    mod several;
    mod shell;
    mod soak;
    mod stack;
    mod starter;
    mod stress;
    mod watch;
    mod watch_screens;
    mod wrap;
}
