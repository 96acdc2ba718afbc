//! `rename`: the file keeps everything but its name.

mod directories;
mod files;
mod open_files;
