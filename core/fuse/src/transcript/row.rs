//! The lines of a transcript's file: one of JSON that tells what was agreed on, then one for each thing that passed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{DIRECTIONS, Line};
use crate::codec::{Protocol, Request};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) fusetrace: u32,
    pub(super) minor: u32,
    pub(super) kernel_minor: u32,
    pub(super) flags: u64,
    pub(super) little_endian: bool,
    /// Written while it came about: it has the end of the connection, unless it was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) live: bool,
}

impl Head {
    pub(super) const fn new(protocol: &Protocol, live: bool) -> Self {
        Self {
            fusetrace: VERSION,
            minor: protocol.minor,
            kernel_minor: protocol.kernel_minor,
            flags: protocol.flags,
            little_endian: cfg!(target_endian = "little"),
            live,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    us: u64,
    dir: String,
    #[serde(default)]
    unique: u64,
    #[serde(default)]
    b64: String,
    text: String,
}

impl Row {
    pub(super) fn of(line: &Line) -> Self {
        Self {
            us: line.at.as_micros() as u64,
            dir: line.dir.clone(),
            unique: line.unique,
            b64: STANDARD.encode(&line.bytes),
            text: line.text.clone(),
        }
    }

    /// What it says, or what is wrong with it.
    pub(super) fn line(self, protocol: &Protocol) -> Result<Line, String> {
        if !DIRECTIONS.contains(&self.dir.as_str()) {
            let known = DIRECTIONS.join(", ");
            return Err(format!("`{}` is no direction: {known}", self.dir));
        }
        let bytes = STANDARD.decode(&self.b64).map_err(|error| error.to_string())?;
        if self.dir == "request" {
            Request::decode(&bytes, protocol).map_err(|error| error.to_string())?;
        }
        Ok(Line {
            at: Duration::from_micros(self.us),
            dir: self.dir,
            unique: self.unique,
            bytes,
            text: self.text,
        })
    }
}

/// As a line of a file.
pub(super) fn written(json: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(json)?;
    line.push(b'\n');
    Ok(line)
}
