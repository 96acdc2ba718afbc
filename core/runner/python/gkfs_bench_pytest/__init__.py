"""The runner's ear inside pytest: says what was collected, and runs the tests that it is told to, one at a time.

It is put into a pytest that runs anyway, by ``-p`` and ``PYTHONPATH``; nothing of it is installed, and it knows nothing
of any file system but for the names in ``upstream``. The variable ``GKFS_BENCH_PYTEST`` tells what is wanted:

* ``{"mode": "collect", "out": FILE}``: write a JSON line for each test, and for each file that cannot be collected;
* ``{"mode": "work", "files": [...]}``: collect these files, then take orders from standard input, see ``worker``;
* ``{"mode": "one", "files": [FILE], "run": ID, "nth": 0}``: run that test, and end as it ended, see ``one``.

The variable may also be ``@FILE`` with that in the file. ``options`` in either are options of the command line for suites that know them: ``{"--bin-dir": [...]}``. Whatever
tests print goes elsewhere: lines of the protocol travel by a file or by descriptors of their own.

It runs under Python 3.6 and later with pytest 6.2 and later.
"""

import json
import os
import sys

import pytest

try:
    from _pytest.config import ConftestImportFailure
except ImportError:  # It moved; then all conftests that raise end the collection.
    ConftestImportFailure = ()



def _told():
    told = os.environ.pop("GKFS_BENCH_PYTEST", "{}")
    if not told.startswith("@"):
        return json.loads(told)
    # More than a variable can hold.
    with open(told[1:], encoding="utf-8") as file:
        return json.load(file)


TOLD = _told()
MODE = TOLD.get("mode")


def _leave_no_trace():
    """What tests start must not find us on their path."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    rest = [path for path in paths if path and os.path.abspath(path) != here]
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)
    else:
        os.environ.pop("PYTHONPATH", None)


def _keep_byte_code():
    """Of what is imported from here on byte code is kept in a place of ours, not beside it. What Python and pytest are
    made of has been imported by now, with the byte code that lies beside it: compiled anew it would cost seconds. What
    tests start finds that too, and writes none."""
    place = os.environ.pop("GKFS_BENCH_BYTECODE", None)
    if place is not None and hasattr(sys, "pycache_prefix"):
        sys.pycache_prefix = place
        # A test that is a process of its own leaves nothing anywhere.
        sys.dont_write_bytecode = MODE == "one"


INPUTS = None
if MODE == "collect":
    from .inputs import Inputs

    INPUTS = Inputs()
if MODE:
    _leave_no_trace()
    _keep_byte_code()


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(early_config, parser, args):
    outcome = yield
    if not MODE:
        return
    try:
        outcome.get_result()
    except ConftestImportFailure as failure:
        if not _is_elsewhere(failure, early_config):
            raise
        # pytest reads some conftests below its arguments early. When one of those raises, its own directory fails to
        # be collected later, and the rest need not fail with it.
        outcome.force_result(None)
    _add_options(parser, args)


def _is_elsewhere(failure, config):
    where = os.path.dirname(os.path.abspath(str(failure.path)))
    start = getattr(config, "invocation_params", None)
    start = os.path.abspath(str(start.dir if start else os.getcwd()))
    named = config.known_args_namespace.file_or_dir or ["."]
    for arg in named:
        path = os.path.join(start, str(arg).split("::")[0])
        if (path + os.sep).startswith(where + os.sep):
            return False
    return True


def _add_options(parser, args):
    """Options that the suite's own conftest has added by now; given ones replace those of an ini file."""
    for name, values in sorted(TOLD.get("options", {}).items()):
        if not _knows(parser, name):
            continue
        kept, skip = [], False
        for arg in args:
            if skip:
                skip = False
            elif arg == name:
                skip = True
            elif not arg.startswith(name + "="):
                kept.append(arg)
        args[:] = ["%s=%s" % (name, value) for value in values] + kept


def _knows(parser, name):
    groups = [parser._anonymous] + list(parser._groups)
    return any(name in option.names() for group in groups for option in group.options)


@pytest.hookimpl(hookwrapper=True)
def pytest_cmdline_main(config):
    """Before anybody acts on the command line: no second level of workers, and only the files that are needed."""
    if MODE:
        if hasattr(config.option, "numprocesses"):
            config.option.numprocesses = None
            config.option.dist = "no"
            config.option.tx = []
        if TOLD.get("files"):
            config.args = list(TOLD["files"])
    yield


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "gkfs_lock(*names): not beside another test with one of these names")
    if MODE == "collect":
        from . import collect

        config.pluginmanager.register(collect.Collector(TOLD["out"], config, INPUTS), "gkfs_bench_collector")
    elif MODE == "work":
        from . import worker

        config.pluginmanager.register(worker.Worker(TOLD, config), "gkfs_bench_worker")
    elif MODE == "one":
        from . import one

        plugin = one.One(TOLD, config)
        config.pluginmanager.register(plugin, "gkfs_bench_worker")
        _silence(config, plugin.words)
        return
    if MODE:
        to = os.devnull if MODE == "collect" else os.dup(2)
        _silence(config, open(to, "w", encoding="utf-8", errors="backslashreplace"))


def _silence(config, to):
    """What pytest itself has to say is no output of a test: it goes elsewhere."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None and hasattr(reporter, "_tw"):
        reporter._tw._file = to
