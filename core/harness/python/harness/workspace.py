"""A test's own directory, and files in it."""

from __future__ import annotations

import hashlib
import itertools
import os
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Set, Union

from harness import _channel
from harness.errors import HarnessError, from_refusal

_numbers = itertools.count(1)
#: The attempts whose workspace has been opened: a further one of the same test lies elsewhere.
_attempts: Set[str] = set()
#: Those that are open, the newest last: lines of the logger go there.
_open: List["Workspace"] = []
#: All that were opened since somebody emptied this: those of the running test.
opened: List["Workspace"] = []
#: While a test is run again, what is other than the first time: `ops`, `aside`, and why, as `told`.
again: Dict[str, str] = {}

UNITS: Dict[str, int] = {
    "c": 1,
    "w": 2,
    "b": 512,
    "kB": 1000,
    "K": 1024,
    "MB": 1000**2,
    "M": 1024**2,
    "GB": 1000**3,
    "G": 1024**3,
}


class Workspace:
    """``logs/ mnt/ root/ tmp/`` and the hosts file, and all that runs in there.

    Under gkfs-bench it is part of the run's record; else it is ``twd``.
    """

    def __init__(
        self,
        twd: Optional[Path] = None,
        bindirs: Iterable[Any] = (),
        libdirs: Iterable[Any] = (),
        *,
        interface: Optional[str] = None,
        ops: str = "session",
        root: Optional[Path] = None,
        ahead: bool = False,
    ) -> None:
        #: How the clients of this workspace carry operations out: ``session`` or ``process``.
        self.ops = again.get("ops") or ops
        #: Whether any operation went through a session.
        self.used_session = False
        self.channel = _channel.channel()
        self.test = f"{os.getpid()}.{next(_numbers)}"
        self._open_environ = dict(os.environ)
        self._ending: Optional[int] = None
        self._ended = False
        self.errors: List[HarnessError] = []
        #: The answer to a daemon's start that was asked for before the test began.
        self.daemon_ahead: Optional[int] = None
        told = self.channel.ask(
            "begin",
            test=self.test,
            root=str(root or Path.cwd()),
            dir=_directory(twd),
            cwd=os.getcwd(),
            aside=again.get("aside") if "GKFS_BENCH_ATTEMPT_DIR" in os.environ else None,
            env=self._environ(bindirs, libdirs, interface),
        )
        self._told = told
        self.stack: Dict[str, Any] = told["stack"]
        if not ahead:
            self.enter()
        if again:
            text = f"run again with a process for each operation, as it failed in a session: {again['told']}"
            self.ask("log", level="warn", text=text)

    def _environ(
        self, bindirs: Iterable[Any], libdirs: Iterable[Any], interface: Optional[str]
    ) -> Dict[str, str]:
        environ = _channel.changed_environ(self.channel.environ)
        if "GKFS_BENCH_PROTOCOL" in os.environ:
            # The runner has found the stack already.
            return environ
        for name, dirs in (("BIN", bindirs), ("LIB", libdirs)):
            joined = os.pathsep.join(str(Path(path).absolute()) for path in dirs)
            if joined:
                environ[f"GKFS_BENCH_{name}_DIRS"] = joined
        if interface:
            environ["GKFS_BENCH_INTERFACE"] = interface
        return environ

    def enter(self) -> None:
        """Makes it the running test's."""
        _open.append(self)
        opened.append(self)

    def ask(self, do: str, **fields: Any) -> Dict[str, Any]:
        """Asks the channel for something in this workspace."""
        return self.channel.ask(do, test=self.test, **fields)

    def lift(self) -> None:
        """Lets what runs here take its time, as the runner does."""
        if not self.is_ending and not self._ended:
            self.ask("lift")

    def changed_environ(self) -> Dict[str, str]:
        """The variables that the test has changed."""
        return _channel.changed_environ(self._open_environ)

    def begin_end(self) -> None:
        """Begins to end all that runs here; other tests may run meanwhile."""
        if self._ending is None:
            if self in _open:
                _open.remove(self)
            self._ending = self.channel.send("end", test=self.test)

    def end_later(self, fixture: str) -> int:
        """Has the channel end all that runs here, and write into the record how that went, as the end of ``fixture``.

        Nobody waits for an answer. Returns the number of the process that writes.
        """
        if self in _open:
            _open.remove(self)
        self._ended = True
        self.channel.tell("end", test=self.test, later=fixture)
        return self.channel.number

    @property
    def is_open(self) -> bool:
        """Nobody has begun to end it."""
        return self._ending is None and not self._ended

    @property
    def is_ending(self) -> bool:
        """The end has begun, and nobody has waited for it."""
        return self._ending is not None and not self._ended

    def wait_end(self) -> None:
        """Waits for that end."""
        self.begin_end()
        if not self._ended and self._ending is not None:
            self._ended = True
            refusals = self.channel.wait(self._ending)["errors"]
            self.errors = [from_refusal(refusal) for refusal in refusals]

    def finish_end(self) -> None:
        """Waits for that end. Raises what went wrong with the daemons and clients, each of them named."""
        if self._ended:
            return
        self.wait_end()
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise HarnessError("\n".join(str(error) for error in self.errors))

    close = finish_end

    @property
    def twd(self) -> Path:
        """The directory itself, in which daemons and clients run."""
        return Path(self._told["dir"])

    @property
    def bindirs(self) -> List[Path]:
        """Where the stack's programs are."""
        return [Path(path) for path in self.stack["bin_dirs"]]

    @property
    def libdirs(self) -> List[Path]:
        """Where the stack's libraries are."""
        return [Path(path) for path in self.stack["lib_dirs"]]

    @property
    def logdir(self) -> Path:
        """Where daemons and clients write their logs."""
        return Path(self._told["logdir"])

    @property
    def rootdir(self) -> Path:
        """Where the daemon keeps its data."""
        return Path(self._told["rootdir"])

    @property
    def metadir(self) -> Path:
        """Where daemons in forwarding mode keep their metadata."""
        return self.twd / "meta"

    @property
    def mountdir(self) -> Path:
        """Where the file system appears."""
        return Path(self._told["mountdir"])

    @property
    def tmpdir(self) -> Path:
        """For the test's own files outside of the file system."""
        return Path(self._told["tmpdir"])


def current() -> Optional[Workspace]:
    """The workspace of the running test, if it has one."""
    return _open[-1] if _open else None


def _directory(twd: Optional[Path]) -> Optional[str]:
    """Where the workspace is: nothing said is where the runner says."""
    attempt = os.environ.get("GKFS_BENCH_ATTEMPT_DIR")
    if attempt and (again or attempt not in _attempts or twd is None):
        _attempts.add(attempt)
        place = Path(attempt, "workspace")
        # A link to pytest's directory for the test: a mount point must be named as the kernel names it.
        return str(place.resolve()) if place.is_symlink() else None
    return None if twd is None else str(twd)


class File:
    """A file that was made."""

    def __init__(self, pathname: Union[str, Path], size: int) -> None:
        self._pathname = Path(pathname)
        self._size = size

    def __repr__(self) -> str:
        return f"File({str(self._pathname)!r}, {self._size})"

    @property
    def pathname(self) -> Path:
        """Where it is."""
        return self._pathname

    @property
    def size(self) -> int:
        """How many bytes it had when it was made."""
        return self._size

    def md5sum(self, blocksize: int = 65536) -> str:
        """The MD5 digest of what is in it now, as ``md5sum`` prints it."""
        digest = hashlib.md5()
        with open(self._pathname, "rb") as contents:
            for block in iter(lambda: contents.read(blocksize), b""):
                digest.update(block)
        return digest.hexdigest()


class FileCreator:
    """Makes files in the workspace's ``tmp/``.

    What is in them looks random, and is the same in each run with the same seed.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def create(self, pathname: Union[str, Path], size: float, unit: str = "c") -> File:
        """Makes a file of ``size`` units: c=1, w=2, b=512, kB=1000, K=1024, MB, M, GB or G."""
        if unit not in UNITS:
            raise ValueError(f"`{unit}` is no unit: {' '.join(UNITS)} are")
        count = int(float(size) * UNITS[unit])
        if count < 0:
            raise ValueError(f"a file cannot have {count} bytes")
        made = self._workspace.ask("file", name=_channel.to_wire(pathname), size=count)
        return File(made["path"], made["size"])
