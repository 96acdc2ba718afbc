//! What the log says about a request, in the words of the real daemon where it has the same one.

use std::fmt::{self, Display};

use gkfs_proto::{frame::Op, msg, node::Node};

use crate::{
    fs::{Caller, Fail},
    log::{Level, Log},
};

/// Bytes that are text nearly always.
struct Text<'a>(&'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0.escape_ascii(), f)
    }
}

/// A client came, which reads the configuration first.
pub(super) fn hello(log: &Log, caller: Option<&Caller>) {
    match caller {
        Some(caller) => {
            log.debug("rpc_srv_get_fs_config()", format_args!("Got config RPC"));
            let Caller { pid, uid, gid, .. } = caller;
            let text =
                format_args!("Sending output configs back to library. pid '{pid}' uid '{uid}' gid '{gid}'");
            log.debug("rpc_srv_get_fs_config()", text);
        }
        None => log.error(
            "rpc_srv_get_fs_config()",
            format_args!("refused a client of another version"),
        ),
    }
}

/// A request came.
pub(super) fn request(log: &Log, op: Op, body: &[u8]) {
    if !log.has(Level::Debug) {
        return;
    }
    // A body that cannot be read is answered with an error, which the log tells too.
    let _ = paths(log, op, body).or_else(|| content(log, op, body));
}

/// Requests about paths.
fn paths(log: &Log, op: Op, body: &[u8]) -> Option<()> {
    let func = name(op);
    match op {
        Op::Stat => say(
            log,
            func,
            format_args!("path: '{}'", Text(msg::Stat::decode(body).ok()?.path)),
        ),
        Op::Open => {
            let m = msg::Open::decode(body).ok()?;
            let text = format_args!(
                "Got RPC with path '{}' flags '{:#o}' mode '{:o}'",
                Text(m.path),
                m.flags,
                m.mode
            );
            say(log, func, text)
        }
        Op::Make => {
            let m = msg::Make::decode(body).ok()?;
            say(
                log,
                func,
                format_args!("Got RPC with path '{}' mode '{:o}'", Text(m.path), m.mode),
            )
        }
        Op::Symlink => {
            let m = msg::Symlink::decode(body).ok()?;
            let text = format_args!(
                "Got RPC with path '{}' and target path '{}'",
                Text(m.path),
                Text(m.target)
            );
            say(log, func, text)
        }
        Op::Unlink => {
            let path = msg::Unlink::decode(body).ok()?.path;
            say(
                log,
                func,
                format_args!("Got remove metadata RPC with path '{}'", Text(path)),
            )
        }
        Op::Rename => {
            let m = msg::Rename::decode(body).ok()?;
            say(
                log,
                func,
                format_args!(
                    "Got RPC with path '{}' and new path '{}'",
                    Text(m.old),
                    Text(m.new)
                ),
            )
        }
        Op::Link => {
            let m = msg::Link::decode(body).ok()?;
            say(
                log,
                func,
                format_args!(
                    "Got RPC with path '{}' and new path '{}'",
                    Text(m.old),
                    Text(m.new)
                ),
            )
        }
        Op::Readlink => say(
            log,
            func,
            format_args!("path: '{}'", Text(msg::Readlink::decode(body).ok()?.path)),
        ),
        Op::SetAttr => {
            let m = msg::SetAttr::decode(body).ok()?;
            let text = format_args!(
                "Got update metadentry RPC with path '{}' node '{}'",
                Text(m.path),
                m.ino
            );
            say(log, func, text)
        }
        Op::Truncate => {
            let m = msg::Truncate::decode(body).ok()?;
            say(
                log,
                func,
                format_args!("path: '{}' node '{}' length: '{}'", Text(m.path), m.ino, m.size),
            )
        }
        _ => None,
    }
}

/// Requests about open files.
fn content(log: &Log, op: Op, body: &[u8]) -> Option<()> {
    let func = name(op);
    match op {
        Op::Read => {
            let m = msg::Read::decode(body).ok()?;
            say(
                log,
                func,
                format_args!("node: '{}' size: '{}' offset: '{}'", m.ino, m.len, m.offset),
            )
        }
        Op::Write => {
            let (m, data) = msg::Write::decode_with_data(body).ok()?;
            let (ino, len, offset, append) = (m.ino, data.len(), m.offset, m.append);
            say(
                log,
                func,
                format_args!("node: '{ino}' size: '{len}' offset: '{offset}' append: '{append}'"),
            )
        }
        Op::ReadChunk => {
            let m = msg::ReadChunk::decode(body).ok()?;
            let (path, chunk, len, offset) = (Text(m.key), m.chunk, m.len, m.offset);
            say(
                log,
                func,
                format_args!("path: '{path}' chunk: '{chunk}' size: '{len}' offset: '{offset}'"),
            )
        }
        Op::WriteChunk => {
            let (m, data) = msg::WriteChunk::decode_with_data(body).ok()?;
            let (path, chunk, len, offset) = (Text(m.key), m.chunk, data.len(), m.offset);
            say(
                log,
                func,
                format_args!("path: '{path}' chunk: '{chunk}' size: '{len}' offset: '{offset}'"),
            )
        }
        Op::Readdir => {
            let m = msg::Readdir::decode(body).ok()?;
            say(
                log,
                func,
                format_args!("Got RPC: node '{}' bulk_size '{}'", m.ino, m.max),
            )
        }
        Op::Grow => {
            let m = msg::Grow::decode(body).ok()?;
            say(log, func, format_args!("node: '{}', size: '{}'", m.ino, m.end))
        }
        Op::Reserve => {
            let m = msg::Reserve::decode(body).ok()?;
            say(
                log,
                func,
                format_args!("node: '{}', size: '{}', append: 'true'", m.ino, m.len),
            )
        }
        _ => say(log, func, format_args!("enter")),
    }
}

fn say(log: &Log, func: &str, text: fmt::Arguments<'_>) -> Option<()> {
    log.debug(func, text);
    Some(())
}

/// A request is answered.
pub(super) fn answer(log: &Log, op: Op, done: &Result<(), Fail>, reply: &[u8]) {
    if !log.has(Level::Debug) {
        return;
    }
    let func = name(op);
    match (done, op) {
        (Ok(()), Op::Stat | Op::StatNode) => {
            if let Ok(Node { attr, .. }) = Node::decode(reply) {
                let text = format_args!(
                    "Sending output mode '{}|{}|{}|{}|{}'",
                    attr.mode, attr.size, attr.atime, attr.mtime, attr.ctime
                );
                log.debug(func, text);
            }
        }
        (Ok(()), _) => log.debug(func, format_args!("Sending output err '0'")),
        (Err(Fail::Errno(errno)), _) => {
            log.debug(
                func,
                format_args!("Sending output err '{}'", errno.raw_os_error()),
            );
        }
        (Err(Fail::Redirect(path)), _) => {
            log.debug(
                func,
                format_args!("Sending output path '{}' outside of the mount", Text(path)),
            );
        }
    }
}

/// The real daemon's name of an operation, or one in its manner.
fn name(op: Op) -> &'static str {
    match op {
        Op::Hello => "rpc_srv_get_fs_config()",
        Op::Forking => "rpc_srv_forking()",
        Op::Stat | Op::StatNode => "rpc_srv_stat()",
        Op::Open | Op::Make => "rpc_srv_create()",
        Op::Symlink => "rpc_srv_mk_symlink()",
        Op::Readlink => "rpc_srv_readlink()",
        Op::Link => "rpc_srv_link()",
        Op::Unlink => "rpc_srv_remove_metadata()",
        Op::Rename => "rpc_srv_rename()",
        Op::SetAttr => "rpc_srv_update_metadentry()",
        Op::Truncate => "rpc_srv_truncate()",
        Op::Readdir => "rpc_srv_get_dirents()",
        Op::PathOf => "rpc_srv_path_of()",
        Op::Statfs => "rpc_srv_get_chunk_stat()",
        Op::GetXattr => "rpc_srv_get_xattr()",
        Op::SetXattr => "rpc_srv_set_xattr()",
        Op::ListXattr => "rpc_srv_list_xattr()",
        Op::RemoveXattr => "rpc_srv_remove_xattr()",
        Op::Read | Op::ReadChunk => "rpc_srv_read()",
        Op::Write | Op::WriteChunk => "rpc_srv_write()",
        Op::Grow | Op::Reserve => "rpc_srv_update_metadentry_size()",
        Op::Allocate => "rpc_srv_allocate()",
        Op::Peer => "rpc_srv_peer()",
    }
}
