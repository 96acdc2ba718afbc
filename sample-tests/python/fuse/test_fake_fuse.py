"""A fake FUSE server in Python: what the kernel asks, what it is told, and what it does then."""

import ctypes
import errno
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import fuse


def test_what_a_test_does_not_speak_of_is_answered(fake_fuse):
    (fake_fuse.path / "dir").mkdir()
    (fake_fuse.path / "dir" / "file").write_text("contents")
    assert (fake_fuse.path / "dir" / "file").read_text() == "contents"
    assert os.listdir(fake_fuse.path / "dir") == ["file"]


def test_a_disk_that_fails_when_it_matters(fake_fuse):
    fake_fuse.expect("FSYNC", errno="EIO")
    with open(fake_fuse.path / "file", "wb") as file, pytest.raises(OSError) as failed:
        os.fsync(file.fileno())
    assert failed.value.errno == errno.EIO


def test_the_kernel_asks_for_each_name_of_a_path(fake_fuse_factory):
    fake = fake_fuse_factory(files={"dir/file": "12345"})
    assert os.stat(fake.path / "dir" / "file").st_size == 5
    names = [request["name"] for request in fake.requests("LOOKUP")]
    assert names == ["dir", "file"]
    assert fake.requests("LOOKUP")[0].node == 1


def test_every_third_read_fails(fake_fuse_factory):
    fake = fake_fuse_factory(files={"file": "x" * 10})
    fake.fault("READ:EIO:every=3")
    path = fake.path / "file"
    outcomes = []
    for _ in range(6):
        # What is read once may be kept for whoever has the file open; each time it is opened anew.
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
        try:
            os.preadv(descriptor, [bytearray(4096)], 0)
            outcomes.append("read")
        except OSError as error:
            outcomes.append(errno.errorcode[error.errno])
        finally:
            os.close(descriptor)
    assert outcomes.count("EIO") >= 1 and outcomes.count("read") >= 1


def test_replies_in_gvisors_way(fake_fuse_factory):
    fake = fake_fuse_factory(gvisor=True)
    fake.set_response("GETATTR", fuse.attr(0o40755, ino=1, size=4096))
    assert os.stat(fake.path).st_nlink == 2
    request = fake.next_request()
    assert (request.opcode, request.node) == ("GETATTR", 1)
    assert (fake.unconsumed_requests, fake.unsent_responses) == (0, 0)


def test_a_name_is_forgotten_when_the_server_says_so(fake_fuse):
    entry = fuse.entry(0o100644, ino=7, valid=3600)
    fake_fuse.expect("LOOKUP", name="kept", times=2, reply=entry)
    fake_fuse.expect("STAT", node=7, times=(0, None), reply=fuse.attr(0o100644, ino=7))
    fake_fuse.expect("GETXATTR", times=(0, None), errno="ENODATA")
    for _ in range(3):
        os.lstat(fake_fuse.path / "kept")
    fake_fuse.inval_entry(1, "kept")
    os.lstat(fake_fuse.path / "kept")


def test_one_call_by_whatever_opcode(fake_fuse):
    at, new = (os.fsencode(fake_fuse.path / name) for name in ("file", "new"))
    for name in (at, new):
        open(name, "wb").close()
    fake_fuse.expect(fuse.RENAME, name="file", times=2)
    exchange = 2
    # From the path of the root, which is absolute: the directory that names begin in does not matter.
    if ctypes.CDLL(None, use_errno=True).renameat2(-1, at, -1, new, exchange) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")
    os.rename(at, new)
    assert [request.opcode for request in fake_fuse.requests(fuse.RENAME)] == ["RENAME2", "RENAME"]
    assert [request.opcode for request in fake_fuse.requests("RENAME")] == ["RENAME"]
    with pytest.raises(Exception, match="`%WHAT` is no opcode"):
        fake_fuse.requests("%WHAT")


def test_other_programs_see_it_too(fake_fuse_factory):
    fake = fake_fuse_factory(files={"file": "seen"})
    seen = subprocess.run(["cat", str(fake.path / "file")], check=True, stdout=subprocess.PIPE)
    assert seen.stdout == b"seen"


def test_what_did_not_come_is_told(fake_fuse_factory):
    fake = fake_fuse_factory()
    fake.expect("MKDIR", name="never")
    with pytest.raises(Exception, match=r"MKDIR name=never .*test_fake_fuse\.py:\d+\) came 0 times"):
        fake.verify()
    # Done now, it has come.
    os.mkdir(fake.path / "never")


def test_a_request_waits_for_the_test(fake_fuse):
    held = fake_fuse.hold("MKDIR", name="dir")
    with ThreadPoolExecutor() as threads:
        made = threads.submit(os.mkdir, fake_fuse.path / "dir")
        request = held.wait()
        assert (request.request.opcode, request.request["name"]) == ("MKDIR", "dir")
        assert not made.done()
        request.release()
        made.result()
    assert os.listdir(fake_fuse.path) == ["dir"]


def test_answers_in_another_order(fake_fuse):
    for name in ("a", "b"):
        (fake_fuse.path / name).mkdir()
    held = fake_fuse.hold("MKDIR", name="new", times=2)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(os.mkdir, fake_fuse.path / "a" / "new")
        one = held.wait()
        second = threads.submit(os.mkdir, fake_fuse.path / "b" / "new")
        two = held.wait()
        two.errno("ENOSPC")
        assert second.exception().errno == errno.ENOSPC
        assert not first.done()
        one.reply(fuse.errno("EDQUOT"))
        assert first.exception().errno == errno.EDQUOT
    with pytest.raises(Exception, match="answered already"):
        one.release()


def test_a_caller_that_gets_a_signal(fake_fuse):
    held = fake_fuse.hold("LOOKUP", name="slow")
    caller = subprocess.Popen(["cat", str(fake_fuse.path / "slow")])
    request = held.wait()
    assert not request.interrupted
    caller.send_signal(signal.SIGTERM)
    request.wait_interrupted()
    assert request.interrupted and caller.poll() is None
    request.errno("EINTR")
    assert caller.wait() == -signal.SIGTERM


def test_what_is_never_answered_ends_at_the_deadline(fake_fuse_factory):
    fake = fake_fuse_factory(deadline=0.05)
    held = fake.hold("LOOKUP", name="x")
    with ThreadPoolExecutor() as threads:
        looked = threads.submit(os.stat, fake.path / "x")
        request = held.wait()
        assert looked.exception().errno == errno.EIO
    with pytest.raises(Exception, match="not held any more"):
        request.errno("ENOENT")
    with pytest.raises(Exception, match=r"nothing came within 50ms of LOOKUP name=x .*test_fake_fuse\.py:"):
        held.wait()
    assert "nobody answered LOOKUP" in fake.take_problems()[0]


def test_a_conversation_is_saved(fake_fuse, tmp_path):
    (fake_fuse.path / "file").write_bytes(b"\xff\x00")
    fake_fuse.save(tmp_path / "talk.fusetrace")
    assert "CREATE" in (tmp_path / "talk.fusetrace").read_text()
