"""A fake FUSE server: what a kernel asks, and what it does with an answer.

    from harness import fuse

    def test_fsync_fails(fake_fuse):
        fake_fuse.expect("FSYNC", errno="EIO")
        with open(fake_fuse.path / "file", "wb") as file, pytest.raises(OSError):
            os.fsync(file.fileno())

A request can be held, while another thread waits in the call that it comes from, and be answered later:

    def test_a_slow_directory(fake_fuse):
        held = fake_fuse.hold("MKDIR", name="dir")
        with ThreadPoolExecutor() as threads:
            made = threads.submit(os.mkdir, fake_fuse.path / "dir")
            request = held.wait()
            assert not made.done()
            request.release()

What a test does not speak of is answered by a file system in memory. At the end the fixture verifies that everything came
as it was expected. gVisor's vocabulary is there, too: ``set_response``, ``next_request`` and so on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from harness._channel import to_wire

if TYPE_CHECKING:
    from harness.workspace import Workspace

#: A reply as the channel has it; the functions below make them.
Reply = Union[str, Dict[str, Any]]
#: How often: so many times, or at least and at most, the latter possibly ``None``.
Times = Union[int, Tuple[int, Optional[int]]]


#: Opcodes that may stand for one call, depending on the kernel and on what was agreed on: ``expect(fuse.RENAME)`` is met by
#: ``RENAME`` and by ``RENAME2``, ``expect("RENAME")`` by the former alone.
STAT = "%STAT"
RENAME = "%RENAME"
LIST = "%LIST"
FORGET = "%FORGET"
COPY = "%COPY"
CLOSE = "%CLOSE"
ALL = "%ALL"


def ok() -> Reply:
    """It worked, and there is nothing to say."""
    return "ok"


def nothing() -> Reply:
    """No answer, but the server's at its deadline."""
    return "nothing"


def errno(name: Union[str, int]) -> Reply:
    """It failed: ``errno("ENOENT")``."""
    return {"errno": name}


def attr(mode: int, **fields: Any) -> Reply:
    """A node's attributes: ``ino``, ``size``, ``nlink``, ``uid``, ``gid``."""
    return {"attr": dict(fields, mode=mode)}


def entry(mode: int, **fields: Any) -> Reply:
    """A name's node: as ``attr``, and ``node`` and for how many seconds it is ``valid``."""
    return {"entry": dict(fields, mode=mode)}


def opened(fh: int = 0, flags: int = 0) -> Reply:
    """A handle."""
    return {"open": {"fh": fh, "flags": flags}}


def created(mode: int, fh: int = 0, flags: int = 0, **fields: Any) -> Reply:
    """A new file's node, and a handle to it."""
    return {"create": {"entry": dict(fields, mode=mode), "fh": fh, "flags": flags}}


def data(contents: Union[bytes, str]) -> Reply:
    """Contents, a link's target, an extended attribute."""
    return {"data": to_wire(contents)}


def body(contents: Union[bytes, str]) -> Reply:
    """Any bytes behind a right header."""
    return {"body": to_wire(contents)}


def written(size: int) -> Reply:
    """So many bytes were written."""
    return {"written": size}


def listing(entries: Iterable[Tuple[Union[bytes, str], int, int]]) -> Reply:
    """A directory's entries: name, number and kind, such as 4 for a directory and 8 for a file."""
    return {"listing": [[to_wire(name), ino, kind] for name, ino, kind in entries]}


class Request:
    """A request of the kernel."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.opcode: str = told["opcode"]
        self.unique: int = told["unique"]
        self.node: int = told["node"]
        self.pid: int = told["pid"]
        self.uid: int = told["uid"]
        self.gid: int = told["gid"]
        #: What stands behind the header, by the names of the kernel's structures.
        self.body: Dict[str, Any] = told["body"]
        self._text: str = told["text"]

    def __repr__(self) -> str:
        return self._text

    def __getitem__(self, field: str) -> Any:
        return self.body[field]


class Held:
    """A request that waits for the test's answer. Left without one, it gets the server's at its deadline."""

    def __init__(self, fake: "FakeFuse", number: int, request: Request) -> None:
        self._fake = fake
        self._number = number
        #: What is asked.
        self.request = request

    def __repr__(self) -> str:
        return f"held {self.request!r}"

    def reply(self, reply: Reply) -> None:
        """Answers it."""
        self._fake._act("answer", held=self._number, reply=reply)

    def errno(self, name: Union[str, int]) -> None:
        """Answers it with an errno."""
        self.reply(errno(name))

    def release(self) -> None:
        """Lets it be answered as if it had not been held."""
        self._fake._act("answer", held=self._number)

    @property
    def interrupted(self) -> bool:
        """Whether its caller got a signal."""
        told: bool = self._fake._act("interrupted", held=self._number, wait=False)["interrupted"]
        return told

    def wait_interrupted(self) -> None:
        """Waits until its caller got a signal."""
        self._fake._act("interrupted", held=self._number, wait=True)


class Hold:
    """An expectation whose requests wait for the test."""

    def __init__(self, fake: "FakeFuse", number: int) -> None:
        self._fake = fake
        self._number = number

    def wait(self) -> Held:
        """Waits for the next of them, at most as long as the server's deadline."""
        told = self._fake._act("take", hold=self._number)
        return Held(self._fake, told["held"], Request(told["request"]))


def _place() -> str:
    """Where the test is: the innermost caller outside of this package, as ``test_file.py:7``."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    name = frame.f_code.co_filename
    inside = os.path.relpath(name)
    return f"{name if inside.startswith(os.pardir) else inside}:{frame.f_lineno}"


class FakeFuse:
    """A server that is mounted for real."""

    def __init__(
        self,
        workspace: "Workspace",
        *,
        files: Optional[Mapping[str, Union[bytes, str]]] = None,
        directory: Union[str, Path, None] = None,
        gvisor: bool = False,
        strict: bool = False,
        minor: Optional[int] = None,
        init_flags: int = 0,
        deadline: Optional[float] = None,
    ) -> None:
        self._workspace = workspace
        told = workspace.ask(
            "fuse_start",
            files={name: to_wire(contents) for name, contents in (files or {}).items()},
            dir=None if directory is None else str(Path(directory).absolute()),
            gvisor=gvisor,
            strict=strict,
            minor=minor,
            init_flags=init_flags,
            deadline=deadline,
        )
        self._number: int = told["fuse"]
        #: The root of the file system; it has a path below ``/proc``, and other processes may use that, too.
        self.path = Path(told["path"])
        #: The minor version of the protocol that was agreed on.
        self.minor: int = told["minor"]

    def _act(self, do: str, **fields: Any) -> Dict[str, Any]:
        said = {name: value for name, value in fields.items() if value is not None}
        return self._workspace.ask("fuse", fuse=self._number, act=dict(said, do=do))

    def expect(
        self,
        *opcodes: str,
        node: Optional[int] = None,
        name: Union[bytes, str, None] = None,
        times: Times = 1,
        reply: Optional[Reply] = None,
        errno: Union[str, int, None] = None,
        delay: Optional[float] = None,
    ) -> None:
        """Requests of these opcodes will come, so often. Without ``reply`` or ``errno`` they are answered as ever.

        ``fuse.STAT``, ``fuse.RENAME`` and so on stand for what different kernels send for one call.
        """
        self._act(
            "expect",
            reply={"errno": errno} if errno is not None else reply,
            delay_ms=None if delay is None else int(delay * 1000),
            **self._wanted(opcodes, node, name, times),
        )

    def hold(
        self,
        *opcodes: str,
        node: Optional[int] = None,
        name: Union[bytes, str, None] = None,
        times: Times = 1,
    ) -> Hold:
        """Requests of these opcodes will come, and wait until the test answers each.

        Whoever makes the call that such a request comes from waits, too: let another thread or process make it.
        """
        return Hold(self, self._act("hold", **self._wanted(opcodes, node, name, times))["hold"])

    @staticmethod
    def _wanted(
        opcodes: Tuple[str, ...], node: Optional[int], name: Union[bytes, str, None], times: Times
    ) -> Dict[str, Any]:
        least, most = times if isinstance(times, tuple) else (times, times)
        return {
            "opcodes": list(opcodes),
            "node": node,
            "name": None if name is None else to_wire(name),
            "times": [least, most],
            "at": _place(),
        }

    def fault(self, rule: str) -> None:
        """Lets requests fail, or be slow, by a rule: ``READ:EIO:every=3``, ``WRITE:20ms``."""
        self._act("fault", rule=rule)

    def set_response(self, opcode: str, reply: Reply) -> None:
        """Prepares a reply: gVisor's ``SetServerResponse``."""
        self._act("respond", opcodes=[opcode], reply=reply)

    def set_inode_lookup(self, name: Union[bytes, str], mode: int = 0o100600, size: int = 512) -> int:
        """Lets a name be found: gVisor's ``SetServerInodeLookup``. Returns its node."""
        node: int = self._act("lookup", name=to_wire(name), mode=mode, size=size)["node"]
        return node

    def next_request(self) -> Request:
        """The next request: gVisor's ``GetServerActualRequest``."""
        return Request(self._act("next")["request"])

    def skip_request(self) -> None:
        """Passes over it: gVisor's ``SkipServerActualRequest``."""
        self.next_request()

    @property
    def unconsumed_requests(self) -> int:
        """How many requests were not read: gVisor's ``GetServerNumUnconsumedRequests``."""
        count: int = self._act("counts")["unconsumed"]
        return count

    @property
    def unsent_responses(self) -> int:
        """How many prepared replies were not sent: gVisor's ``GetServerNumUnsentResponses``."""
        count: int = self._act("counts")["unsent"]
        return count

    @property
    def received_bytes(self) -> int:
        """The bytes of all requests: gVisor's ``GetServerTotalReceivedBytes``."""
        count: int = self._act("counts")["received_bytes"]
        return count

    def requests(self, *opcodes: str) -> List[Request]:
        """All requests so far, or those of these opcodes."""
        return [Request(told) for told in self._act("requests", opcodes=list(opcodes))["requests"]]

    def inval_entry(self, parent: int, name: Union[bytes, str]) -> None:
        """Tells the kernel that a name is out of date."""
        self._act("inval_entry", parent=parent, name=to_wire(name))

    def inval_inode(self, node: int, offset: int = 0, length: int = 0) -> None:
        """Tells the kernel that a node is out of date."""
        self._act("inval_inode", node=node, offset=offset, len=length)

    def save(self, path: Union[str, Path]) -> None:
        """Saves the conversation, for ``gkfs-bench fuse show`` and to be compared."""
        self._act("save", path=str(Path(path).absolute()))

    def abort(self) -> None:
        """Closes the device, as a server that crashes does."""
        self._act("abort")

    def take_problems(self) -> List[str]:
        """Takes out what was not as it should be: the test wanted it."""
        problems: List[str] = self._act("problems")["problems"]
        return problems

    def verify(self) -> None:
        """Everything came as it was expected; else raises what did not. The fixture does this at the end."""
        self._act("verify")

    def stop(self) -> None:
        """Unmounts."""
        self._act("stop")


class FakeFuseFactory:
    """Servers that are not as the fixture's: ``fake_fuse_factory(gvisor=True)``."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._made: List[FakeFuse] = []

    def __call__(self, **options: Any) -> FakeFuse:
        """Starts one; the keywords are those of :class:`FakeFuse`."""
        fake = FakeFuse(self._workspace, **options)
        self._made.append(fake)
        return fake

    def finish(self) -> None:
        """Verifies all of them, and unmounts."""
        try:
            for fake in self._made:
                fake.verify()
        finally:
            for fake in self._made:
                fake.stop()
