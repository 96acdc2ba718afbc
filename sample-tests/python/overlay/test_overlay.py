"""Tests without side effects: real code that writes wherever it likes, in a view that vanishes.

The fixture `overlay` has the names of Python's *fso*. It does the same for root and for an ordinary user; what others own,
he changes in a copy. A whole group has a view for each test by `isolate = "overlay"` in the suite file, see the
directory `isolated`.
"""

import os
import shutil
import socket
import subprocess
import threading

import pytest


def test_the_example_of_fso(overlay):
    with overlay.push() as view:
        with open("/etc/foobar.conf", "w") as conf:
            conf.write("just an example")
        os.unlink("/etc/passwd")
        assert not os.path.exists("/etc/passwd")
        assert view.changes == ["add:/etc/foobar.conf", "del:/etc/passwd"]
    assert os.path.exists("/etc/passwd")
    assert not os.path.exists("/etc/foobar.conf")


def test_push_and_pop(overlay):
    overlay.push()
    os.makedirs("/etc/one/two")
    vaporized = overlay.pop()
    assert vaporized.changes == ["add:/etc/one", "add:/etc/one/two"]
    assert not os.path.exists("/etc/one")
    with pytest.raises(IndexError):
        overlay.pop()


def test_what_was_written_can_be_read_after_it_is_gone(overlay):
    view = overlay.push()
    view.apply({"/etc/app/settings": "on = true\n"})
    assert view.entry("/etc/app/settings").content == b"on = true\n"
    vaporized = view.pop()
    assert vaporized["/etc/app/settings"] == ("file", 0o644, b"on = true\n")


def test_views_nest(overlay):
    with overlay.push() as outer:
        open("/etc/outer", "w").close()
        with overlay.push() as inner:
            assert os.path.exists("/etc/outer")
            open("/etc/inner", "w").close()
            assert inner.changes == ["add:/etc/inner"]
            with pytest.raises(TypeError):
                outer.pop()
        assert not os.path.exists("/etc/inner")
        assert outer.changes == ["add:/etc/outer"]


def test_changes_of_one_directory(overlay):
    with overlay.push() as view:
        view.apply({"/etc/app/one": "1", "/usr/two": "2"})
        assert view.get_changes("/etc/app", relative=True) == ["add:", "add:/one"]
        assert view.get_changes("/usr/two", recurse=False) == ["add:/usr/two"]
        assert "+1" in view.diff()


# What leaks out of fso: functions that it does not replace, and programs.


def test_rename_chmod_link_and_utime_stay_inside(overlay):
    # The copy lets an ordinary user change what root owns.
    with overlay.push(copy=["/etc"]) as view:
        os.rename("/etc/passwd", "/etc/passwd.old")
        os.chmod("/etc/group", 0o600)
        os.link("/etc/group", "/etc/group.link")
        os.utime("/etc/hostname" if os.path.exists("/etc/hostname") else "/etc/group", (1, 1))
        changes = view.changes
    for change in ["del:/etc/passwd", "add:/etc/passwd.old", "mod:/etc/group", "add:/etc/group.link"]:
        assert change in changes
    assert os.path.exists("/etc/passwd") and not os.path.exists("/etc/group.link")
    assert os.stat("/etc/group").st_mtime != 1


def test_sockets_pipes_and_programs_do(overlay):
    with overlay.push() as view:
        os.mkfifo("/etc/pipe")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("/etc/socket")
        subprocess.check_call(["sh", "-c", "echo 1 > /etc/by-a-program; rm /etc/passwd"])
        os.mkdir("/etc/tree")
        open("/etc/tree/leaf", "w").close()
        shutil.copytree("/etc/tree", "/etc/copy")
        changes = view.changes
    for change in ["add:/etc/pipe", "add:/etc/socket", "add:/etc/by-a-program", "del:/etc/passwd", "add:/etc/copy/leaf"]:
        assert change in changes
    assert not any(os.path.lexists(path) for path in ["/etc/pipe", "/etc/socket", "/etc/by-a-program", "/etc/copy"])


def test_threads_started_inside_are_inside_and_others_are_not(overlay):
    seen = {}
    begin, end = threading.Event(), threading.Event()

    def before():
        begin.wait(60)
        seen["before"] = os.path.exists("/etc/passwd")
        end.set()

    outsider = threading.Thread(target=before)
    outsider.start()
    with overlay.push():
        os.remove("/etc/passwd")
        insider = threading.Thread(target=lambda: seen.update(inside=os.path.exists("/etc/passwd")))
        insider.start()
        insider.join()
        begin.set()
        end.wait(60)
    outsider.join()
    assert seen == {"inside": False, "before": True}


def test_a_disk_that_is_full(overlay):
    with overlay.push(limit_bytes=1 << 20):
        with pytest.raises(OSError) as error:
            with open("/etc/large", "wb") as large:
                large.write(b"x" * (2 << 20))
        assert error.value.errno == 28


def test_what_passes_is_real(overlay, workspace):
    kept = workspace.tmpdir / "kept"
    with overlay.push(hide=["/etc/passwd"], read_only=["/usr"]) as view:
        kept.write_text("real: the workspace of the test passes")
        assert not os.path.exists("/etc/passwd")
        with pytest.raises(OSError):
            open("/usr/new", "w")
        assert view.changes == []
    assert kept.read_text().startswith("real")
