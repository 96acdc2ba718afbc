"""The user's terminal, which Python's debugger gets while a test stands still in it.

The runner gives it where one test runs at a time. It is not the worker's controlling terminal: keys that send signals
go to the runner.
"""

import os
import sys


class Terminal:
    def __init__(self, path, channel):
        self._path = path
        self._channel = channel
        self._saved = []
        # What pytest would print before it opens the debugger on a failure.
        self.failure = None

    def enter(self, nodeid):
        if self._path is None or self._saved:
            return
        _flush()
        terminal = os.open(self._path, os.O_RDWR | os.O_NOCTTY)
        self._channel.say(kind="debugging")
        for fd in (0, 1, 2):
            self._saved.append(os.dup(fd))
            os.dup2(terminal, fd)
        os.close(terminal)
        for copy in self._saved:
            os.set_inheritable(copy, False)
        failure, self.failure = self.failure, None
        told = [failure] if failure else []
        told.append("%s is in the debugger: c lets it go on, q ends it" % nodeid)
        os.write(1, ("\n" + "\n".join(told) + "\n").encode(errors="backslashreplace"))

    def leave(self):
        if not self._saved:
            return
        _flush()
        for fd, copy in enumerate(self._saved):
            os.dup2(copy, fd)
            os.close(copy)
        self._saved = []
        self._channel.say(kind="resumed")


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # A test closed it; there is nothing to be lost.
