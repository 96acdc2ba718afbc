//! From the result of a call to the reply: `errno` 0 on success, zeros in what a failure left empty.

use super::Dirent;
use super::{
    CompareReply, CwdReply, FdReply, GetdentsReply, OpendirReply, ReadReply, ReaddirReply, ReadlinkReply,
    ReadvReply, StatBuf, StatReply, StatfsBuf, StatfsReply, StatusReply, StatxBuf, StatxReply,
    XattrListReply, XattrReply,
};
use crate::ByteString;
use crate::sys::{Errno, Result};

/// Splits a result into return value, error number and what the call filled.
fn split<T: Default>(result: Result<(i64, T)>) -> (i64, i32, T) {
    match result {
        Ok((retval, value)) => (retval, 0, value),
        Err(Errno(errno)) => (-1, errno, T::default()),
    }
}

/// A buffer as upstream prints it: null if nothing was asked for.
fn printed(buffer: Vec<u8>) -> Option<Vec<u8>> {
    (!buffer.is_empty()).then_some(buffer)
}

impl From<Result> for StatusReply {
    fn from(result: Result) -> Self {
        let (retval, errno, ()) = split(result.map(|retval| (retval, ())));
        Self { errno, retval }
    }
}

impl From<Result<usize>> for StatusReply {
    fn from(result: Result<usize>) -> Self {
        result.map(|length| length as i64).into()
    }
}

impl From<Result<i32>> for FdReply {
    fn from(result: Result<i32>) -> Self {
        match result {
            Ok(retval) => Self { errno: 0, retval },
            Err(Errno(errno)) => Self { errno, retval: -1 },
        }
    }
}

impl From<Result<bool>> for CompareReply {
    fn from(same: Result<bool>) -> Self {
        let (retval, errno, ()) = split(same.map(|same| (i64::from(!same), ())));
        Self { errno, retval }
    }
}

impl From<Result<u64>> for OpendirReply {
    fn from(result: Result<u64>) -> Self {
        match result {
            Ok(address) => Self {
                dirp: Some(address),
                errno: 0,
            },
            Err(Errno(errno)) => Self { dirp: None, errno },
        }
    }
}

impl From<Result<(usize, Vec<u8>)>> for ReadReply {
    fn from(result: Result<(usize, Vec<u8>)>) -> Self {
        let (retval, errno, buffer) = split(result.map(|(length, buffer)| (length as i64, buffer)));
        Self {
            buf: printed(buffer),
            errno,
            retval,
        }
    }
}

impl From<Result<(usize, [Vec<u8>; 2])>> for ReadvReply {
    fn from(result: Result<(usize, [Vec<u8>; 2])>) -> Self {
        let (retval, errno, [first, second]) =
            split(result.map(|(length, buffers)| (length as i64, buffers)));
        Self {
            buf_0: printed(first),
            buf_1: printed(second),
            errno,
            retval,
        }
    }
}

impl From<Result<Vec<Dirent>>> for ReaddirReply {
    fn from(result: Result<Vec<Dirent>>) -> Self {
        let (_, errno, dirents) = split(result.map(|dirents| (0, dirents)));
        Self { dirents, errno }
    }
}

impl From<Result<(usize, Vec<Dirent>)>> for GetdentsReply {
    fn from(result: Result<(usize, Vec<Dirent>)>) -> Self {
        let (retval, errno, dirents) = split(result.map(|(length, dirents)| (length as i64, dirents)));
        Self {
            dirents,
            errno,
            retval,
        }
    }
}

impl From<Result<StatBuf>> for StatReply {
    fn from(result: Result<StatBuf>) -> Self {
        let (retval, errno, statbuf) = split(result.map(|buffer| (0, buffer)));
        Self {
            errno,
            retval,
            statbuf,
        }
    }
}

impl From<Result<StatxBuf>> for StatxReply {
    fn from(result: Result<StatxBuf>) -> Self {
        let (retval, errno, statbuf) = split(result.map(|buffer| (0, buffer)));
        Self {
            errno,
            retval,
            statbuf,
        }
    }
}

impl From<Result<StatfsBuf>> for StatfsReply {
    fn from(result: Result<StatfsBuf>) -> Self {
        let (retval, errno, statfsbuf) = split(result.map(|buffer| (0, buffer)));
        Self {
            errno,
            retval,
            statfsbuf,
        }
    }
}

impl From<Result<ByteString>> for CwdReply {
    fn from(result: Result<ByteString>) -> Self {
        let (retval, errno, path) = split(result.map(|path| (0, path)));
        Self { errno, path, retval }
    }
}

impl From<Result<Vec<u8>>> for ReadlinkReply {
    fn from(result: Result<Vec<u8>>) -> Self {
        let (retval, errno, target) = split(result.map(|target| (target.len() as i64, target)));
        Self {
            errno,
            retval,
            target: target.into(),
        }
    }
}

impl From<Result<(usize, Vec<u8>)>> for XattrReply {
    fn from(result: Result<(usize, Vec<u8>)>) -> Self {
        let (retval, errno, value) = split(result.map(|(length, value)| (length as i64, value)));
        Self {
            errno,
            retval,
            value: value.into(),
        }
    }
}

impl From<Result<(usize, Vec<u8>)>> for XattrListReply {
    fn from(result: Result<(usize, Vec<u8>)>) -> Self {
        let (retval, errno, list) = split(result.map(|(length, list)| (length as i64, list)));
        let names = list
            .split(|&byte| byte == 0)
            .filter(|name| !name.is_empty())
            .map(ByteString::from);
        Self {
            errno,
            names: names.collect(),
            retval,
        }
    }
}
