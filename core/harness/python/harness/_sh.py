"""What tests use of the package ``sh``, for machines that do not have it.

GekkoFS's own harness starts commands with ``sh``, and its tests import it: a command that fails raises
``sh.ErrorReturnCode_1``. Commands are started by the Rust harness here, but they fail in the same way. Where
the real package is installed its exceptions are raised; elsewhere ``import sh`` finds this module.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import signal
import sys
from typing import Any, Optional, Sequence


class ErrorReturnCode(Exception):
    """A command ended with another status than 0."""

    exit_code: int = 0

    def __init__(self, full_cmd: str, stdout: bytes, stderr: bytes, truncate: bool = True) -> None:
        self.full_cmd, self.stdout, self.stderr = full_cmd, stdout, stderr
        self.truncate = truncate
        text = f"\n\n  RAN: {full_cmd}\n\n  STDOUT:\n{_tail(stdout)}\n\n  STDERR:\n{_tail(stderr)}"
        super().__init__(text)


class SignalException(ErrorReturnCode):
    """A signal ended a command."""


class TimeoutException(Exception):
    """A command was ended at its deadline."""

    def __init__(self, exit_code: int, full_cmd: str) -> None:
        self.exit_code, self.full_cmd = exit_code, full_cmd
        super().__init__(f"no end in time, so it was ended: {full_cmd}")


class CommandNotFound(AttributeError):
    """No directory has the command."""


def _tail(output: bytes) -> str:
    return output[-4096:].decode(errors="replace")


def __getattr__(name: str) -> Any:
    kind, _, which = name.partition("_")
    if kind == "ErrorReturnCode" and which.isdigit():
        made = type(name, (ErrorReturnCode,), {"exit_code": int(which)})
    elif kind == "SignalException" and which in signal.Signals.__members__:
        made = type(name, (SignalException,), {"exit_code": -signal.Signals[which].value})
    else:
        raise AttributeError(f"{name}: only exceptions of `sh` are here; install the package for more")
    # The same class each time, so that it can be caught by its name.
    globals()[name] = made
    return made


class _Finder(importlib.abc.MetaPathFinder):
    """Finds this module as ``sh`` when nobody else has found one."""

    def find_spec(self, fullname: str, path: Optional[Sequence[Any]], target: Any = None) -> Any:
        """The module's place."""
        if fullname != "sh":
            return None
        return importlib.util.spec_from_file_location("sh", __file__)


def install() -> None:
    """Lets ``import sh`` find this module where the package is not installed."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


def of_code(code: int) -> Any:
    """The exception for a status, or for minus a signal's number."""
    if code >= 0:
        return getattr(exceptions(), f"ErrorReturnCode_{code}")
    return getattr(exceptions(), f"SignalException_{signal.Signals(-code).name}")


def exceptions() -> Any:
    """The package, or what stands for it."""
    install()
    import sh  # type: ignore[import-untyped,import-not-found,unused-ignore]

    return sh
