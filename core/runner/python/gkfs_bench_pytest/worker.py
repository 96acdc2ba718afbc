"""Runs the tests that it is told to, one at a time.

Orders come as JSON lines by what was standard input, answers go by what was standard output; both get descriptors
that nothing a test starts inherits, and tests see other ones.

While a debugger has the terminal, it says ``{"kind": "debugging"}`` and at the end of that ``{"kind": "resumed"}``.

``{"run": id, "nth": 0, "dir": attempt, "env": {...}}`` is answered by ``{"kind": "began"}``, then by ``{"kind": "next"}``
when only the teardown is left: the answer to that, ``{"next": [id, nth]}`` or ``{"next": null}``, decides which
fixtures of a wider scope live on. ``{"kind": "done", ...}`` is the last word; what it names under ``later`` ends
what the test started, while the worker takes the next order already. The end of orders ends the session.
"""

import faulthandler
import io
import json
import os
import signal
import sys

import pytest

from . import attempt as attempts
from . import upstream
from .collect import text_of
from .steps import cut
from .terminal import Terminal

# So many names say enough.
LONGEST_LIST = 20


class Channel:
    """The way to the runner and back."""

    def __init__(self):
        self._orders = io.open(_private(0), "r", encoding="utf-8")
        self._answers = _private(1)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        # Until there is a test, what is printed goes where errors go: the worker's log.
        os.dup2(2, 1)
        os.close(null)

    def say(self, **fields):
        os.write(self._answers, json.dumps(fields).encode() + b"\n")

    def hear(self):
        line = self._orders.readline()
        return json.loads(line) if line.strip() else None


def _private(fd):
    copy = os.dup(fd)
    os.set_inheritable(copy, False)
    return copy


class Next:
    """Stands for the next test, which is asked for only when something depends on it."""

    def __init__(self, worker):
        self._worker = worker
        self._known = False
        self._item = None

    def _get(self):
        if not self._known:
            self._known = True
            self._worker.channel.say(kind="next")
            order = self._worker.channel.hear() or {}
            self._item = self._worker.find(*(order.get("next") or (None, 0)))
        return self._item

    def listchain(self):
        item = self._get()
        return item.listchain() if item is not None else []

    def __getattr__(self, name):
        return getattr(self._get(), name)


class Worker:
    def __init__(self, told, config, channel=None):
        self.channel = channel or Channel()
        self.config = config
        self.tmp = told.get("tmp")
        self._known = set(told["known"]) if "known" in told else None
        self.cookie = os.environ.get(attempts.COOKIE)
        self.cwd = os.getcwd()
        self.umask = os.umask(0)
        os.umask(self.umask)
        self.items = {}
        self.broken = {}
        self.attempt = None
        self.terminal = Terminal(told.get("terminal"), self.channel)
        self.running = ""
        self.log = os.dup(2)
        os.set_inheritable(self.log, False)
        # Both when it crashes and when its time is over it shall say where it was, in the test's own output.
        faulthandler.enable(file=2)
        faulthandler.register(signal.SIGTERM, file=2, all_threads=True, chain=True)

    def find(self, nodeid, nth):
        found = self.items.get(nodeid, [])
        return found[nth] if nth < len(found) else None

    def pytest_collectreport(self, report):
        if report.failed:
            self.broken[report.nodeid] = report.longreprtext

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        for item in session.items:
            self.items.setdefault(item.nodeid, []).append(item)
        faulthandler.enable(file=2)
        upstream.listen(self)
        self.channel.say(kind="ready", tests=len(session.items), new=self._new())
        while True:
            order = self.channel.hear()
            if order is None:
                break
            if not self.run(order):
                break
        self._tear_down(session)
        return True

    def _new(self):
        """Tests of its files that were not known, where what is known was found another time: only some of them."""
        if self._known is None:
            return []
        new = [name for name in self.items if name not in self._known]
        return new[:LONGEST_LIST]

    def _tear_down(self, session):
        """What lives on for tests that did not come."""
        try:
            state = session._setupstate
            if hasattr(state, "_teardown_towards"):
                state._teardown_towards([])
            elif state.stack:
                state.teardown_exact(None)
        except Exception as error:
            self.channel.say(kind="late", text=cut("%s: %s" % (type(error).__name__, error), 4096))

    def run(self, order):
        """Whether the session can go on."""
        self.attempt = attempt = attempts.Attempt(self, order)
        self.channel.say(kind="began")
        item = self.find(order["run"], order["nth"])
        if item is None:
            why = [text for nodeid, text in self.broken.items() if order["run"].startswith(nodeid)]
            self.channel.say(kind="unknown", why=cut("\n".join(why), 4096))
            attempt.close()
            return True
        goes_on = True
        self.running = item.nodeid
        try:
            attempt.tear_down_others(item)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=Next(self))
        except (pytest.exit.Exception, KeyboardInterrupt) as ended:
            attempt.ended_session(ended)
            goes_on = False
        finally:
            # A debugger that is quit does not say so.
            self.terminal.leave()
        done = attempt.finish()
        # Another plugin may have taken the process to where other tests should not be.
        goes_on = goes_on and not getattr(self.config, "gkfs_bench_entered", None)
        self.channel.say(kind="done", goes_on=goes_on, **done)
        return goes_on

    def pytest_runtest_logreport(self, report):
        if self.attempt is not None:
            self.attempt.report(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, call, report):
        self.terminal.failure = text_of(report)
        # Where a debugger would begin: nothing is torn down yet.
        if self.attempt is not None and report.when in ("setup", "call"):
            crash = getattr(report.longrepr, "reprcrash", None)
            self.attempt.hold(crash.message if crash else str(call.excinfo.value))

    def pytest_enter_pdb(self):
        self.terminal.enter(self.running)

    def pytest_leave_pdb(self):
        self.terminal.leave()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item):
        begun = self.attempt.teardown_begins() if self.attempt is not None else None
        outcome = yield
        if begun is not None:
            self.attempt.teardown_ends(begun, outcome)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        if self.attempt is None:
            yield
            return
        begun = self.attempt.fixture_begins(fixturedef)
        outcome = yield
        self.attempt.fixture_ends(fixturedef, begun, outcome)
