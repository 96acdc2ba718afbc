"""The options that are added to pytest's command line; GekkoFS's own ``conftest.py`` adds three of them."""

from __future__ import annotations

from typing import Any, Dict

_OPTIONS: Dict[str, Dict[str, Any]] = {
    "--interface": {"default": None, "help": "network interface on which daemons listen (default: lo)"},
    "--bin-dir": {
        "action": "append",
        "default": [],
        "help": "directory with the programs of the stack; may be repeated",
    },
    "--lib-dir": {
        "action": "append",
        "default": [],
        "help": "directory with the libraries of the stack; may be repeated",
    },
    "--ops": {
        "choices": ["session", "process"],
        "default": None,
        "help": "carry client operations out in one session, where that cannot be told apart (default), "
        "or in a process for each",
    },
}


def add_cli_options(parser: Any) -> None:
    """Adds those that are not there yet."""
    group = parser.getgroup("gkfs-bench", "gkfs-bench: the file system under test")
    for name, settings in _OPTIONS.items():
        try:
            group.addoption(name, **settings)
        except ValueError:
            # Somebody has added it: what matters is that it is there.
            pass


def set_default_log_formatter(*_: Any) -> None:
    """pytest's own formatter does."""
