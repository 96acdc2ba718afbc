"""Says what was collected, a JSON line each."""

import json
import os
import sys

import pytest

# Marks that say how a test is called, not what it is about.
MECHANICS = {"parametrize", "usefixtures", "filterwarnings"}
# The mark whose arguments name what a test must be alone with.
LOCK = "gkfs_lock"


class Collector:
    def __init__(self, out, config, inputs):
        self._out = open(out, "w", encoding="utf-8")
        self._inputs = inputs
        self._root = str(getattr(config, "rootpath", None) or config.rootdir)
        self._say(kind="head", pytest=pytest.__version__, rootdir=self._root)

    def _say(self, **fields):
        self._out.write(json.dumps(fields) + "\n")

    def pytest_collectreport(self, report):
        if report.failed:
            self._say(kind="broken", id=report.nodeid, path=self._path(report), text=text_of(report))
        elif report.skipped:
            self._say(kind="skipped", id=report.nodeid, path=self._path(report), text=skip_reason(report))

    def _path(self, report):
        return os.path.join(self._root, report.nodeid.split("::")[0])

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        for item in session.items:
            self._say(**describe(item))

    def pytest_sessionstart(self, session):
        self._session = session

    def ignores(self, path):
        """Before version 8 a conftest that raises ends the whole collection; so its directory is left out, and said."""
        if not os.path.isfile(os.path.join(str(path), "conftest.py")):
            return None
        try:
            self._session.gethookproxy(path)
        except Exception as failure:
            cause = getattr(failure, "cause", None) or (getattr(failure, "excinfo", None) or [None, failure])[1]
            text = "%s: %s" % (type(cause).__name__, cause)
            nodeid = os.path.relpath(str(path), self._root)
            self._say(kind="broken", id=nodeid, path=str(path), text="conftest.py raises " + text)
            return True
        return None

    if int(pytest.__version__.split(".")[0]) < 8:

        def pytest_ignore_collect(self, path):
            return self.ignores(path if pytest.__version__.startswith("6.") else _path(path))

    def pytest_internalerror(self, excrepr):
        self._say(kind="internal", text=str(excrepr))

    def pytest_sessionfinish(self, session, exitstatus):
        self._say(kind="end", modules=modules(), inputs=self._inputs.close())
        self._out.close()


def _path(path):
    from pathlib import Path

    return Path(str(path))


def describe(item):
    path, line, _ = item.reportinfo()
    found = {"kind": "test", "id": item.nodeid, "path": os.path.abspath(str(path))}
    if line is not None:
        found["line"] = line + 1
    tags, locks = [], []
    for mark in item.iter_markers():
        if mark.name == LOCK:
            locks += [str(name) for name in mark.args or (LOCK,)]
        elif mark.name not in MECHANICS and mark.name not in tags:
            tags.append(mark.name)
    if tags:
        found["tags"] = tags
    if locks:
        found["locks"] = locks
    doc = getattr(getattr(item, "obj", None), "__doc__", None)
    if isinstance(doc, str) and doc.strip():
        found["doc"] = doc.strip().split("\n", 1)[0].strip()
    return found


def text_of(report):
    text = getattr(report, "longreprtext", None)
    return text if text else str(report.longrepr)


def skip_reason(report):
    """pytest tells a skip as (path, line, reason)."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason[len("Skipped: "):] if reason.startswith("Skipped: ") else reason


def modules():
    """Files of what was imported that is no part of Python or of its packages: what tests are made of."""
    theirs = {os.path.realpath(path) + os.sep for path in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    theirs.add(os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep)
    found = set()
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or not path.endswith(".py"):
            continue
        path = os.path.realpath(path)
        packages = any(part in path for part in ("/site-packages/", "/dist-packages/", "/lib/python"))
        if not packages and not any(path.startswith(prefix) for prefix in theirs):
            found.add(path)
    return sorted(found)
