"""mmap: private, shared, read-only, written back, beyond the first chunk, after close."""
import mmap
import os

with open("f", "wb") as f:
    f.write(b"".join(b"%07d\n" % i for i in range(100_000)))
with open("f", "r+b") as f:
    with mmap.mmap(f.fileno(), 0) as m:
        print(len(m), m[:8], m[524288:524296], m[-8:], m.find(b"0099999"))
        m[8:15] = b"CHANGED"
        m[524288:524295] = b"SECOND!"
        m.flush()
        print(os.pread(f.fileno(), 16, 0), os.pread(f.fileno(), 8, 524288))
        m[0:7] = b"UNSYNCD"
    print(os.pread(f.fileno(), 8, 0))
    with mmap.mmap(f.fileno(), 4096, offset=mmap.ALLOCATIONGRANULARITY * 3) as m:
        print(m[:8], m.readline(), m.tell())
        m.seek(4000)
        m.write(b"in the middle")
with open("f", "rb") as f:
    f.seek(mmap.ALLOCATIONGRANULARITY * 3 + 4000)
    print(f.read(20))
    m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
print(m[8:15], len(m))
try:
    m[0] = 1
except TypeError as error:
    print(error)
m.close()
with open("f", "r+b") as f:
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY) as m:
        m[0:4] = b"copy"
        print(m[0:4])
    print(f.read(4))
with open("f", "rb") as f:
    for kwargs in [dict(access=mmap.ACCESS_WRITE), dict(prot=mmap.PROT_READ | mmap.PROT_WRITE, flags=mmap.MAP_SHARED)]:
        try:
            mmap.mmap(f.fileno(), 0, **kwargs)
            print("mapped")
        except OSError as error:
            print(error.errno)
with open("empty", "w+b") as f:
    try:
        mmap.mmap(f.fileno(), 0)
    except ValueError as error:
        print(error)
    f.truncate(3 * 4096)
    with mmap.mmap(f.fileno(), 0) as m:
        m[4096] = 65
        os.unlink("empty")
    print(os.pread(f.fileno(), 1, 4096), os.fstat(f.fileno()).st_size)
pid = os.fork() if os.path.exists("f") else 0
if pid == 0:
    with open("f", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
        m[0:5] = b"child"
    os._exit(0)
os.waitpid(pid, 0)
print(open("f", "rb").read(8))
