"""Copy-on-write views of the whole file system: what is done in one is seen in it, listed, and then gone.

    with overlay.push() as view:
        with open("/etc/foobar.conf", "w") as conf:
            conf.write("an example")
        os.remove("/etc/passwd")
        assert view.changes == ["add:/etc/foobar.conf", "del:/etc/passwd"]

``overlay`` is a fixture. Everything that the thread does from ``push`` to ``pop`` is in the view, and so is what it starts:
C code and programs as well. The kernel holds it, no function is replaced.

The view is made by a thread of ``gkfs-bench channel``; this thread goes to the same place. Daemons, clients and shells of
the harness stay outside. Threads that exist already do, too, as do files that are open. Where there can be no view the
test is skipped, with the reason.

An ordinary user may make views in a user namespace only. The process enters one when the fixture is set up, which takes
that it has one thread, and stays there: ``sudo`` and the like do not work in it any more. gkfs-bench's runner takes a new
process for the next test; a pytest of its own goes on. There, what others own can be deleted but not changed, unless
``push(copy=["/etc"])`` takes a copy of it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Union

from harness import _channel
from harness.errors import HarnessError
from harness.workspace import Workspace

_CLONE_FS = 0x0000_0200
_CLONE_NEWNS = 0x0002_0000
_CLONE_NEWUSER = 0x1000_0000
_LIBC = ctypes.CDLL(None, use_errno=True)

_Path = Union[str, bytes, "os.PathLike[Any]"]


class OverlayError(HarnessError):
    """A view could not be made, left or read."""


class Entry(NamedTuple):
    """What stands at a changed path, or stood there when its view was left."""

    type: str
    mode: int
    content: bytes


class _Place:
    """Where a thread stands: its root, its working directory, its mounts; and the way back."""

    def __init__(self, task: str) -> None:
        flags = os.O_PATH | os.O_CLOEXEC
        self.root = os.open(f"{task}/root", flags | os.O_DIRECTORY)
        self.mounts = os.open(f"{task}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)

    def enter(self, cwd: Union[str, int]) -> None:
        """Takes this thread there."""
        # Threads started since share its root, and the kernel moves no shared one.
        _call("unshare", _CLONE_FS)
        _call("setns", self.mounts, _CLONE_NEWNS)
        os.fchdir(self.root)
        os.chroot(".")
        os.chdir(cwd)

    def close(self) -> None:
        os.close(self.root)
        os.close(self.mounts)


#: Set once this process has entered a user namespace: nothing else should be done in it.
entered: List[int] = []


def _enter_user_namespace(process: int) -> None:
    """Takes this process, which has one thread, to the user namespace and the mounts of another one."""
    if process in entered:
        return
    name = os.getcwd()
    place = _Place(f"/proc/{process}")
    namespace = os.open(f"/proc/{process}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("setns", namespace, _CLONE_NEWUSER)
        place.enter(name)
    except OSError as error:
        threads = len(os.listdir("/proc/self/task"))
        why = f"this process has {threads} threads: the fixture must be set up before" if threads > 1 else str(error)
        raise OverlayError(
            f"the user namespace for views cannot be entered: {why}",
            'a group with isolate = "overlay" gives each test a process of its own',
        ) from error
    finally:
        os.close(namespace)
        place.close()
    entered.append(process)


def _call(name: str, *args: int) -> None:
    if getattr(_LIBC, name)(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


class View:
    """A view that was pushed. As a context manager it is popped at the end."""

    def __init__(self, stack: "Overlay", depth: int, holder: str) -> None:
        self._stack = stack
        self.depth = depth
        self._holder = holder
        #: What had changed, once it is popped.
        self.vaporized: Optional["Vaporized"] = None

    def __enter__(self) -> "View":
        return self

    def __exit__(self, *error: object) -> None:
        if self.active:
            self._stack.pop(self)

    @property
    def active(self) -> bool:
        """Whether it is pushed still."""
        return self in self._stack.views

    @property
    def changes(self) -> List[str]:
        """What has changed, as ``add:/p``, ``mod:/p`` or ``del:/p``, sorted by path."""
        return [_text(change) for change in self.detailed()]

    def detailed(self) -> List[Dict[str, Any]]:
        """The same with ``change``, ``path``, and ``what`` differs."""
        if self.vaporized is not None:
            return self.vaporized.detailed
        self._stack.innermost(self)
        changes: List[Dict[str, Any]] = self._stack.ask("changes")["changes"]
        return changes

    def get_changes(self, root: _Path = "/", recurse: bool = True, relative: bool = False) -> List[str]:
        """What has changed at a path and below it; ``relative`` takes that path away from those that are returned."""
        top = os.path.normpath(os.fsdecode(root))
        found = []
        for change in self.changes:
            kind, path = change.split(":", 1)
            inside = path == top or (recurse and path.startswith(top.rstrip("/") + "/"))
            if inside:
                rest = path[len(top.rstrip("/")) :] if relative else path
                found.append(f"{kind}:{rest}")
        return found

    def entry(self, path: _Path) -> Entry:
        """What stands at a changed path."""
        if self.vaporized is not None:
            return self.vaporized[path]
        self._stack.innermost(self)
        return self._stack.content(path, None)

    def diff(self) -> str:
        """All changes as text, with a unified diff of what is text."""
        self._stack.innermost(self)
        return str(self._stack.ask("diff")["diff"])

    def apply(self, files: Dict[_Path, Union[str, bytes]]) -> None:
        """Writes files, with the directories that they lie in."""
        self._stack.innermost(self)
        for path, content in files.items():
            place = Path(os.fsdecode(path))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    def pop(self) -> "Vaporized":
        """Leaves the view."""
        return self._stack.pop(self)


class Vaporized:
    """What a view had changed, and what was in its files. None of it has reached the machine."""

    def __init__(self, stack: "Overlay", number: int, detailed: List[Dict[str, Any]]) -> None:
        self._stack = stack
        self._number = number
        self.detailed = detailed

    @property
    def changes(self) -> List[str]:
        """As the view's."""
        return [_text(change) for change in self.detailed]

    def __getitem__(self, path: _Path) -> Entry:
        return self._stack.content(path, self._number)


class Overlay:
    """The fixture: views of one thread of a test, which nest."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._thread = _thread()
        self._process = os.getpid()
        self._before: Optional[_Place] = None
        self._cwds: List[int] = []
        self._bytecode = sys.dont_write_bytecode
        #: Those that are pushed, the innermost last.
        self.views: List[View] = []
        process = self.ask("where")["pid"]
        if process is not None:
            _channel.helpers.append(process)
            _enter_user_namespace(process)

    def push(
        self,
        *,
        passthru: Iterable[_Path] = (),
        hide: Iterable[_Path] = (),
        read_only: Iterable[_Path] = (),
        copy: Iterable[_Path] = (),
        limit_bytes: Optional[int] = None,
        limit_inodes: Optional[int] = None,
        compare: str = "copy_up",
    ) -> View:
        """Moves this thread, and what it starts from now on, into a view.

        ``passthru`` is what stays as it is outside; ``copy`` are directories of which a copy is taken, for users who
        are to change in them what others own, and where the kernel makes no overlay; ``compare`` says when a file
        counts as modified: as soon as it was opened for writing (``copy_up``), when anything differs (``difference``),
        or anything but times (``content``).
        """
        self._check()
        cwd = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        name = os.getcwd()
        before = _Place("/proc/thread-self") if self._before is None else self._before
        made = self.ask(
            "push",
            pass_=[_absolute(path) for path in passthru],
            hide=[_absolute(path) for path in hide],
            read_only=[_absolute(path) for path in read_only],
            copy=[_absolute(path) for path in copy],
            limit_bytes=limit_bytes,
            limit_inodes=limit_inodes,
            compare=compare,
        )
        holder = f"/proc/{made['pid']}/task/{made['tid']}"
        try:
            self._go(holder, name)
        except OSError as error:
            self.ask("pop")
            os.close(cwd)
            raise OverlayError(f"the view cannot be entered: {error}") from error
        self._before = before
        self._cwds.append(cwd)
        view = View(self, made["depth"], holder)
        self.views.append(view)
        # What is imported meanwhile is no doing of the test's.
        sys.dont_write_bytecode = True
        return view

    def pop(self, view: Optional[View] = None) -> Vaporized:
        """Leaves the innermost view. If the way back fails the process ends: nobody could know where it writes."""
        if not self.views:
            raise IndexError("pop from an empty overlay: no view is pushed")
        self._check()
        if view is not None:
            self.innermost(view)
        left = self.views.pop()
        cwd = self._cwds.pop()
        before = self._before
        assert before is not None
        try:
            # Out of all of them first: what is popped has nobody in it.
            before.enter(cwd)
            gone = self.ask("pop")
            if self.views:
                self._go(left._holder, cwd)
        except OSError as error:
            os.write(2, f"cannot leave the view: {error}\n".encode())
            os.abort()
        os.close(cwd)
        if not self.views:
            before.close()
            self._before = None
            sys.dont_write_bytecode = self._bytecode
        left.vaporized = Vaporized(self, gone["vaporized"], gone["changes"])
        return left.vaporized

    def close(self) -> None:
        """Leaves all views."""
        while self.views:
            self.pop()

    @staticmethod
    def _go(holder: str, cwd: Union[str, int]) -> None:
        place = _Place(holder)
        try:
            place.enter(cwd)
        finally:
            place.close()

    def ask(self, do: str, **fields: Any) -> Dict[str, Any]:
        """Asks the thread that holds the views."""
        act = {name.rstrip("_"): value for name, value in fields.items() if value is not None}
        return self._workspace.ask("overlay", thread=self._thread, act={"do": do, **act})

    def content(self, path: _Path, vaporized: Optional[int]) -> Entry:
        """What stands at a changed path, in the innermost view or in one that was left."""
        told = self.ask("content", path=_absolute(path), vaporized=vaporized)
        return Entry(told["type"], told["mode"], _channel.from_wire(told["content"]))

    def innermost(self, view: View) -> None:
        """Refuses what only the innermost view can do."""
        self._check()
        if not self.views or self.views[-1] is not view:
            raise TypeError(f"view {view.depth} is not the innermost: {len(self.views)} are pushed")

    def _check(self) -> None:
        if os.getpid() != self._process:
            raise OverlayError("the view belongs to the process that this one was forked from")
        if _thread() != self._thread:
            raise OverlayError(f"the view belongs to thread {self._thread}, not to {_thread()}")


def _thread() -> str:
    """The kernel's number of this thread."""
    return os.path.basename(os.readlink("/proc/thread-self"))


def _text(change: Dict[str, Any]) -> str:
    return f"{change['change']}:{os.fsdecode(_channel.from_wire(change['path']))}"


def _absolute(path: _Path) -> str:
    return os.path.abspath(os.fsdecode(path))
