//! Upstream's checks that are more than one call.

use std::path::Path;

use libc::{O_RDONLY, O_RDWR, O_WRONLY};

use super::{DupValidate, FileCompare, WriteRandom, WriteValidate};
use crate::context::Context;
use crate::execute::{self, Execute};
use crate::reply::{CompareReply, StatusReply};
use crate::sys::{Errno, Result, fd, zeroed};
use crate::{IntoTarget as _, Operation as _};

impl Execute for WriteValidate {
    /// 1 if what was written is what is read; -1 and EINVAL if not (upstream's numbers).
    ///
    /// Upstream reads through a descriptor that is open for writing only, so that its check never
    /// sees the data; here it does.
    fn run(&self, cx: &mut Context) -> StatusReply {
        let target = self.pathname.as_path().into_target();
        cx.with(&target, O_RDWR, |file| write_and_read(file, self.count))
            .into()
    }
}

fn write_and_read(file: i32, count: u64) -> Result {
    let mut pattern = zeroed(count)?;
    pattern
        .iter_mut()
        .zip((b'0'..=b'9').cycle())
        .for_each(|(byte, digit)| *byte = digit);
    let written = fd::write(file, &pattern)?;
    fd::lseek(file, 0, libc::SEEK_SET)?;
    if written == pattern.len() && read_up_to(file, count)? == pattern {
        return Ok(1);
    }
    Err(Errno(libc::EINVAL))
}

/// Reads until `count` bytes or the end of the file.
fn read_up_to(file: i32, count: u64) -> Result<Vec<u8>> {
    let mut buffer = zeroed(count)?;
    let mut done = 0;
    while done < buffer.len() {
        match fd::read(file, &mut buffer[done..])? {
            0 => break,
            length => done += length,
        }
    }
    buffer.truncate(done);
    Ok(buffer)
}

impl Execute for WriteRandom {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let call = |fd| {
            let mut data = zeroed(self.count)?;
            data.iter_mut()
                .zip(RandomBytes::default())
                .for_each(|(byte, random)| *byte = random);
            fd::write(fd, &data)
        };
        cx.with(&self.pathname.as_path().into_target(), O_WRONLY, call)
            .into()
    }

    fn verbose(&self, reply: &StatusReply) -> String {
        execute::line("write", &self.show_arguments(), reply.retval, reply.errno)
    }
}

/// The bytes that upstream writes: `independent_bits_engine<default_random_engine, 8>`, seed 42, as
/// the C++ standard defines it over `minstd_rand0`.
struct RandomBytes {
    state: u64,
}

impl Default for RandomBytes {
    fn default() -> Self {
        Self { state: 42 }
    }
}

impl Iterator for RandomBytes {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        const MODULUS: u64 = 2_147_483_647;
        // The greatest multiple of 256 in the generator's range: what is above would favour some bytes.
        const LIMIT: u64 = (MODULUS - 1) / 256 * 256;
        loop {
            self.state = self.state * 16_807 % MODULUS;
            let number = self.state - 1;
            if number < LIMIT {
                return Some((number % 256) as u8);
            }
        }
    }
}

impl Execute for FileCompare {
    fn run(&self, cx: &mut Context) -> CompareReply {
        let first = read_file(cx, &self.path_1, self.count);
        first
            .and_then(|first| Ok(first == read_file(cx, &self.path_2, self.count)?))
            .into()
    }

    fn verbose(&self, reply: &CompareReply) -> String {
        if reply.retval == -1 {
            return execute::line(Self::NAME, &self.show_arguments(), reply.retval, reply.errno);
        }
        let (first, second) = (self.path_1.display(), self.path_2.display());
        format!(
            "memcmp(path_1='{first}', path_2='{second}', count='{}') = '{}'",
            self.count, reply.retval
        )
    }
}

fn read_file(cx: &mut Context, path: &Path, count: u64) -> Result<Vec<u8>> {
    cx.with(&path.into_target(), O_RDONLY, |fd| read_up_to(fd, count))
}

impl Execute for DupValidate {
    /// Copies the descriptor with dup() and dup2(), and expects the right numbers. Like upstream's, for
    /// all that its help says, it leaves out dup3(): the real client refuses that.
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.with(&self.pathname.as_path().into_target(), O_WRONLY, copies)
            .into()
    }
}

fn copies(fd: i32) -> Result {
    let copy = fd::dup(fd)?;
    let again = fd::dup2(fd, copy);
    fd::close(copy)?;
    if again? == copy {
        Ok(0)
    } else {
        Err(Errno(libc::EBADF))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_are_those_of_the_standard_library_of_cpp() {
        // The first numbers of minstd_rand0 with seed 42 are 705894, 1126542223, 1579310009.
        let bytes: Vec<u8> = RandomBytes::default().take(3).collect();
        assert_eq!(
            bytes,
            [
                (705_893 % 256) as u8,
                (1_126_542_222_u64 % 256) as u8,
                (1_579_310_008_u64 % 256) as u8
            ]
        );
    }
}
