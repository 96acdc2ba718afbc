"""The test's own words: ``from harness.logger import logger``.

A line goes into the record of the running test, where it stands among its steps, and to Python's own
``logging``, so that pytest shows it when the test fails.
"""

from __future__ import annotations

import logging
from typing import Any, List

from harness import workspace

_LEVELS = {
    "trace": 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "success": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
#: The record's names for them.
_RECORDED = {"success": "info", "warning": "warn", "critical": "error"}

_standard = logging.getLogger("harness")


class Logger:
    """Has a method for each level; what is left of the message's ``{}`` is filled with the arguments."""

    def log(self, level: str, message: object, *args: Any, **kwargs: Any) -> None:
        """Writes a line."""
        name = str(level).lower()
        text = str(message)
        if args or kwargs:
            text = text.format(*args, **kwargs)
        place = workspace.current()
        if place is not None:
            place.ask("log", level=_RECORDED.get(name, name), text=text)
        _standard.log(_LEVELS.get(name, logging.INFO), "%s", text)

    def trace(self, message: object, *args: Any, **kwargs: Any) -> None:
        """The finest level."""
        self.log("trace", message, *args, **kwargs)

    def debug(self, message: object, *args: Any, **kwargs: Any) -> None:
        """For whoever looks for a fault."""
        self.log("debug", message, *args, **kwargs)

    def info(self, message: object, *args: Any, **kwargs: Any) -> None:
        """What the test is about to do."""
        self.log("info", message, *args, **kwargs)

    def success(self, message: object, *args: Any, **kwargs: Any) -> None:
        """What went well."""
        self.log("success", message, *args, **kwargs)

    def warning(self, message: object, *args: Any, **kwargs: Any) -> None:
        """What may be wrong."""
        self.log("warning", message, *args, **kwargs)

    def error(self, message: object, *args: Any, **kwargs: Any) -> None:
        """What is wrong."""
        self.log("error", message, *args, **kwargs)

    def critical(self, message: object, *args: Any, **kwargs: Any) -> None:
        """What ends the test."""
        self.log("critical", message, *args, **kwargs)

    exception = error

    def _same(self, *_: Any, **__: Any) -> "Logger":
        return self

    # How GekkoFS's harness decorates its lines; there is nothing to decorate here.
    bind = opt = patch = _same

    def add(self, *_: Any, **__: Any) -> int:
        """A further output: none is needed."""
        return 0

    def remove(self, *_: Any) -> None:
        """The end of a further output."""


logger = Logger()


def initialize_logging(*_: Any, **__: Any) -> List[int]:
    """For a ``conftest.py`` of GekkoFS: lines go into the record already."""
    return []


def finalize_logging(*_: Any) -> None:
    """The end of that."""
