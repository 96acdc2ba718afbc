"""Daemons, clients and shells of a test."""

from __future__ import annotations

import functools
import shlex
import signal as signals
import socket
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from harness import _channel, _sh, io
from harness.cmd import CommandParser
from harness.errors import ProgramNotFound
from harness.workspace import Workspace

#: The real client numbers its descriptors from 10000, and refuses what no file of GekkoFS can do. Tests were
#: written against it, and the embedded one can be told to do as it does. Commands of a shell were not.
_DESCRIPTORS = {"LIBGKFS_FD_BASE": "10000"}
_LIKE_THE_REAL_ONE = {**_DESCRIPTORS, "LIBGKFS_STRICT": "1"}
_FORWARDING_MAP = "gkfs_forwarding.map"


class Daemon:
    """A ``gkfs_daemon`` of the workspace's stack; on the plain stack just the bare directory."""

    _forwarding = False

    def __init__(self, interface: Optional[str], database: str, workspace: Workspace) -> None:
        # The stack's interface is the one to listen on: the workspace was told which when it was opened.
        del interface
        self._workspace = workspace
        self._database = database
        self._told: Dict[str, Any] = {}

    def run(self, fixture: Optional[str] = None) -> "Daemon":
        """Starts it and waits until it is ready."""
        ahead, self._workspace.daemon_ahead = self._workspace.daemon_ahead, None
        if ahead is not None and self._database == "rocksdb" and not self._forwarding:
            self._told = self._workspace.channel.wait(ahead)
            return self
        # It allocates gigabytes at once.
        args = ["--clean-rootdir-finish"] if self._database == "parallaxdb" else []
        self._told = self._workspace.ask(
            "daemon_start",
            fixture=fixture,
            backend=self._database,
            args=args,
            forwarding=self._forwarding,
        )
        return self

    def shutdown(self) -> None:
        """Ends it in peace. Raises if it had died, does not end, or ends with another status than 0."""
        self._act("shutdown")

    def kill(self) -> None:
        """Kills it, as a crash of its machine would."""
        self._act("kill")

    def stop(self) -> None:
        """Stops it: it lives but answers nobody, until ``cont``."""
        self._act("stop")

    def cont(self) -> None:
        """Lets it continue."""
        self._act("cont")

    def restart(self) -> None:
        """Ends it in peace if it runs, and starts it again with the same data, at the same address."""
        self._act("restart")

    def _act(self, act: str) -> None:
        if not self._told:
            raise RuntimeError("the daemon has not been started: call run() first")
        self._told = self._workspace.ask("daemon", daemon=self._told["daemon"], act=act)

    @property
    def is_running(self) -> bool:
        """Its process has not ended."""
        self._act("look")
        return bool(self._told["running"])

    @property
    def pid(self) -> Optional[int]:
        """The number of its process while it runs."""
        self._act("look")
        pid: Optional[int] = self._told["pid"]
        return pid

    @property
    def cwd(self) -> Path:
        """Where it runs, and where the hosts file is."""
        return self._workspace.twd

    @property
    def rootdir(self) -> Path:
        """Where it keeps its data."""
        return Path(self._told.get("rootdir") or self._workspace.rootdir)

    @property
    def metadir(self) -> Path:
        """Where it keeps its metadata."""
        return self._workspace.metadir if self._forwarding else self.rootdir

    @property
    def mountdir(self) -> Path:
        """Where clients see the file system."""
        return self._workspace.mountdir

    @property
    def logdir(self) -> Path:
        """Where it writes its log."""
        return self._workspace.logdir

    @property
    def log(self) -> Path:
        """Its log."""
        return Path(self._told["log"]) if self._told else self.logdir / "gkfs_daemon.log"

    @property
    def interface(self) -> str:
        """The network interface on which it listens."""
        return str(self._workspace.stack["interface"])


class FwdDaemon(Daemon):
    """A daemon in forwarding mode, with a log of its own; what is stored is in the workspace's `root/`."""

    _forwarding = True

    def __init__(self, interface: Optional[str], workspace: Workspace) -> None:
        super().__init__(interface, "rocksdb", workspace)


class _Proxy:
    """Makes every name a method that runs what is called so."""

    def run(self, cmd: str, *args: Any, **kwargs: Any) -> Any:
        """Runs it."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        # What Python itself asks for is no command.
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self.run, name)


class Client(_Proxy):
    """Carries operations out: ``client.mkdir(path, 0o777)`` is ``gkfs.io mkdir PATH 511``.

    They go through one session, where that cannot be told apart from a process for each, and through a
    process for each with ``--ops process``.
    """

    _ops: Optional[str] = None

    def __init__(self, workspace: Workspace, environ: Optional[Dict[str, str]] = None) -> None:
        self._workspace = workspace
        changed = {**workspace.changed_environ(), **(environ or {})}
        told = workspace.ask(
            "client", env=changed, unless_set=_LIKE_THE_REAL_ONE, ops=self._ops or workspace.ops
        )
        self._client = told["client"]

    def run(self, cmd: str, *args: Any) -> Any:
        """Carries an operation out, and returns its reply as a named tuple."""
        told = self._workspace.ask("op", client=self._client, name=cmd, words=_channel.words(args))
        self._workspace.used_session |= told["via"] == "session"
        return io.read(cmd, told["reply"])

    @property
    def preload_library(self) -> Optional[Path]:
        """The client library; a plain stack has none."""
        path = self._workspace.stack["preload"]
        return Path(path) if path else None

    @property
    def cwd(self) -> Path:
        """Where its processes run."""
        return self._workspace.twd


class FwdClient(Client):
    """A client in forwarding mode: ``c-1`` forwards to the daemon with the number 1.

    A process for each operation: what a client's start and end do to the map is what such tests are about.
    """

    _ops = "process"

    def __init__(self, workspace: Workspace, identifier: str) -> None:
        self._map = workspace.twd / f"{identifier}-{_FORWARDING_MAP}"
        self._log = workspace.logdir / f"{identifier}-gkfs_client.log"
        self._write_map(identifier)
        environ = {"LIBGKFS_FORWARDING_MAP_FILE": str(self._map), "LIBGKFS_LOG_OUTPUT": str(self._log)}
        super().__init__(workspace, environ)

    def remap(self, identifier: str) -> None:
        """Forwards to another daemon from now on."""
        self._write_map(identifier)

    def _write_map(self, identifier: str) -> None:
        _write_map(self._map, int(identifier.split("-")[1]))

    @property
    def log(self) -> Path:
        """Its own log."""
        return self._log


class ShellCommand:
    """A command or script that has ended with status 0."""

    def __init__(self, cmd: Optional[str], told: Dict[str, Any]) -> None:
        self._cmd = cmd
        self.exit_code: int = told["exit"]
        self.stdout = _channel.from_wire(told["stdout"])
        self.stderr = _channel.from_wire(told["stderr"])
        #: Its command line.
        self.ran: str = told["command"]

    @property
    def parsed_stdout(self) -> Any:
        """Its standard output as a named tuple, if there is a parser for the command."""
        return self._parse(self.stdout)

    @property
    def parsed_stderr(self) -> Any:
        """Its standard error, read in the same way."""
        return self._parse(self.stderr)

    def _parse(self, output: bytes) -> Any:
        if self._cmd is None:
            raise NotImplementedError("a script has no parser: read its stdout")
        return CommandParser().parse(self._cmd, output.decode(errors="surrogateescape"))

    def wait(self) -> "ShellCommand":
        """It has ended already."""
        return self

    def __str__(self) -> str:
        return self.stdout.decode(errors="replace")

    def __repr__(self) -> str:
        try:
            return repr(self.parsed_stdout)
        except (NotImplementedError, ValueError, IndexError):
            return f"ShellCommand({self.ran!r}, exit_code={self.exit_code})"


class ShellClient(_Proxy):
    """Runs commands and scripts as clients: ``shell.cp(a, b)``, ``shell.script("…")``.

    As with the package ``sh``, a command that ends with another status than 0 raises
    ``sh.ErrorReturnCode_N``, one that a signal ends ``sh.SignalException_NAME``, and one that is ended at its
    deadline ``sh.TimeoutException``.
    """

    def __init__(self, workspace: Workspace, environ: Optional[Dict[str, str]] = None) -> None:
        self._workspace = workspace
        self._environ = {**_DESCRIPTORS, **(environ or {})}
        self._patched = {**workspace.ask("environ")["environ"], **self._environ}

    @property
    def patched_environ(self) -> str:
        """The variables that make a command a client, to stand before it in a script."""
        return " ".join(f"{name}={shlex.quote(value)}" for name, value in self._patched.items())

    def script(
        self,
        code: str,
        intercept_shell: bool = True,
        timeout: float = 60,
        timeout_signal: int = signals.SIGKILL,
    ) -> ShellCommand:
        """Runs a script in bash, which is a client itself unless ``intercept_shell`` is false."""
        command = {"script": _channel.to_wire(code)}
        return self._carry_out(None, command, intercept_shell, timeout, timeout_signal)

    def run(
        self, cmd: str, *args: Any, timeout: float = 60, timeout_signal: int = signals.SIGKILL
    ) -> ShellCommand:
        """Runs a program of the stack, or of ``PATH``."""
        argv = _channel.words([cmd, *_split(args)])
        return self._carry_out(cmd, {"argv": argv}, True, timeout, timeout_signal)

    def _carry_out(
        self,
        cmd: Optional[str],
        command: Dict[str, Any],
        intercept: bool,
        timeout: float,
        timeout_signal: int,
    ) -> ShellCommand:
        changed = self._workspace.changed_environ()
        environ = {**self._environ, **changed} if intercept else changed
        try:
            told = self._workspace.ask(
                "shell",
                env=environ,
                intercept=intercept,
                timeout=timeout,
                signal=int(timeout_signal),
                **command,
            )
        except ProgramNotFound as error:
            raise _sh.exceptions().CommandNotFound(cmd) from error
        _raise_unless_succeeded(told)
        return ShellCommand(cmd, told)

    @property
    def cwd(self) -> Path:
        """Where commands run."""
        return self._workspace.twd


class ShellFwdClient(ShellClient):
    """A shell whose commands are clients in forwarding mode, and forward to the first daemon."""

    def __init__(self, workspace: Workspace) -> None:
        path = workspace.twd / _FORWARDING_MAP
        _write_map(path, 0)
        super().__init__(workspace, {"LIBGKFS_FORWARDING_MAP_FILE": str(path)})


class FwdDaemonCreator:
    """Starts daemons in forwarding mode. All of them end with the test."""

    def __init__(self, interface: Optional[str], workspace: Workspace) -> None:
        self._interface = interface
        self._workspace = workspace

    def create(self) -> FwdDaemon:
        """Starts one and waits until it is ready."""
        daemon = FwdDaemon(self._interface, self._workspace)
        daemon.run()
        return daemon


class FwdClientCreator:
    """Makes clients in forwarding mode."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def create(self, identifier: str) -> FwdClient:
        """Makes one; ``c-1`` forwards to the daemon with the number 1."""
        return FwdClient(self._workspace, identifier)


def _write_map(path: Path, daemon: int) -> None:
    path.write_text(f"{socket.gethostname()} {daemon}\n")


def _split(args: Sequence[Any]) -> List[Any]:
    """The only argument ``"--terse /mnt/f"`` is what a shell would make of it: options have no blanks."""
    if len(args) == 1 and isinstance(args[0], str) and args[0].startswith("-") and " " in args[0]:
        return list(shlex.split(args[0]))
    return list(args)


def _raise_unless_succeeded(told: Dict[str, Any]) -> None:
    code = told["exit"] if told["signal"] is None else -told["signal"]
    if told["timed_out"]:
        raise _sh.exceptions().TimeoutException(code, told["command"])
    if code != 0:
        stdout, stderr = (_channel.from_wire(told[name]) for name in ("stdout", "stderr"))
        raise _sh.of_code(code)(told["command"], stdout, stderr)


