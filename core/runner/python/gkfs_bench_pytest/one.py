"""One test, whose process this is: what stands in the place of the runner, which waits for the process's end only."""

import io
import os

from . import attempt as attempts
from . import worker


class Runner:
    """Orders the one test, and keeps what is said of it."""

    def __init__(self, order):
        self._orders = [order]
        self.ok = None

    def say(self, kind, **fields):
        if kind == "done":
            self.ok = fields["ok"]
        elif kind == "unknown":
            why = fields["why"] or "there is no such test any more; it changed since it was listed"
            os.write(2, why.encode(errors="backslashreplace") + b"\n")
        elif kind == "late":
            self.ok = False
            os.write(2, fields["text"].encode(errors="backslashreplace") + b"\n")

    def hear(self):
        return self._orders.pop() if self._orders else None


class One(worker.Worker):
    def __init__(self, told, config):
        # The rest of the environment is here already; this says that a failure is to be held.
        env = {name: os.environ[name] for name in (attempts.HOLD,) if name in os.environ}
        order = {"run": told["run"], "nth": told["nth"], "dir": os.environ["GKFS_BENCH_ATTEMPT_DIR"], "env": env}
        self.runner = Runner(order)
        super().__init__(told, config, self.runner)
        # pytest's own words: told only where there is no test to tell of.
        self.words = io.StringIO()
        # What tests of later runs go by is no doing of the test's.
        for name in ("lfplugin", "nfplugin", "stepwiseplugin"):
            plugin = config.pluginmanager.getplugin(name)
            if plugin is not None:
                config.pluginmanager.unregister(plugin)

    def pytest_sessionfinish(self, session):
        session.exitstatus = 0 if self.runner.ok else 1

    def pytest_unconfigure(self):
        if self.runner.ok is None:
            os.write(2, self.words.getvalue().encode(errors="backslashreplace"))
