//! Whether two files hold the same.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::normal::Normalizer;
use super::Side;

/// Texts up to this size are compared without times, process numbers, ports and temporary paths.
const TEXT: u64 = 1 << 20;
/// How much is read at once.
const PART: usize = 64 * 1024;

/// What is needed to compare files.
pub(super) struct Contents<'a> {
    normal: [&'a Normalizer<'a>; 2],
    deadline: Instant,
    /// Files that were compared by nothing but their size, for want of time.
    unread: usize,
}

impl<'a> Contents<'a> {
    pub(super) fn new(normal: [&'a Normalizer<'a>; 2], deadline: Instant) -> Contents<'a> {
        Contents {
            normal,
            deadline,
            unread: 0,
        }
    }

    /// Whether two files hold the same, but for what differs from attempt to attempt.
    pub(super) fn are_same(&mut self, left: &Side, right: &Side) -> bool {
        let is_text = |side: &Side| side.size <= TEXT;
        if left.size != right.size && !(is_text(left) && is_text(right)) {
            return false;
        }
        if Instant::now() >= self.deadline {
            self.unread += 1;
            return left.size == right.size;
        }
        // What cannot be read is told apart by its size alone.
        match self.read(left, right) {
            Ok(are_same) => are_same,
            Err(_) => left.size == right.size,
        }
    }

    fn read(&mut self, left: &Side, right: &Side) -> io::Result<bool> {
        if left.size == right.size && self.have_same_bytes(left, right)? {
            return Ok(true);
        }
        if left.size > TEXT || right.size > TEXT {
            return Ok(false);
        }
        let sides = [&left.path, &right.path].map(|path| whole(path));
        let [Ok(left), Ok(right)] = sides else {
            return Ok(false);
        };
        let is_text = |bytes: &[u8]| !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
        Ok(is_text(&left) && is_text(&right) && self.lines(0, &left) == self.lines(1, &right))
    }

    fn have_same_bytes(&mut self, left: &Side, right: &Side) -> io::Result<bool> {
        let (mut left, mut right) = (open(&left.path)?, open(&right.path)?);
        let (mut one, mut other) = (vec![0; PART], vec![0; PART]);
        loop {
            let (read, also) = (fill(&mut left, &mut one)?, fill(&mut right, &mut other)?);
            if one[..read] != other[..also] {
                return Ok(false);
            }
            if read < PART {
                return Ok(true);
            }
            if Instant::now() >= self.deadline {
                self.unread += 1;
                return Ok(true);
            }
        }
    }

    fn lines(&self, side: usize, text: &[u8]) -> Vec<String> {
        let lines = text.split(|byte| *byte == b'\n');
        lines.map(|line| self.normal[side].line(line)).collect()
    }

    /// Whether two paths lead to the same place, each in its attempt.
    pub(super) fn is_same_path(&self, left: &Path, right: &Path) -> bool {
        let side = |side: usize, path: &Path| self.normal[side].line(path.as_os_str().as_bytes());
        left == right || side(0, left) == side(1, right)
    }

    /// Returns what is to be told of what was not read.
    pub(super) fn limit(&self, time: Duration) -> Option<String> {
        let files = match self.unread {
            0 => return None,
            1 => "1 file is".to_owned(),
            files => format!("{files} files are"),
        };
        Some(format!(
            "contents were compared for {} s only: {files} told apart by size alone",
            time.as_secs()
        ))
    }
}

/// Opens a plain file, and nothing else: a pipe would wait for ever.
pub(in crate::compare) fn open(path: &Path) -> io::Result<File> {
    let is_plain = || io::Error::other("not a plain file: it is not opened");
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(is_plain());
    }
    // It may have become something else since.
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let file = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(is_plain()),
    }
}

fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(TEXT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(bytes) => read += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
