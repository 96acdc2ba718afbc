"""Every way in which a test with our fixtures ends; what each ends as is told by `cases/python.rs`."""

import os
import signal
import stat

import pytest
from harness.errors import ClientError, HarnessError, OperationTimeout, UnknownOperation
from harness.logger import logger

runs = {"differs": 0}


def test_passes(gkfs_daemon, gkfs_client, workspace):
    assert workspace.mountdir == gkfs_daemon.mountdir
    top = gkfs_daemon.mountdir / "top"
    assert gkfs_client.mkdir(top, 0o777) == (0, 0)
    logger.info("made {}", top.name)
    reply = gkfs_client.stat(top)
    assert stat.S_ISDIR(reply.statbuf.st_mode) and reply.errno == 0
    assert gkfs_client.opendir(top).dirp is not None
    assert [entry.d_name for entry in gkfs_client.readdir(gkfs_daemon.mountdir).dirents] == ["top"]
    assert gkfs_client.readdir(gkfs_daemon.mountdir / "none").errno == 2
    # What GekkoFS refuses.
    assert gkfs_client.symlink(top, gkfs_daemon.mountdir / "link").retval == -1


def test_numbers_descriptors_as_the_real_one(gkfs_daemon, gkfs_client):
    file = gkfs_daemon.mountdir / "f"
    for _ in range(2):
        assert gkfs_client.open(file, os.O_CREAT | os.O_WRONLY, 0o644).retval == 10000
    assert gkfs_client.write(file, b"\xfe\xff", 2).retval == 2
    assert gkfs_client.read(file, 2).buf == b"\xfe\xff"


def test_daemon_dies(gkfs_daemon):
    pid = gkfs_daemon.pid
    os.kill(pid, signal.SIGKILL)
    while gkfs_daemon.is_running:
        pass


def test_after_it(gkfs_daemon, gkfs_client):
    assert gkfs_client.mkdir(gkfs_daemon.mountdir / "top", 0o777).retval == 0


def test_daemon_is_killed_and_restarted(gkfs_daemon, gkfs_client):
    gkfs_daemon.kill()
    assert not gkfs_daemon.is_running and gkfs_daemon.pid is None
    gkfs_daemon.restart()
    assert gkfs_client.stat(gkfs_daemon.mountdir).retval == 0


def test_differs(gkfs_daemon, gkfs_client):
    """As if a session could be told apart: the first time it fails."""
    assert gkfs_client.mkdir(gkfs_daemon.mountdir / "top", 0o777).retval == 0
    runs["differs"] += 1
    assert runs["differs"] == 2


def test_fails(gkfs_daemon, gkfs_client):
    assert gkfs_client.mkdir(gkfs_daemon.mountdir / "top", 0o777).retval == 5


@pytest.mark.xfail(reason="expected")
def test_is_expected_to_fail(gkfs_daemon, gkfs_client):
    assert gkfs_client.mkdir(gkfs_daemon.mountdir / "top", 0o777).retval == 5


def test_broken_calls_raise(gkfs_daemon, gkfs_client):
    with pytest.raises(UnknownOperation, match="mkdri"):
        gkfs_client.mkdri("/d", 0o777)
    with pytest.raises(ValueError):
        gkfs_client.mkdri("/d", 0o777)
    with pytest.raises(ClientError, match="many"):
        gkfs_client.mkdir("/d", "many")


def test_commands_fail_as_with_the_package_sh(gkfs_daemon, gkfs_shell):
    import sh

    with pytest.raises(sh.ErrorReturnCode_3, match="words") as failed:
        gkfs_shell.script("echo words; exit 3")
    assert failed.value.exit_code == 3 and failed.value.stdout == b"words\n"
    with pytest.raises(sh.ErrorReturnCode):
        gkfs_shell.ls(gkfs_daemon.mountdir / "none")
    with pytest.raises(sh.SignalException_SIGTERM):
        gkfs_shell.script("kill -TERM $$")
    with pytest.raises(sh.TimeoutException):
        gkfs_shell.sleep("1000", timeout=0.1)
    with pytest.raises(sh.CommandNotFound, match="no-such-command"):
        gkfs_shell.run("no-such-command")


def test_commands_see_what_the_test_changed(gkfs_daemon, gkfs_shell, monkeypatch):
    monkeypatch.setenv("MINE", "changed")
    assert gkfs_shell.script("echo $MINE").stdout == b"changed\n"


def test_uses_what_has_ended(gkfs_daemon, gkfs_client, workspace):
    workspace.finish_end()
    with pytest.raises(HarnessError, match="has ended"):
        gkfs_client.mkdir("/d", 0o777)


def test_files_have_sizes(file_factory):
    assert file_factory.create("f", 1.5, "K").size == 1536
    with pytest.raises(ValueError, match="`k` is no unit"):
        file_factory.create("f", 1, "k")


def test_timeouts_are_errors_of_their_own():
    assert issubclass(OperationTimeout, TimeoutError)
