"""Files from Python: every open mode, buffering, seeks, truncation, descriptors, times."""
import io
import os

def attempt(call, *args, **kw):
    try:
        return call(*args, **kw)
    except OSError as error:
        return f"{type(error).__name__} {error.errno}"

for mode in ["r", "r+", "w", "w+", "a", "a+", "x", "x+"]:
    for name, content in [("new", None), ("old", "0123456789")]:
        path = f"{mode}-{name}"
        if content:
            with open(path, "w") as f:
                f.write(content)
        f = attempt(open, path, mode)
        if isinstance(f, str):
            print(mode, name, f)
            continue
        with f:
            steps = []
            if f.readable():
                steps.append(f.read(3))
            if f.writable():
                f.seek(0, io.SEEK_CUR)
                f.write("AB")
                f.flush()
            steps.append(f.tell())
        with open(path) as f:
            print(mode, name, steps, f.read())

with open("b", "wb", buffering=0) as f:
    print(f.write(bytes(range(256)) * 4096), f.tell())
with open("b", "r+b") as f:
    print(f.seek(-4, io.SEEK_END), f.read(), f.truncate(524290), f.seek(0, 2))
    f.seek(524287)
    f.write(b"boundary")
with open("b", "rb") as f:
    f.seek(524285)
    print(f.read(), os.fstat(f.fileno()).st_size)

fd = os.open("fd", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
print(os.write(fd, b"hello world"), os.pwrite(fd, b"J", 0), os.pread(fd, 5, 6), os.lseek(fd, 0, os.SEEK_CUR))
print(os.pwritev(fd, [b"ab", b"cd"], 20), os.preadv(fd, [buffer := bytearray(8)], 16), bytes(buffer))
print(os.writev(fd, [b"1", b"22", b"333"]), os.fstat(fd).st_size)
os.ftruncate(fd, 3)
os.lseek(fd, 0, os.SEEK_SET)
print(os.read(fd, 100), os.read(fd, 100))
os.fsync(fd), os.fdatasync(fd)
duplicate = os.dup(fd)
os.lseek(duplicate, 1, os.SEEK_SET)
print(os.read(fd, 1))
os.close(fd)
print(attempt(os.read, fd, 1), os.read(duplicate, 1))
os.close(duplicate)
print(attempt(os.open, "missing", os.O_RDONLY), attempt(os.open, ".", os.O_WRONLY), attempt(os.open, "b/c", os.O_RDONLY))
print(attempt(os.open, "fd", os.O_CREAT | os.O_EXCL), attempt(os.open, "fd", os.O_DIRECTORY))

os.utime("fd", ns=(1_000_000_001, 2_000_000_003))
status = os.stat("fd")
print(status.st_atime_ns, status.st_mtime_ns, oct(status.st_mode), status.st_nlink)
os.truncate("fd", 1 << 33)
print(os.stat("fd").st_size, os.path.getsize("fd"))
with open("fd", "rb") as f:
    print(f.seek((1 << 33) - 2), f.read())
with open("text", "w", encoding="utf-16", newline="\r\n") as f:
    f.writelines(["é\n", "ü\n"])
print(open("text", "rb").read(), open("text", encoding="utf-16").read())
