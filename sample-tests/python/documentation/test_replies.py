"""What the page shows at an interactive prompt: replies and outputs as named tuples."""

import re
import stat

import pytest


def test_a_reply_is_a_named_tuple(gkfs_daemon, gkfs_client):
    foobar = gkfs_daemon.mountdir / "foobar"
    reply = gkfs_client.mkdir(f"{foobar}/", stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
    # The page shows errno=115: what a success leaves there means nothing, and is 0 here.
    assert repr(reply) == "MkdirReturn(retval=0, errno=0)"
    assert repr(gkfs_client.mkdir(foobar, 0o777)) == "MkdirReturn(retval=-1, errno=17)"


def test_an_output_is_a_named_tuple(gkfs_daemon, gkfs_shell, file_factory):
    lf01 = file_factory.create("foobar", size=4.0, unit="MB")
    gkfs_shell.cp(lf01.pathname, gkfs_daemon.mountdir)
    foobar = gkfs_daemon.mountdir / "foobar"
    shown = repr(gkfs_shell.stat(f"--terse {foobar}"))
    assert re.match(rf"statOutput\(filename='{foobar}', size=4000000, blocks=\d+, raw_mode='81\w\w', uid=", shown)
    assert gkfs_shell.stat("--terse", foobar).parsed_stdout.size == lf01.size
    assert gkfs_shell.md5sum(foobar).parsed_stdout.digest == lf01.md5sum()


def test_a_command_without_a_parser_says_so(gkfs_daemon, gkfs_shell):
    with pytest.raises(NotImplementedError, match="'ls'"):
        gkfs_shell.ls(gkfs_daemon.mountdir).parsed_stdout
