//! The read family. Buffers come back whole: as long as they were asked for, zeros at the end.

use libc::O_RDONLY;

use super::{Pread, Preadv, Read, Readv};
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::{ReadReply, ReadvReply};
use crate::sys::{Result, fd, zeroed};

impl Execute for Read {
    fn run(&self, cx: &mut Context) -> ReadReply {
        cx.with(&self.pathname, O_RDONLY, |fd| {
            one(self.count, |buffer| fd::read(fd, buffer))
        })
        .into()
    }
}

impl Execute for Pread {
    fn run(&self, cx: &mut Context) -> ReadReply {
        let call = |fd| one(self.count, |buffer| fd::pread(fd, buffer, self.offset));
        cx.with(&self.pathname, O_RDONLY, call).into()
    }
}

impl Execute for Readv {
    fn run(&self, cx: &mut Context) -> ReadvReply {
        let call = |fd| two([self.count_0, self.count_1], |buffers| fd::readv(fd, buffers));
        cx.with(&self.pathname, O_RDONLY, call).into()
    }
}

impl Execute for Preadv {
    fn run(&self, cx: &mut Context) -> ReadvReply {
        let call = |fd| {
            two([self.count_0, self.count_1], |buffers| {
                fd::preadv(fd, buffers, self.offset)
            })
        };
        cx.with(&self.pathname, O_RDONLY, call).into()
    }
}

fn one(count: u64, read: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<(usize, Vec<u8>)> {
    let mut buffer = zeroed(count)?;
    let length = read(&mut buffer)?;
    Ok((length, buffer))
}

fn two(
    [first, second]: [u64; 2],
    read: impl FnOnce([&mut [u8]; 2]) -> Result<usize>,
) -> Result<(usize, [Vec<u8>; 2])> {
    let (mut first, mut second) = (zeroed(first)?, zeroed(second)?);
    let length = read([&mut first, &mut second])?;
    Ok((length, [first, second]))
}
