"""What is started before a test, and ends after it: told by the times in the records, see `cases/python.rs`."""

import os
import time

from harness.logger import logger


def test_first(gkfs_daemon):
    time.sleep(0.2)
    logger.info("slept")


def test_second(gkfs_daemon, gkfs_client):
    assert gkfs_client.stat(gkfs_daemon.mountdir).retval == 0
    # The third test's daemon was started without this, so it is not the third's.
    os.environ["CHANGED"] = "1"


def test_third(gkfs_daemon, gkfs_shell):
    assert gkfs_shell.script("echo $CHANGED").stdout == b"1\n"
    os.environ.pop("CHANGED")


def test_fourth(gkfs_daemon, tmp_path):
    """Its own directory is the workspace, and known only now."""
    assert gkfs_daemon.cwd == tmp_path
