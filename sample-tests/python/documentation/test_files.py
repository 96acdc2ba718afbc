"""The page's example of a file factory, as it stands there."""

import re

file01 = "file01"


def test_foobar(gkfs_daemon, gkfs_shell, file_factory):
    # create a 4MB file and compute its md5sum 
    lf01 = file_factory.create(file01, size=4.0, unit='MB')
    digest = lf01.md5sum()  # digest => '7f45c62700402ce5f9abe5b8d70d2844'

    assert re.fullmatch("[0-9a-f]{32}", digest)
    assert lf01.size == 4_000_000
