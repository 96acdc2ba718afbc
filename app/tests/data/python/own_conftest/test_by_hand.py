import os


def test_copy(daemon, tools, test_workspace, tmp_path):
    client, shell, files = tools
    assert test_workspace.twd == tmp_path
    file = files.create("f", 4000)
    shell.cp(file.pathname, daemon.mountdir)
    assert client.stat(daemon.mountdir / "f").statbuf.st_size == 4000
    assert shell.md5sum(daemon.mountdir / "f").parsed_stdout.digest == file.md5sum()


def test_remap(forwarding, test_workspace):
    daemons, clients, shell = forwarding
    first, second = daemons.create(), daemons.create()
    client = clients.create("c-0")
    file = first.mountdir / "f"
    assert client.open(file, os.O_CREAT | os.O_WRONLY, 0o644).retval == 10000
    client.remap("c-1")
    assert client.stat(file).retval == 0
    assert shell(test_workspace).stat("--terse", file).parsed_stdout.size == 0
    assert client.log.exists() and first.metadir == second.metadir
