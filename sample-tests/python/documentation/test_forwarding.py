"""Two daemons in forwarding mode, a client for each."""

import os


def test_what_one_writes_the_other_reads(gkfwd_daemon_factory, gkfwd_client_factory):
    first, second = gkfwd_daemon_factory.create(), gkfwd_daemon_factory.create()
    writer, reader = gkfwd_client_factory.create("c-0"), gkfwd_client_factory.create("c-1")
    assert first.log != second.log
    file = first.mountdir / "file"
    assert writer.open(file, os.O_CREAT | os.O_WRONLY, 0o644).retval == 10000
    assert writer.write(file, b"42", 2).retval == 2
    assert reader.read(file, 2).buf == b"42"
