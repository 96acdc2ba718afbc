"""How tests with our fixtures are run: an end that overlaps with the next test, and a second opinion.

* What a test started is ended while the next test runs: a real daemon takes a second or two. How that went
  is part of the test's teardown all the same, so its report waits for it.
* The daemon of the next test is started while a test runs, so that it is ready when it is needed.
* A test that failed, and whose operations went through a session, is run again with a process for each. That
  verdict counts; if it is another one, it is said.

Under gkfs-bench's runner the report does not wait. The channel writes into the test's record how the end went, the
runner waits for that, and its worker goes on with the next test; where the test has failed already, it is waited for
here. The second is left out: where the next test has its place is known only when it begins.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest
from _pytest.runner import CallInfo, runtestprotocol

from harness import workspace
from harness.workspace import Workspace

#: Where a first attempt's workspace is moved when the test is run again in the attempt's directory.
ASIDE = "workspace-session"
#: The fixture with whose end a test's daemons and clients end.
_WORKSPACE = "test_workspace"
#: The module of our fixtures.
_FIXTURES = "gkfs_bench_fixtures"


class OtherVerdict(pytest.PytestWarning):
    """A test failed in a session and passed with a process for each operation."""


class Protocol:
    """The plugin's hooks around a test."""

    def __init__(self) -> None:
        #: Teardown reports that wait for the end of what their tests started.
        self._held: List[Tuple[pytest.Item, Any, List[Workspace]]] = []
        #: Whether the running test is one of ours, so that its end will be waited for.
        self._waits = False
        #: Whether something went wrong with it, or it was skipped.
        self._stumbled = False
        self._next: Optional[pytest.Item] = None
        self._ahead: Optional[Ahead] = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: Optional[pytest.Item]) -> Optional[bool]:
        """Runs a test that uses our fixtures; others are left to whoever else does."""
        if "test_workspace" not in getattr(item, "fixturenames", ()):
            return None
        self._next = nextitem
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports, places = self._run(item, nextitem)
        first = _failed_call(reports)
        is_looked_at = _is_held() or bool(item.config.getoption("usepdb", False))
        if first is not None and any(place.used_session for place in places) and not is_looked_at:
            reports, places = self._run_again(item, nextitem, first, places)
        self._log(item, reports, places)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Waits for the end of what the last tests started."""
        yield
        self._forget()
        self._release()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """Starts the next test's daemon meanwhile."""
        following, self._next = self._next, None
        if following is not None and not _has_runner() and Ahead.suits(following):
            self._forget()
            self._ahead = Ahead(following)
        self._note((yield))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        """Notes whether the test comes to its body."""
        self._note((yield))

    def _note(self, outcome: Any) -> None:
        self._stumbled |= outcome.excinfo is not None

    def take_ahead(self, item: pytest.Item) -> Optional[Workspace]:
        """The workspace that was made for a test before it began, if it is still what the test would make."""
        ahead = self._ahead
        if ahead is None or ahead.item is not item or not ahead.is_fresh():
            return None
        self._ahead = None
        ahead.place.enter()
        return ahead.place

    def _forget(self) -> None:
        """Ends what was started for a test that did not come, or came in another environment."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.place.wait_end()

    def _run(self, item: pytest.Item, nextitem: Optional[pytest.Item]) -> Tuple[List[Any], List[Workspace]]:
        workspace.opened.clear()
        self._stumbled = False
        self._waits = True
        try:
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        finally:
            self._waits = False
        places = list(workspace.opened)
        later = self._later(item.config) if all(report.passed for report in reports) else None
        for place in places:
            # A fixture that somebody else wrote may have left this to us.
            if later is not None and place.is_open:
                later.append(place.end_later(_WORKSPACE))
            else:
                place.begin_end()
        return reports, places

    def _run_again(
        self, item: pytest.Item, nextitem: Optional[pytest.Item], first: Any, places: List[Workspace]
    ) -> Tuple[List[Any], List[Workspace]]:
        """Runs it with a process for each operation, and says what came of it."""
        for place in places:
            # How its daemon ended is told by the second run's.
            place.wait_end()
        told = _message(first)
        item._initrequest()  # type: ignore[attr-defined]
        workspace.again.update(ops="process", aside=ASIDE, told=told)
        try:
            reports, places = self._run(item, nextitem)
        finally:
            workspace.again.clear()
        second = _failed_call(reports)
        if second is not None:
            text = "It failed with a process for each operation as it did in a session."
            if _message(second) != told:
                text = f"It failed with a process for each operation, and in a session in another way: {told}"
            second.sections.append(("gkfs-bench", text))
        elif any(report.when == "call" for report in reports):
            text = f"passed with a process for each operation, but failed in a session: {told}"
            item.warn(OtherVerdict(text))
            if _has_runner():
                # It shows what a test prints, and no warnings of pytest.
                print(f"{item.nodeid} {text}", file=sys.stderr, flush=True)
        return reports, places

    def _log(self, item: pytest.Item, reports: List[Any], places: List[Workspace]) -> None:
        ending = [place for place in places if place.is_ending]
        for report in reports:
            if report.when == "teardown" and ending and report.passed:
                # What the tests before have started has had this test's time to end.
                self._release()
                self._held.append((item, report, ending))
            else:
                item.ihook.pytest_runtest_logreport(report=report)
        if not _may_overlap():
            self._release()

    def end(self, place: Workspace, config: pytest.Config) -> None:
        """Ends a workspace at the end of its fixture: now, or while the next test runs."""
        later = self._later(config) if self._waits else None
        if later is not None and place.is_open:
            later.append(place.end_later(_WORKSPACE))
            return
        place.begin_end()
        if not (self._waits and _may_overlap()):
            place.finish_end()

    def _later(self, config: pytest.Config) -> Optional[List[int]]:
        """Where the runner is told who ends something later; None where that is to be waited for."""
        later: Optional[List[int]] = getattr(config, "gkfs_bench_later", None)
        return None if self._stumbled else later

    def _release(self) -> None:
        held, self._held = self._held, []
        for item, report, places in held:
            call = CallInfo.from_call(lambda: _finish(places), when="teardown")
            if call.excinfo is not None:
                report = item.ihook.pytest_runtest_makereport(item=item, call=call)
            item.ihook.pytest_runtest_logreport(report=report)


class Ahead:
    """A workspace with a daemon, made for a test before it began."""

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self._environ = _own_environ()
        config = item.config
        factory = config._tmp_path_factory  # type: ignore[attr-defined]
        twd = factory.mktemp(re.sub(r"\W", "_", item.name)[:30], numbered=True)
        self.place = open_workspace(config, twd, Path(str(item.fspath)).parent, ahead=True)
        self.place.daemon_ahead = self.place.channel.send(
            "daemon_start", test=self.place.test, fixture="gkfs_daemon", backend="rocksdb"
        )

    @staticmethod
    def suits(item: pytest.Item) -> bool:
        """Whether a test gets our daemon in a directory that is its own affair."""
        names = getattr(item, "fixturenames", ())
        info = getattr(item, "_fixtureinfo", None)
        if info is None or "gkfs_daemon" not in names or "tmp_path" in names:
            return False
        definitions = [info.name2fixturedefs.get(name, ()) for name in ("test_workspace", "gkfs_daemon")]
        ours = all(found and found[-1].func.__module__ == _FIXTURES for found in definitions)
        skips = any(item.iter_markers("skip")) or any(item.iter_markers("skipif"))
        return ours and not skips

    def is_fresh(self) -> bool:
        """Whether the test's environment is the one in which this was made."""
        return not workspace.again and self._environ == _own_environ()


def open_workspace(config: pytest.Config, twd: Optional[Path], root: Path, ahead: bool = False) -> Workspace:
    """A workspace as the command line wants it."""
    return Workspace(
        twd,
        config.getoption("--bin-dir"),
        config.getoption("--lib-dir"),
        interface=config.getoption("--interface"),
        ops=ops(config),
        root=root,
        ahead=ahead,
    )


def ops(config: pytest.Config) -> str:
    """How operations are carried out: what the command line says, or the environment.

    What is held when it fails has no second opinion, so its first is the one that counts.
    """
    unless_told = "process" if _is_held() else "session"
    return str(config.getoption("--ops") or os.environ.get("GKFS_BENCH_OPS") or unless_told)


def _own_environ() -> Dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _has_runner() -> bool:
    return "GKFS_BENCH_ATTEMPT_DIR" in os.environ


def _is_held() -> bool:
    """Whether a test that fails is kept as it is."""
    return bool(os.environ.get("GKFS_BENCH_HOLD"))


def _may_overlap() -> bool:
    """Whether what a test started may end after it. A worker of xdist takes no report after the test's own."""
    return not _has_runner() and "PYTEST_XDIST_WORKER" not in os.environ


def _finish(places: List[Workspace]) -> None:
    for place in places:
        place.finish_end()


def _failed_call(reports: List[Any]) -> Optional[Any]:
    return next((report for report in reports if report.when == "call" and report.failed), None)


def _message(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr)
    return str(text).splitlines()[0] if text else "no message"
