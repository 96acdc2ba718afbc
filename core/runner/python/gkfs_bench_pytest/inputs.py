"""What a collection reads: files and directories, as Python's audit events tell of them.

What they do not tell is added elsewhere: files that only had to be there, and modules whose byte code was kept. Where
something else than files was asked, a process or the network, what was found says nothing about the next time.
"""

import os
import sys

# What no file answers for.
UNKNOWABLE = {
    "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "subprocess.Popen",
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.bind",
    "urllib.Request", "sqlite3.connect",
}
# What is another thing each time it is read.
VOLATILE = ("/proc/", "/sys/", "/dev/")
HARMLESS = {os.devnull, "/dev/urandom", "/dev/random"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Inputs:
    """Listens from its making on; there is no way to stop."""

    def __init__(self):
        self.files = set()
        self.dirs = set()
        self.why_not = None
        self._listens = hasattr(sys, "addaudithook")
        if self._listens:
            sys.addaudithook(self._hear)
        else:
            self.why_not = "this Python tells nothing"

    def close(self):
        """What was read, as the answer has it."""
        self._listens = False
        if self.why_not is not None:
            return {"why_not": self.why_not}
        # Where modules were sought before this listened; what is installed there is told by its name.
        dirs = self.dirs | {os.path.abspath(path) for path in sys.path if os.path.isdir(path)}
        return {"files": sorted(self.files), "dirs": sorted(dirs)}

    def _hear(self, event, args):
        if not self._listens or self.why_not is not None:
            return
        try:
            if event == "open":
                self._open(*args)
            elif event in ("os.scandir", "os.listdir"):
                self._note(self.dirs, args[0] if args[0] is not None else ".")
            elif event in UNKNOWABLE:
                self.why_not = event
        except Exception as error:
            # An error would be one of what is listened to.
            self.why_not = "%s: %s" % (type(error).__name__, error)

    def _open(self, path, mode, flags):
        is_written = flags & WRITES if mode is None else any(letter in mode for letter in "wax+")
        if not is_written:
            self._note(self.files, path)

    def _note(self, known, path):
        # A descriptor was opened by a name before.
        if isinstance(path, int):
            return
        path = os.path.abspath(os.fsdecode(path))
        path.encode()
        if path.startswith(VOLATILE):
            if path not in HARMLESS:
                self.why_not = "it reads " + path
            return
        known.add(path)
