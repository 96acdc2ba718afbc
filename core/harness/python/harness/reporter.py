"""Names that a ``conftest.py`` of GekkoFS imports.

What they would write to its log, the record has already.
"""

from __future__ import annotations

from typing import Any


def report_test_headline(*_: Any) -> None:
    """The test's name and workspace."""


def report_test_status(*_: Any) -> None:
    """How a phase of the test ended."""


def report_assertion_pass(*_: Any) -> None:
    """An assertion that held."""
