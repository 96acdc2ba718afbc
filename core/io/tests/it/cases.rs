mod data;
mod descriptors;
mod golden;
mod lines;
mod names;
mod program;
mod session;
mod status;
