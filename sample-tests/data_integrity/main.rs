//! Data: what was written is what is read, wherever the chunks end.

mod chunks;
mod sizes;
