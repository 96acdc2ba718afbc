"""Fixtures that make daemons and clients by hand, from the classes that GekkoFS's harness has, too."""

import pytest
from harness.cli import add_cli_options, set_default_log_formatter
from harness.gkfs import Client, Daemon, FwdClientCreator, FwdDaemonCreator, ShellClient, ShellFwdClient
from harness.logger import finalize_logging, initialize_logging, logger
from harness.reporter import report_assertion_pass, report_test_headline, report_test_status
from harness.workspace import FileCreator, Workspace


def pytest_configure(config):
    set_default_log_formatter(config, "%(message)s")


def pytest_addoption(parser):
    add_cli_options(parser)


def pytest_runtest_logreport(report):
    report_test_status(logger, report)


def pytest_assertion_pass(item, lineno, orig, expl):
    report_assertion_pass(logger, (), orig, expl)


@pytest.fixture
def test_workspace(tmp_path, request):
    handles = initialize_logging(logger, tmp_path / "log")
    place = Workspace(tmp_path, request.config.getoption("--bin-dir"), request.config.getoption("--lib-dir"))
    report_test_headline(logger, request.node.nodeid, request.config, place)
    yield place
    finalize_logging(logger, handles)


@pytest.fixture
def daemon(test_workspace, request):
    daemon = Daemon(request.config.getoption("--interface"), "rocksdb", test_workspace)
    yield daemon.run()
    daemon.shutdown()


@pytest.fixture
def tools(test_workspace):
    return Client(test_workspace), ShellClient(test_workspace), FileCreator(test_workspace)


@pytest.fixture
def forwarding(test_workspace):
    return FwdDaemonCreator("lo", test_workspace), FwdClientCreator(test_workspace), ShellFwdClient
