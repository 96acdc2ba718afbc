"""The options that are added to pytest's command line. GekkoFS's own ``conftest.py`` adds the first three, too."""

from __future__ import annotations

from typing import Any


def add_cli_options(parser: Any) -> None:
    """Adds those that are not there yet."""
    group = parser.getgroup("gkfs-bench", "gkfs-bench: the file system under test")
    for names, settings in (
        ("--interface", {"default": None, "help": "network interface on which daemons listen (default: lo)"}),
        ("--bin-dir", {"action": "append", "default": [], "help": "directory with the stack's programs; may be repeated"}),
        ("--lib-dir", {"action": "append", "default": [], "help": "directory with the stack's libraries; may be repeated"}),
        (
            "--ops",
            {
                "choices": ["session", "process"],
                "default": "session",
                "help": "carry client operations out in one session, where that cannot be told apart (default), "
                "or in a process for each",
            },
        ),
    ):
        try:
            group.addoption(names, **settings)
        except ValueError:
            # Somebody has added it: what matters is that it is there.
            pass


def set_default_log_formatter(*_: Any) -> None:
    """pytest's own formatter does."""
