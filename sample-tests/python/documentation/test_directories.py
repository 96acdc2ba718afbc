"""The first example of GekkoFS's page on testing, as it stands there."""

import harness, errno, stat
from pathlib import Path


def test_mkdir(gkfs_daemon, gkfs_client):
    """Create a new directory in the FS's root"""

    topdir = gkfs_daemon.mountdir / "top"

    ret = gkfs_client.mkdir(
        topdir,
        stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)

    assert ret.retval == 0
    assert ret.errno == 0
