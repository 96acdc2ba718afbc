"""shutil and tempfile: copies fall back where the kernel's shortcuts do not reach."""
import filecmp
import os
import shutil
import sys
import tempfile

out = os.environ["OUT"]
os.makedirs("src/sub")
with open("src/big", "wb") as f:
    f.write(os.urandom(1 << 20) + b"end")
with open("src/sub/small", "w") as f:
    f.write("small")
os.symlink("sub/small", "src/link")
os.chmod("src/big", 0o640)
os.utime("src/big", (1e9, 1e9))
shutil.copy("src/big", "copy")
shutil.copy2("src/big", "copy2")
shutil.copyfile("src/big", os.path.join(out, "big"))
shutil.copyfile(os.path.join(out, "big"), "back")
for name in ["copy", "copy2", "back"]:
    print(name, filecmp.cmp("src/big", name, shallow=False), oct(os.stat(name).st_mode), os.stat(name).st_mtime == 1e9)
shutil.copytree("src", "tree", symlinks=True)
shutil.copytree("src", os.path.join(out, "tree"))
print(sorted(os.listdir("tree")), os.readlink("tree/link"), os.path.islink(os.path.join(out, "tree/link")))
shutil.move("tree", os.path.join(out, "moved"))
shutil.move(os.path.join(out, "moved"), "returned")
print(sorted(os.listdir("returned")), os.path.exists("tree"), os.readlink("returned/link"))
shutil.move("copy", "returned/sub")
print(sorted(os.listdir("returned/sub")))
for call, args in [(shutil.copyfile, ("src/big", "src/big")), (shutil.copy, ("missing", "x")), (shutil.copytree, ("src", "returned")), (shutil.rmtree, ("missing",))]:
    try:
        print(call(*args))
    except OSError as error:
        print(call.__name__, type(error).__name__, error.errno)
comparison = filecmp.dircmp("src", "returned")
print(sorted(comparison.common), comparison.left_only, sorted(comparison.subdirs["sub"].right_only))
shutil.make_archive("archive", "gztar", "src")
shutil.unpack_archive("archive.tar.gz", "unpacked")
print(sorted(os.listdir("unpacked")), filecmp.cmp("unpacked/big", "src/big", shallow=False))
shutil.rmtree("returned")
print(os.path.exists("returned"), shutil.disk_usage(".").total > 0)
with tempfile.TemporaryDirectory(dir=".") as temporary, tempfile.NamedTemporaryFile(dir=temporary) as f:
    f.write(b"x" * 5000)
    f.flush()
    print(os.path.getsize(f.name), len(os.listdir(temporary)))
with tempfile.SpooledTemporaryFile(max_size=10, dir=".") as f:
    f.write(b"more than ten bytes")
    f.seek(5)
    print(f.read())
with tempfile.TemporaryFile(dir=".") as f:
    f.write(b"nameless")
    f.seek(0)
    print(f.read())
print(sorted(os.listdir(".")))
sys.exit(3)
