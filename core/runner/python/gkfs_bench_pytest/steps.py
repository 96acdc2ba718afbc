"""The record of one attempt, ``steps.jsonl``: a JSON line for each thing that happened."""

import base64
import json
import os
import threading
import time

# Lines are at most 64 KiB, JSON's escapes included; what is longer than this is cut.
LONGEST_LINE = 60000
LONGEST = 4096
LONGEST_TEXT = 16384


class Steps:
    """Writes steps of one attempt, each line with one write."""

    _count = 0

    def __init__(self, path):
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def close(self):
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _write(self, n, ph, kind, fields):
        if self._fd is None:
            return
        line = {"v": 1, "n": n, "ph": ph, "ts": int(time.time() * 1e6), "mono": int(time.monotonic() * 1e6)}
        line.update(pid=os.getpid(), tid=_tid(), kind=kind)
        line.update(fields)
        text = json.dumps(line)
        if len(text) > LONGEST_LINE:
            line.update({name: _shorter(value) for name, value in fields.items()})
            text = json.dumps(line)
        os.write(self._fd, text.encode() + b"\n")

    def _number(self):
        Steps._count += 1
        return "%d.%d" % (os.getpid(), Steps._count)

    def once(self, kind, **fields):
        self._write(self._number(), "i", kind, fields)

    def begin(self, kind, **fields):
        n = self._number()
        self._write(n, "b", kind, fields)
        return n, kind

    def end(self, begun, **fields):
        n, kind = begun
        self._write(n, "e", kind, fields)


def _tid():
    native = getattr(threading, "get_native_id", None)
    return native() if native else os.getpid()


def _shorter(value):
    text = json.dumps(value)
    if len(text) <= LONGEST:
        return value
    short = cut(text, LONGEST)
    return {"cut": short} if isinstance(value, dict) else short


def plain(value, depth=0):
    """A value as JSON has it, nothing in it longer than a line can bear."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (bytes, bytearray)):
        return _bytes(bytes(value))
    if isinstance(value, str):
        return cut(value, LONGEST)
    if hasattr(value, "_asdict") and depth < 6:
        return {name: plain(part, depth + 1) for name, part in value._asdict().items()}
    if isinstance(value, dict) and depth < 6:
        return {str(name): plain(part, depth + 1) for name, part in list(value.items())[:200]}
    if isinstance(value, (list, tuple, set)) and depth < 6:
        return [plain(part, depth + 1) for part in list(value)[:200]]
    return cut(str(value), LONGEST)


def _bytes(value):
    head = value[:LONGEST]
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = {"b64": base64.b64encode(head[:LONGEST // 2]).decode()}
    if len(value) > LONGEST and isinstance(text, str):
        return "%s… (%d bytes)" % (text, len(value))
    return text


def cut(text, longest):
    return text if len(text) <= longest else "%s… (%d characters)" % (text[:longest], len(text))
