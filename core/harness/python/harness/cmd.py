"""The output of usual commands, as named tuples."""

from __future__ import annotations

from collections import namedtuple
from typing import Any, Callable, Dict

#: A digest and a file's name, as ``md5sum`` and its kin print them.
_SUMS = ("md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "b2sum")

statOutput = namedtuple(
    "statOutput",
    "filename size blocks raw_mode uid gid device inode hard_links major minor last_access last_modification "
    "last_status_change creation transfer_size",
)

#: Of the fields after the name: those that are not decimal numbers.
_TEXTS = ("raw_mode", "device", "major", "minor")


def _stat(text: str) -> Any:
    # The name may have blanks, what comes after it not.
    line = text.splitlines()[0] if text else ""
    values = line.rsplit(None, len(statOutput._fields) - 1)
    if len(values) != len(statOutput._fields):
        raise ValueError(f"`stat --terse` prints a name and 15 fields, not: {line!r}")
    name, *rest = values
    fields = statOutput._fields[1:]
    return statOutput(name, *(value if field in _TEXTS else int(value) for field, value in zip(fields, rest)))


def _sum(command: str) -> Callable[[str], Any]:
    named: Any = namedtuple
    kind = named(f"{command}Output", "digest filename")

    def parse(text: str) -> Any:
        digest, _, name = text.splitlines()[0].partition(" ")
        # The second character is a blank, or an asterisk for binary mode.
        return kind(digest, name[1:])

    return parse


class CommandParser:
    """Reads the output of commands that it knows."""

    PARSERS: Dict[str, Callable[[str], Any]] = {"stat": _stat, **{name: _sum(name) for name in _SUMS}}

    def parse(self, command: str, output: str) -> Any:
        """The output as a named tuple."""
        parser = self.PARSERS.get(command.rsplit("/", 1)[-1])
        if parser is None:
            raise NotImplementedError(f"Output parser for '{command}' not implemented")
        return parser(output)
