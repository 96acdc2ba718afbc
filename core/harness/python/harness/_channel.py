"""The way to the Rust harness: JSON lines to and from ``gkfs-bench channel``.

There is one channel for each process. It ends with the process, and takes along all that was started
through it, even when the process is killed.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
from typing import Any, Dict, List, Optional, Union

from harness.errors import ChannelError, from_refusal

PROTOCOL = 1

Json = Dict[str, Any]

#: The environment before any test: a channel belongs to none of them, whichever happens to need it first.
_ENVIRON = dict(os.environ)


class Skipped(Exception):
    """The stack cannot do what the test is about; the plugin makes this pytest's own."""


class Channel:
    """A running ``gkfs-bench channel``. Threads may share it: none waits for another's answer."""

    def __init__(self, program: str) -> None:
        self.pid = os.getpid()
        #: What the channel's process found in its environment; what differs is told with each test.
        self.environ = _ENVIRON
        self._words = tempfile.TemporaryFile()
        self._write_lock = threading.Lock()
        self._changed = threading.Condition()
        self._answers: Dict[int, Json] = {}
        self._reading = False
        self._next = 1
        self._dead: Optional[str] = None
        command = [program, "channel"]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, env=_ENVIRON
            )
        except OSError as error:
            raise ChannelError(f"cannot start `{' '.join(command)}`: {error}") from error
        #: The number of its process.
        self.number = self._process.pid
        self.ask("hello", protocol=PROTOCOL)

    def ask(self, do: str, **fields: Any) -> Json:
        """Asks and waits for the answer."""
        return self.wait(self.send(do, **fields))

    def send(self, do: str, **fields: Any) -> int:
        """Asks; the number that is returned names the answer."""
        with self._write_lock:
            number = self._next
            self._next += 1
        self.tell(do, n=number, **fields)
        return number

    def tell(self, do: str, **fields: Any) -> None:
        """Asks for what is not answered."""
        request = {name: value for name, value in fields.items() if value is not None}
        request["do"] = do
        with self._write_lock:
            line = json.dumps(request).encode() + b"\n"
            try:
                assert self._process.stdin is not None
                self._process.stdin.write(line)
                self._process.stdin.flush()
            except (OSError, ValueError) as error:
                raise self._death(str(error)) from error

    def wait(self, number: int) -> Json:
        """Waits for an answer. Whichever thread waits first reads for all of them."""
        with self._changed:
            while number not in self._answers:
                if self._dead is not None:
                    raise self._death(self._dead)
                if self._reading:
                    self._changed.wait()
                else:
                    self._read_one()
            answer = self._answers.pop(number)
        if "error" in answer:
            raise from_refusal(answer["error"])
        if "skip" in answer:
            raise Skipped(answer["skip"])
        return answer["ok"] or {}

    def close(self) -> None:
        """Ends the channel, and all that still runs."""
        if self.pid != os.getpid():
            return
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
        except OSError:
            # It has died already, and nobody is left to be told.
            pass
        self._process.wait()
        self._process.stdout.close()
        self._words.close()

    def _read_one(self) -> None:
        """Reads an answer without holding the lock; called with it held."""
        assert self._process.stdout is not None
        self._reading = True
        self._changed.release()
        line = b""
        try:
            line = self._process.stdout.readline()
        finally:
            self._changed.acquire()
            self._reading = False
            self._changed.notify_all()
        if not line.endswith(b"\n"):
            self._dead = "its output has ended"
            return
        answer = json.loads(line)
        self._answers[answer["n"]] = answer

    def _death(self, why: str) -> ChannelError:
        self._words.seek(0)
        words = self._words.read().decode(errors="replace").strip()
        code = self._process.poll()
        message = f"`gkfs-bench channel` has died ({why}, exit status {code})"
        return ChannelError(f"{message}: {words}" if words else message)


_channels: Dict[int, Channel] = {}
#: Processes that serve all tests, which the runner must not take for something that one of them left.
helpers: List[int] = []


def channel() -> Channel:
    """The channel of this process; a process that was forked off gets one of its own."""
    pid = os.getpid()
    if pid not in _channels:
        _channels[pid] = Channel(program())
        helpers.append(_channels[pid].number)
        atexit.register(close)
    return _channels[pid]


def close() -> None:
    """Ends the channel of this process, if there is one."""
    running = _channels.pop(os.getpid(), None)
    if running is not None:
        running.close()


def program() -> str:
    """Where ``gkfs-bench`` is: the runner says so, or it is on ``PATH``."""
    found = os.environ.get("GKFS_BENCH_EXE") or shutil.which("gkfs-bench")
    if not found:
        raise ChannelError(
            "there is no gkfs-bench on PATH, and GKFS_BENCH_EXE does not name one",
            "install it, or run the tests with `gkfs-bench run`",
        )
    return found


def to_wire(word: object) -> Union[str, Json]:
    """An argument as bytes go through the channel: text, or ``{"b64": …}``."""
    raw = word if isinstance(word, bytes) else os.fsencode(str(word))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(raw).decode()}


def from_wire(value: Union[str, Json]) -> bytes:
    """The bytes of an answer."""
    if isinstance(value, str):
        return value.encode()
    return base64.b64decode(value["b64"])


def changed_environ(since: Dict[str, str]) -> Dict[str, str]:
    """The variables that are other than they were, without pytest's own."""
    return {
        name: value
        for name, value in os.environ.items()
        if since.get(name) != value and not name.startswith("PYTEST_")
    }


def words(args: Any) -> List[Union[str, Json]]:
    """Arguments as they go through the channel."""
    return [to_wire(arg) for arg in args]
