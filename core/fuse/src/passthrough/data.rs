//! Contents and extended attributes.

use rustix::fs::{FallocateFlags, SeekFrom, XattrFlags};
use rustix::io::Errno;

use super::{Answer, Passthrough};
use crate::abi;
use crate::codec::{Body, Reply, Request};

/// The longest extended attribute, and the longest list of them.
const LONGEST: usize = 64 << 10;

impl Passthrough {
    pub(super) fn ask_data(&mut self, request: &Request) -> Answer {
        let node = request.node();
        match &request.body {
            Body::Read { args } => self.read(args),
            Body::Write { args, data } => self.write(args, &data.0),
            Body::Fsync { args } | Body::Fsyncdir { args } => {
                rustix::fs::fsync(self.file(args.fh)?)?;
                Ok(Reply::Empty)
            }
            Body::Fallocate { args } => {
                let mode = FallocateFlags::from_bits_retain(args.mode);
                rustix::fs::fallocate(self.file(args.fh)?, mode, args.offset, args.length)?;
                Ok(Reply::Empty)
            }
            Body::Lseek { args } => {
                let to = match args.whence as i32 {
                    libc::SEEK_DATA => SeekFrom::Data(args.offset),
                    libc::SEEK_HOLE => SeekFrom::Hole(args.offset),
                    _ => return Err(Errno::INVAL),
                };
                Ok(Reply::Offset(rustix::fs::seek(self.file(args.fh)?, to)?))
            }
            Body::CopyFileRange { args } | Body::CopyFileRange64 { args } => self.copy(args),
            Body::Setxattr { args, name, value } => {
                let flags = XattrFlags::from_bits_retain(args.flags);
                rustix::fs::lsetxattr(self.real(node)?, name.as_os_str(), &value.0, flags)?;
                Ok(Reply::Empty)
            }
            Body::Getxattr { args, name } => {
                let mut room = vec![0; LONGEST];
                let length = rustix::fs::lgetxattr(self.real(node)?, name.as_os_str(), &mut room[..])?;
                room.truncate(length);
                sized(room, args.size)
            }
            Body::Listxattr { args } => {
                let mut room = vec![0; LONGEST];
                let length = rustix::fs::llistxattr(self.real(node)?, &mut room[..])?;
                room.truncate(length);
                sized(room, args.size)
            }
            Body::Removexattr { name } => {
                rustix::fs::lremovexattr(self.real(node)?, name.as_os_str())?;
                Ok(Reply::Empty)
            }
            Body::Ioctl { .. } => Err(Errno::NOTTY),
            _ => Err(Errno::NOSYS),
        }
    }

    fn read(&self, args: &abi::ReadIn) -> Answer {
        let mut data = vec![0; args.size as usize];
        let mut length = 0;
        while length < data.len() {
            match rustix::io::pread(
                self.file(args.fh)?,
                &mut data[length..],
                args.offset + length as u64,
            ) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        data.truncate(length);
        Ok(Reply::Data(data))
    }

    fn write(&self, args: &abi::WriteIn, data: &[u8]) -> Answer {
        let mut length = 0;
        while length < data.len() {
            match rustix::io::pwrite(self.file(args.fh)?, &data[length..], args.offset + length as u64) {
                Ok(more) => length += more,
                Err(Errno::INTR) => {}
                Err(errno) if length == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        Ok(Reply::Written(length as u32))
    }

    fn copy(&self, args: &abi::CopyFileRangeIn) -> Answer {
        let (mut from, mut to) = (args.off_in, args.off_out);
        let length = usize::try_from(args.len).unwrap_or(usize::MAX);
        let (one, two) = (self.file(args.fh_in)?, self.file(args.fh_out)?);
        let copied = rustix::fs::copy_file_range(one, Some(&mut from), two, Some(&mut to), length)?;
        Ok(Reply::Copied(copied as u64))
    }
}

fn sized(value: Vec<u8>, room: u32) -> Answer {
    match room as usize {
        0 => Ok(Reply::XattrSize(value.len() as u32)),
        room if value.len() > room => Err(Errno::RANGE),
        _ => Ok(Reply::Data(value)),
    }
}
