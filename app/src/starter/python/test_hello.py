"""A first test: what is written can be read back."""

import os


def test_hello(gkfs_daemon, gkfs_client):
    file = gkfs_daemon.mountdir / "greeting"

    assert gkfs_client.open(file, os.O_CREAT | os.O_WRONLY, 0o644).retval >= 0
    assert gkfs_client.write(file, b"hello", 5).retval == 5

    ret = gkfs_client.read(file, 5)
    assert ret.retval == 5
    assert ret.buf == b"hello"
