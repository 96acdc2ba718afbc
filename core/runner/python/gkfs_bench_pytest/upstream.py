"""Steps of a suite that brings the harness of GekkoFS: its log omits the operation's name, so its calls are recorded.

Nothing of the harness is changed but that its methods are listened to. Three things are put right around it: its
workspace is where the attempt's is; its operations expect what the real client numbers and refuses, which our own stack
does when it is asked to, while commands of its shells expect what any file system does; and forwarding daemons, which it
never stops, are stopped after their test.
"""

import functools
import os
import sys
from pathlib import Path

from .steps import LONGEST_TEXT, cut, plain

# Refuse what the real client refuses.
STRICT = "LIBGKFS_STRICT"
ARGUMENTS = {
    "open": "pathname flags mode",
    "opendir": "dirname",
    "mkdir": "pathname mode",
    "read": "pathname count",
    "pread": "pathname count offset",
    "readv": "pathname count_0 count_1",
    "preadv": "pathname count_0 count_1 offset",
    "write": "pathname data count append",
    "pwrite": "pathname data count offset",
    "writev": "pathname data_0 data_1 count",
    "pwritev": "pathname data_0 data_1 count offset",
    "statx": "dirfd pathname flags mask",
    "lseek": "pathname offset whence",
    "write_validate": "pathname count",
    "directory_validate": "pathname count",
    "write_random": "pathname count",
    "truncate": "path length",
    "access": "path mask",
    "file_compare": "path_1 path_2 count",
    "symlink": "pathname linkpath",
    "rename": "pathname pathname2",
}


def listen(worker):
    harness = sys.modules.get("harness.gkfs")
    if harness is None or not hasattr(harness, "_proxy_exec") or hasattr(harness, "GKFS_BENCH"):
        return
    _use_workspace(worker)
    os.environ.setdefault("LIBGKFS_FD_BASE", "10000")
    if STRICT not in os.environ:
        os.environ[STRICT] = "1"
        _let_shells_be(harness)
    for name, method, wrapper in (
        ("Client", "run", _operation),
        ("FwdClient", "run", _operation),
        ("ShellClient", "run", _command),
        ("ShellFwdClient", "run", _command),
        ("ShellClient", "script", _script),
        ("ShellFwdClient", "script", _script),
        ("Daemon", "run", _daemon),
        ("FwdDaemon", "run", _daemon),
        ("Daemon", "shutdown", _shutdown),
        ("FwdDaemon", "shutdown", _shutdown),
    ):
        of = getattr(harness, name, None)
        original = of.__dict__.get(method) if of is not None else None
        if original is not None:
            setattr(of, method, wrapper(worker, original))


def _let_shells_be(harness):
    """A copy of the environment is made for each client when it is made: a shell's goes without."""
    for name in ("ShellClient", "ShellFwdClient"):
        of = getattr(harness, name, None)
        original = of.__dict__.get("__init__") if of is not None else None
        if original is not None:
            of.__init__ = _lenient(original)


def _lenient(original):
    @functools.wraps(original)
    def init(self, *args, **kwargs):
        strict = os.environ.pop(STRICT, None)
        try:
            original(self, *args, **kwargs)
        finally:
            if strict is not None:
                os.environ[STRICT] = strict

    return init


def _use_workspace(worker):
    """Its workspace is the test's temporary directory: it is put where the attempt has its workspace."""
    factory = getattr(worker.config, "_tmp_path_factory", None)
    if factory is None:
        return
    original = factory.mktemp

    def mktemp(basename, numbered=True):
        path = worker.attempt.take_workspace() if worker.attempt is not None else None
        return original(basename, numbered) if path is None else Path(path)

    # Instances of an attrs or data class take this as any other.
    factory.mktemp = mktemp


def _operation(worker, original):
    @functools.wraps(original)
    def run(self, cmd, *args):
        if worker.attempt is None:
            return original(self, cmd, *args)
        steps = worker.attempt.steps
        begun = steps.begin("op", op=str(cmd), args=_arguments(cmd, args), via="process")
        try:
            reply = original(self, cmd, *args)
        except BaseException as error:
            steps.end(begun, ok=False, error=cut(str(error), LONGEST_TEXT))
            raise
        steps.end(begun, **_reply(reply))
        return reply

    return run


def _arguments(cmd, args):
    names = ARGUMENTS.get(str(cmd), "pathname").split()
    names += ["argument_%d" % at for at in range(len(names), len(args))]
    return {name: plain(value) for name, value in zip(names, args)}


def _reply(reply):
    raw = plain(reply)
    if not isinstance(raw, dict):
        return {"reply": raw, "ok": True}
    if "errno" in raw:
        raw["errnum"] = raw.pop("errno")
    failed = raw.get("retval", 0) == -1 or ("dirp" in raw and not raw["dirp"])
    # What stands there after a success is whatever some call before it left.
    return {"reply": raw, "ok": not failed, "errno": raw.get("errnum", 0) if failed else 0}


def _command(worker, original):
    @functools.wraps(original)
    def run(self, cmd, *args, **kwargs):
        argv = [str(cmd)] + [plain(arg) if isinstance(arg, (str, bytes)) else str(arg) for arg in args]
        return _shell(worker, lambda: original(self, cmd, *args, **kwargs), argv=argv, intercept=True)

    return run


def _script(worker, original):
    @functools.wraps(original)
    def script(self, code, intercept_shell=True, **kwargs):
        call = lambda: original(self, code, intercept_shell=intercept_shell, **kwargs)
        return _shell(worker, call, script=plain(code), intercept=bool(intercept_shell))

    return script


def _shell(worker, call, **fields):
    if worker.attempt is None:
        return call()
    steps = worker.attempt.steps
    begun = steps.begin("shell", **fields)
    try:
        process = call()
    except BaseException as error:
        code = getattr(error, "exit_code", None)
        ended = _outputs(error) if isinstance(code, int) else {"error": cut(str(error), LONGEST_TEXT)}
        if isinstance(code, int):
            ended["signal" if code < 0 else "exit"] = abs(code)
        steps.end(begun, **ended)
        raise
    steps.end(begun, exit=getattr(process, "exit_code", None), **_outputs(process))
    return process


def _outputs(of):
    return {name: plain(getattr(of, name, b"")) for name in ("stdout", "stderr")}


def _daemon(worker, original):
    @functools.wraps(original)
    def run(self):
        if worker.attempt is None:
            return original(self)
        attempt = worker.attempt
        index = getattr(attempt, "daemons", 0)
        attempt.daemons = index + 1
        begun = attempt.steps.begin("daemon", index=index, listen=str(getattr(self, "_address", "")))
        try:
            started = original(self)
        except BaseException as error:
            attempt.steps.end(begun, outcome="not ready", error=cut(str(error), LONGEST_TEXT))
            raise
        self._gkfs_bench = (attempt, begun)
        pid = _pid(self)
        # Whoever looks for what lives finds it by this.
        its = {} if pid is None else {"index": index, "inner_pid": pid}
        attempt.steps.once("log", level="info", text="daemon %d is ready (pid %s)" % (index, pid), **its)
        attempt.at_end(lambda: _stop(self))
        return started

    return run


def _pid(daemon):
    return getattr(getattr(daemon, "_proc", None), "pid", None)


def _shutdown(worker, original):
    @functools.wraps(original)
    def shutdown(self):
        attempt, begun = self.__dict__.pop("_gkfs_bench", (None, None))
        try:
            result = original(self)
        except BaseException as error:
            if attempt is not None:
                code = getattr(error, "exit_code", None)
                attempt.steps.end(begun, outcome="failed", exit=code, error=cut(str(error), LONGEST_TEXT))
            raise
        if attempt is not None:
            attempt.steps.end(begun, outcome="stopped")
        return result

    return shutdown


def _stop(daemon):
    """One that its test has left running."""
    attempt, begun = daemon.__dict__.pop("_gkfs_bench", (None, None))
    if attempt is None:
        return
    text = "daemon with pid %s was left running by the harness and is stopped now" % _pid(daemon)
    attempt.steps.once("log", level="warn", text=text)
    try:
        daemon._proc.terminate()
        daemon._proc.wait()
    except Exception:
        pass  # It was asked to end by a signal, and says that this ended it.
    attempt.steps.end(begun, outcome="stopped")
