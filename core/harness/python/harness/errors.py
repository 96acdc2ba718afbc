"""What is raised when the harness or the system under test is broken.

A call of a file system that fails is no such thing: it is a reply with ``retval`` -1.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Type


class HarnessError(Exception):
    """The message names the thing, the place and, where there is one, a way out."""

    def __init__(self, message: str, hint: Optional[str] = None, kind: str = "other") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class StackError(HarnessError):
    """There is no system under test, or it is not complete."""


class DaemonError(HarnessError):
    """A daemon did not start, did not stop, or died though nobody asked it to."""


class ClientError(HarnessError):
    """A client crashed, or said something that is no reply."""


class UnknownOperation(ClientError, ValueError):
    """Neither the table of operations nor the client knows it."""


class OperationTimeout(HarnessError, TimeoutError):
    """A client had to be killed at its deadline."""


class ProgramNotFound(HarnessError):
    """A program is in none of the directories."""


class ChannelError(HarnessError):
    """gkfs-bench cannot be found, has died, or is of another version."""


_KINDS: Dict[str, Type[HarnessError]] = {
    "environment": StackError,
    "no_stack": StackError,
    "stack_config": StackError,
    "missing": StackError,
    "ambiguous": StackError,
    "no_interface": StackError,
    "no_port": DaemonError,
    "daemon": DaemonError,
    "program": ClientError,
    "operation": ClientError,
    "unknown_operation": UnknownOperation,
    "timed_out": OperationTimeout,
    "not_found": ProgramNotFound,
    "protocol": ChannelError,
    "internal": ChannelError,
    "ended": ChannelError,
}


def from_refusal(refusal: Dict[str, Any]) -> HarnessError:
    """Makes the exception of a refusal that came through the channel."""
    kind = refusal.get("kind", "other")
    error = _KINDS.get(kind, HarnessError)
    return error(refusal.get("message", "no message"), refusal.get("hint"), kind)
