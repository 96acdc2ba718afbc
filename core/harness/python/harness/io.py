"""The replies of operations: named tuples with the names and fields that GekkoFS's harness gives them."""

from __future__ import annotations

import ctypes
import errno
import json
from collections import namedtuple
from typing import Any, Callable, Dict, Union

#: Types are made from texts here, which type checkers do not read.
_named: Any = namedtuple

_STAT = (
    "st_dev st_ino st_mode st_nlink st_uid st_gid st_rdev st_size st_blksize st_blocks st_atim st_mtim "
    "st_ctim"
)
_STATX = (
    "stx_mask stx_blksize stx_attributes stx_nlink stx_uid stx_gid stx_mode stx_ino stx_size stx_blocks "
    "stx_attributes_mask stx_atime stx_btime stx_ctime stx_mtime stx_rdev_major stx_rdev_minor stx_dev_major "
    "stx_dev_minor"
)

StructTimespec = _named("StructTimespec", "tv_sec tv_nsec")
StructStat = _named("StructStat", _STAT)
StructStatx = _named("StructStatx", _STATX)
StructStatfs = _named("StructStatfs", "f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree")
DirentStruct = _named("DirentStruct", "d_ino d_off d_reclen d_type d_name")

#: The replies of the operations that GekkoFS's own client has.
REPLIES: Dict[str, Any] = {
    operation: _named(kind, fields)
    for operation, kind, fields in (
        ("mkdir", "MkdirReturn", "retval errno"),
        ("open", "OpenReturn", "retval errno"),
        ("opendir", "OpendirReturn", "dirp errno"),
        ("read", "ReadReturn", "buf retval errno"),
        ("pread", "PReadReturn", "buf retval errno"),
        ("readv", "ReadvReturn", "buf_0 buf_1 retval errno"),
        ("preadv", "PReadvReturn", "buf_0 buf_1 retval errno"),
        ("readdir", "ReaddirReturn", "dirents errno"),
        ("rmdir", "RmdirReturn", "retval errno"),
        ("write", "WriteReturn", "retval errno"),
        ("pwrite", "PWriteReturn", "retval errno"),
        ("writev", "WritevReturn", "retval errno"),
        ("pwritev", "PWritevReturn", "retval errno"),
        ("stat", "StatReturn", "retval statbuf errno"),
        ("statx", "StatxReturn", "retval statbuf errno"),
        ("lseek", "LseekReturn", "retval errno"),
        ("write_random", "WriteRandomReturn", "retval errno"),
        ("write_validate", "WriteValidateReturn", "retval errno"),
        ("truncate", "TruncateReturn", "retval errno"),
        ("directory_validate", "DirectoryValidateReturn", "retval errno"),
        ("unlink", "UnlinkReturn", "retval errno"),
        ("access", "AccessReturn", "retval errno"),
        ("statfs", "StatfsReturn", "retval statfsbuf errno"),
        ("rename", "RenameReturn", "retval errno"),
        ("file_compare", "FileCompareReturn", "retval errno"),
        ("chdir", "ChdirReturn", "retval errno"),
        ("getcwd_validate", "GetcwdvalidateReturn", "retval path errno"),
        ("symlink", "SymlinkReturn", "retval errno"),
        ("dup_validate", "DupValidateReturn", "retval errno"),
        ("syscall_coverage", "SyscallCoverageReturn", "retval errno syscall"),
    )
}


def _timespecs(fields: Dict[str, Any]) -> Dict[str, Any]:
    return {
        name: StructTimespec(**value) if isinstance(value, dict) else value for name, value in fields.items()
    }


def _stat(fields: Dict[str, Any]) -> Any:
    kind = StructStatx if "stx_mode" in fields else StructStat
    return kind(**_timespecs({name: fields[name] for name in kind._fields}))


def _bytes(value: Any) -> Any:
    return bytes(value) if isinstance(value, list) else value


#: How the fields of a reply that are no plain numbers and texts are read.
_FIELDS: Dict[str, Callable[[Any], Any]] = {
    "buf": _bytes,
    "buf_0": _bytes,
    "buf_1": _bytes,
    "statbuf": _stat,
    "statfsbuf": lambda fields: StructStatfs(**{name: fields[name] for name in StructStatfs._fields}),
    "dirents": lambda entries: [
        DirentStruct(**{name: entry[name] for name in DirentStruct._fields}) for entry in entries
    ],
    "dirp": ctypes.c_void_p,
}


def _failed(reply: Dict[str, Any]) -> bool:
    if "retval" in reply:
        return bool(reply["retval"] < 0)
    if "dirp" in reply:
        return reply["dirp"] is None
    # readdir has no value that tells. EAGAIN it never fails with, but a real client leaves it behind.
    return not reply.get("dirents") and reply.get("errnum") not in (0, errno.EAGAIN)


def _type_of(operation: str, reply: Dict[str, Any]) -> Any:
    known = REPLIES.get(operation)
    if known is not None:
        return known
    name = "".join(part.capitalize() for part in operation.split("_"))
    fields = sorted(name for name in reply if name not in ("retval", "errnum"))
    return _named(f"{name}Return", ["retval", *fields, "errno"])


def read(operation: str, reply: Dict[str, Any]) -> Any:
    """A reply's JSON as a named tuple. ``errno`` is 0 unless it failed: clients leave an old one there."""
    kind: Any = _type_of(operation, reply)
    values = {
        name: value if value is None or name not in _FIELDS else _FIELDS[name](value)
        for name, value in reply.items()
    }
    number = values.pop("errnum", 0)
    values["errno"] = number if _failed(reply) else 0
    return kind(**{name: values.get(name) for name in kind._fields})


class IOParser:
    """Reads what ``gkfs.io`` prints."""

    def parse(self, command: str, output: Union[str, bytes]) -> Any:
        """A reply as a named tuple."""
        if command not in REPLIES:
            raise ValueError(f"Unknown I/O command {command}")
        return read(command, json.loads(output))
