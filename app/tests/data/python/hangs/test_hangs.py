"""Notes who was started, then waits for somebody to kill it; a forked process keeps every descriptor open."""

import os
import time


def test_hangs(gkfs_daemon, gkfs_client, gkfs_shell):
    assert gkfs_client.stat(gkfs_daemon.mountdir).retval == 0
    left = gkfs_shell.script("setsid sleep 1000 >/dev/null 2>&1 & echo $!", intercept_shell=False).stdout.decode()
    note = os.environ["NOTE"]
    if os.fork() == 0:
        # A copy of Python that holds the pipes, and ends once the test's process has.
        while os.getppid() != 1 and os.path.exists(f"/proc/{gkfs_daemon._told['pid']}"):
            time.sleep(0.05)
        os._exit(0)
    with open(note + ".new", "w") as file:
        file.write(f"{gkfs_daemon.pid} {left}")
    os.rename(note + ".new", note)
    time.sleep(1000)
