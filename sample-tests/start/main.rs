//! Ten small files to learn from, one idea each. Read them in order.

#[path = "09_cluster.rs"]
mod cluster;
#[path = "03_files.rs"]
mod files;
#[path = "10_killed_daemon.rs"]
mod killed_daemon;
#[path = "01_mkdir.rs"]
mod mkdir;
#[path = "07_own_fixture.rs"]
mod own_fixture;
#[path = "08_parameters.rs"]
mod parameters;
#[path = "02_reply.rs"]
mod reply;
#[path = "05_script.rs"]
mod script;
#[path = "06_session.rs"]
mod session;
#[path = "04_shell.rs"]
mod shell;
