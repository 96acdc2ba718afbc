"""The pytest plugin of gkfs-bench: fixtures for tests of a file system.

Their names are those of GekkoFS's own harness.

    PYTHONPATH=$(gkfs-bench python-path) pytest -p gkfs_bench_fixtures

========================  ==============================================================================
fixture                   what it is
========================  ==============================================================================
``workspace``             the test's own directory (also ``test_workspace``)
``gkfs_daemon``           a daemon, ready; stopped after the test, and what went wrong with it is an error
``gkfs_client``           operations: ``gkfs_client.mkdir(path, 0o777)``
``gkfs_shell``            commands and scripts
``file_factory``          files with contents that look random
``overlay``               views of the whole file system: ``with overlay.push() as view: … view.changes``
``gkfwd_daemon_factory``  daemons in forwarding mode
``gkfwd_client_factory``  clients in forwarding mode
``fake_fuse``             a fake FUSE server, mounted for real, and verified at the end
``fake_fuse_factory``     the same with options: ``fake_fuse_factory(gvisor=True)``
========================  ==============================================================================
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Iterator, List, Optional

import pytest

# pytest may be started where another package of the name lies, which goes before all that is in PYTHONPATH.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import _channel, _protocol, _sh, cli
from harness import workspace as workspaces
from harness.fuse import FakeFuse, FakeFuseFactory
from harness.gkfs import Client, Daemon, FwdClientCreator, FwdDaemonCreator, ShellClient
from harness.overlay import Overlay, entered
from harness.workspace import FileCreator, Workspace

_PROTOCOL = "gkfs_bench_protocol"

# Before any test module is imported.
_sh.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options that GekkoFS's harness has, and our own."""
    cli.add_cli_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Adds the hooks around tests."""
    # For gkfs-bench's runner; a pytest alone knows the mark as well.
    config.addinivalue_line("markers", "gkfs_lock(*names): not beside another test with one of these names")
    config.pluginmanager.register(_protocol.Protocol(), _PROTOCOL)
    config.gkfs_bench_helpers = _channel.helpers  # type: ignore[attr-defined]
    # What is in it when a test has ended lets the runner take another process for the next one.
    config.gkfs_bench_entered = entered  # type: ignore[attr-defined]


def pytest_report_header(config: pytest.Config) -> List[str]:
    """Says what carries the operations out."""
    return [f"gkfs-bench: fixtures of {Path(__file__).parent}, operations by {_protocol.ops(config)}"]


def pytest_unconfigure() -> None:
    """Ends what still runs: a session that was interrupted has left it."""
    _channel.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Makes pytest's own skip of what the stack cannot do."""
    outcome = yield
    _skip(outcome)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    """The same while fixtures are set up."""
    outcome = yield
    _skip(outcome)


def pytest_enter_pdb() -> None:
    """Lets tests take their time that somebody looks at."""
    for place in workspaces.opened:
        place.lift()


def _skip(outcome: Any) -> None:
    excinfo = outcome.excinfo
    if excinfo is not None and isinstance(excinfo[1], _channel.Skipped):
        pytest.skip(str(excinfo[1]))


def _told_as(request: pytest.FixtureRequest, name: str) -> Optional[str]:
    """The fixture's name for the record, unless gkfs-bench's own plugin records fixtures."""
    return None if request.config.pluginmanager.has_plugin("gkfs_bench_worker") else name


@pytest.fixture
def test_workspace(request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """The test's own directory: the attempt's under gkfs-bench, else pytest's for the test."""
    config = request.config
    protocol: Any = config.pluginmanager.get_plugin(_PROTOCOL)
    place = protocol.take_ahead(request.node)
    if place is None:
        twd = None if "GKFS_BENCH_ATTEMPT_DIR" in os.environ else request.getfixturevalue("tmp_path")
        place = _protocol.open_workspace(config, twd, Path(str(request.node.fspath)).parent)
    yield place
    protocol.end(place, config)


@pytest.fixture
def workspace(test_workspace: Workspace) -> Workspace:
    """The test's own directory."""
    return test_workspace


@pytest.fixture
def gkfs_daemon_rocksdb(test_workspace: Workspace, request: pytest.FixtureRequest) -> Daemon:
    """A daemon that keeps its metadata in RocksDB."""
    return Daemon(None, "rocksdb", test_workspace).run(_told_as(request, "gkfs_daemon"))


@pytest.fixture
def gkfs_daemon_parallaxdb(test_workspace: Workspace, request: pytest.FixtureRequest) -> Daemon:
    """A daemon that keeps its metadata in Parallax."""
    return Daemon(None, "parallaxdb", test_workspace).run(_told_as(request, "gkfs_daemon"))


@pytest.fixture(params=["gkfs_daemon_rocksdb"])
def gkfs_daemon(request: pytest.FixtureRequest, test_workspace: Workspace) -> Daemon:
    """A daemon, ready. It is stopped with the workspace, after all that uses it."""
    del test_workspace  # Named, so that it can be seen that the test has one.
    daemon: Daemon = request.getfixturevalue(request.param)
    return daemon


@pytest.fixture
def gkfs_client(test_workspace: Workspace) -> Client:
    """Operations of a client."""
    return Client(test_workspace)


@pytest.fixture
def gkfs_shell(test_workspace: Workspace) -> ShellClient:
    """Commands and scripts that are clients."""
    return ShellClient(test_workspace)


@pytest.fixture
def file_factory(test_workspace: Workspace) -> FileCreator:
    """Files in the workspace's ``tmp/``."""
    return FileCreator(test_workspace)


@pytest.fixture
def overlay(test_workspace: Workspace) -> Iterator[Overlay]:
    """Copy-on-write views of the whole file system; those that are still there at the end are left."""
    views = Overlay(test_workspace)
    yield views
    views.close()


@pytest.fixture
def gkfwd_daemon_factory(test_workspace: Workspace) -> FwdDaemonCreator:
    """Daemons in forwarding mode; all of them end with the test."""
    return FwdDaemonCreator(None, test_workspace)


@pytest.fixture
def gkfwd_client_factory(test_workspace: Workspace) -> FwdClientCreator:
    """Clients in forwarding mode."""
    return FwdClientCreator(test_workspace)


@pytest.fixture
def fake_fuse_factory(test_workspace: Workspace) -> Iterator[FakeFuseFactory]:
    """Fake FUSE servers; all of them are verified and end with the test. Skipped where there can be no FUSE mount."""
    factory = FakeFuseFactory(test_workspace)
    yield factory
    factory.finish()


@pytest.fixture
def fake_fuse(fake_fuse_factory: FakeFuseFactory) -> FakeFuse:
    """A fake FUSE server with a file system in memory behind what a test says."""
    return fake_fuse_factory()
