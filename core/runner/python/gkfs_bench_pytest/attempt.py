"""One attempt of a test: its outputs, its environment, its directory, and its steps."""

import os
import re
import sys
import time

import pytest

from .collect import skip_reason, text_of
from .steps import LONGEST_TEXT, Steps, cut

COOKIE = "GKFS_BENCH_COOKIE"
HOLD = "GKFS_BENCH_HOLD"
# The fixtures that come with `harness = "ours"`.
OURS = re.compile("gkfs_(daemon(_rocksdb|_parallaxdb)?|client|shell)|gkfwd_(daemon|client)_factory|(test_)?workspace|file_factory|overlay")
# How often it is looked whether a test that is held may go on.
PACE = 0.05


class Attempt:
    def __init__(self, worker, order):
        self._worker = worker
        self._dir = order["dir"]
        self._bad = False
        self._clean_up = []
        self._names = []
        # A file that lets a test go on that failed; none where such tests are not held.
        self._release = order["env"].get(HOLD)
        # Another plugin may end what the test started after the test: for each such end it adds the process that will
        # tell of it, by the end of a step with `"later": true`. None where nothing may end so.
        worker.config.gkfs_bench_later = [] if order.get("overlap") else None
        # Whether a step says already which fixture failed.
        self._said = False
        # Whether it made something that is meant to outlive it.
        self.wide = False
        _flush()
        for fd, name in ((1, "stdout.log"), (2, "stderr.log")):
            out = os.open(os.path.join(self._dir, name), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.dup2(out, fd)
            os.close(out)
        self.steps = Steps(os.path.join(self._dir, "steps.jsonl"))
        os.environ.update(order["env"])
        os.environ.pop("LD_PRELOAD", None)
        # What the last test changed and did not put back.
        os.chdir(worker.cwd)
        os.umask(worker.umask)
        self._set_tmp(os.path.join(self._dir, "tmp"))

    def _set_tmp(self, path):
        factory = getattr(self._worker.config, "_tmp_path_factory", None)
        if factory is None or path is None:
            return
        from pathlib import Path

        os.makedirs(path, mode=0o700, exist_ok=True)
        factory._basetemp = Path(path)
        factory._given_basetemp = Path(path)

    def take_workspace(self):
        """The directory `workspace`, once; later calls get nothing, as do those for what outlives the attempt."""
        factory = self._worker.config._tmp_path_factory
        path = os.path.join(self._dir, "workspace")
        if os.path.dirname(str(factory._basetemp)) != self._dir or os.path.lexists(path):
            return None
        os.mkdir(path, 0o700)
        return path

    def tear_down_others(self, item):
        """What the last test left for another one that did not come."""
        state = item.session._setupstate
        stack = list(state.stack)
        if not stack or all(node in item.listchain() for node in stack):
            return
        begun = self.steps.begin("fixture", name="of the tests before", phase="teardown")
        try:
            if hasattr(state, "_teardown_towards"):
                state._teardown_towards(item.listchain())
            else:
                state.teardown_exact(item)
            self.steps.end(begun, ok=True)
        except Exception as error:
            self._bad = self._said = True
            self.steps.end(begun, ok=False, error=_words(error))

    def teardown_begins(self):
        return self.steps.begin("fixture", name=", ".join(self._names) or "test", phase="teardown")

    def teardown_ends(self, begun, outcome):
        if outcome.excinfo:
            self._bad = self._said = True
            self.steps.end(begun, ok=False, error=_words(outcome.excinfo[1]))
        else:
            self.steps.end(begun, ok=True)

    def fixture_begins(self, fixturedef):
        is_wide = fixturedef.scope != "function"
        step = None
        if _is_telling(fixturedef):
            self._names.append(_name(fixturedef))
            step = self.steps.begin("fixture", name=_name(fixturedef), phase="setup", scope=str(fixturedef.scope))
        if is_wide:
            # What it starts and makes belongs to the worker, not to the test that happens to need it first.
            self.wide = True
            os.environ[COOKIE], before = self._worker.cookie, os.environ.get(COOKIE, "")
            self._set_tmp(self._worker.tmp)
            return step, before
        return step, None

    def fixture_ends(self, fixturedef, begun, outcome):
        step, cookie = begun
        if cookie is not None:
            os.environ[COOKIE] = cookie
            self._set_tmp(os.path.join(self._dir, "tmp"))
        error = outcome.excinfo[1] if outcome.excinfo else None
        failed = error is not None and not isinstance(error, pytest.skip.Exception)
        if step is None and failed:
            step = self.steps.begin("fixture", name=_name(fixturedef), phase="setup")
        if step is not None:
            self._said |= failed
            self.steps.end(step, ok=not failed, **({"error": _words(error)} if failed else {}))
        if fixturedef.argname == "tmp_path" and error is None:
            self._link(outcome.get_result())

    def _link(self, workspace):
        """Where whoever looks at an attempt looks for files and logs."""
        link = os.path.join(self._dir, "workspace")
        if os.path.lexists(link):
            return
        try:
            os.symlink(os.path.relpath(str(workspace), self._dir), link)
        except OSError:
            pass  # A file system without links: then it is found in `tmp`.

    def at_end(self, clean_up):
        self._clean_up.append(clean_up)

    def report(self, report):
        if hasattr(report, "wasxfail"):
            self._expected(report)
        elif report.skipped:
            self.steps.once("skip", reason=cut(skip_reason(report), LONGEST_TEXT))
        elif report.failed:
            self._failed(report)

    def _expected(self, report):
        reason = report.wasxfail or "expected to fail"
        reason = reason[len("reason: "):] if reason.startswith("reason: ") else reason
        if report.skipped:
            self.steps.once("skip", reason="xfail: " + cut(reason, LONGEST_TEXT))
        elif report.failed:
            self._failed(report)
        else:
            self.steps.once("log", level="warn", text="passed, though expected to fail: " + reason)

    def _failed(self, report):
        self._bad = True
        crash = getattr(report.longrepr, "reprcrash", None)
        message = cut(crash.message if crash else _missing(report) or text_of(report), LONGEST_TEXT)
        if report.when == "call":
            place = {"file": str(crash.path), "line": crash.lineno} if crash else {}
            self.steps.once("assert", ok=False, message=message, **place)
        elif not self._said:
            begun = self.steps.begin("fixture", name=report.when, phase=report.when)
            self.steps.end(begun, ok=False, error=message)
        _flush()
        told = ["%s of %s failed" % (report.when, report.nodeid), text_of(report)]
        told += [head + "\n" + text for head, text in report.sections if head.startswith("Captured log")]
        os.write(2, "\n".join(told).encode(errors="backslashreplace") + b"\n")

    def hold(self, why):
        """Keeps what failed as it is, where that is wanted, until the file is there; once for each attempt."""
        if not self._release or os.path.exists(self._release):
            return
        _flush()
        begun = self.steps.begin("hold", reason=cut(why, LONGEST_TEXT), release=self._release)
        while not os.path.exists(self._release):
            time.sleep(PACE)
        self.steps.end(begun, ok=True)

    def ended_session(self, error):
        is_quit = "Quitting debugger" in str(error)
        # Who looks at a failure and quits has seen it.
        if not (is_quit and self._bad):
            text = "its debugger was quit" if is_quit else "the test ended the whole session: " + _words(error)
            self.steps.once("assert", ok=False, message=text)
        self._bad = True

    def finish(self):
        for clean_up in self._clean_up:
            clean_up()
        # Another plugin may have one that serves all tests; it says so in this list.
        keep = _own_helpers() + list(getattr(self._worker.config, "gkfs_bench_helpers", ()))
        self.close()
        later = self._worker.config.gkfs_bench_later or []
        return {"ok": not self._bad, "wide": self.wide, "keep": keep, "later": later}

    def close(self):
        _flush()
        for fd in (1, 2):
            os.dup2(self._worker.log, fd)
        self.steps.close()
        self._worker.attempt = None


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # A test closed it; there is nothing to be lost.


def _missing(report):
    """A fixture that nobody brings, in one line; None where something else is wrong."""
    name = getattr(report.longrepr, "argname", None)
    if name is None:
        return None
    told = report.longrepr.errorstring.splitlines()[0]
    if OURS.fullmatch(name):
        told += '; `harness = "ours"` in the suite file, or `--harness ours`, brings one'
    return told


def _words(error):
    text = str(error)
    return cut("%s: %s" % (type(error).__name__, text) if text else type(error).__name__, LONGEST_TEXT)


def _is_telling(fixturedef):
    """Not those of pytest itself, nor what only hands a parameter on."""
    module = getattr(fixturedef.func, "__module__", "") or ""
    return not module.startswith("_pytest.")


def _name(fixturedef):
    """`setup_method` and its like are fixtures of another name."""
    found = re.match(r"_?_?(?:xunit_|unittest_)?(setup_\w+?|setUpClass|setUpModule)_fixture", fixturedef.argname.lstrip("_"))
    return found.group(1) if found else fixturedef.argname


def _own_helpers():
    """Processes that Python keeps for itself once something of `multiprocessing` was used."""
    pids = []
    for module, name, field in (
        ("multiprocessing.resource_tracker", "_resource_tracker", "_pid"),
        ("multiprocessing.forkserver", "_forkserver", "_forkserver_pid"),
    ):
        keeper = getattr(sys.modules.get(module), name, None)
        pid = getattr(keeper, field, None)
        if isinstance(pid, int):
            pids.append(pid)
    return pids
