"""Directories from Python: scandir, walk, pathlib, glob, descriptors as bases."""
import glob
import os
from pathlib import Path

def attempt(call, *args, **kw):
    try:
        return call(*args, **kw)
    except OSError as error:
        return f"{type(error).__name__} {error.errno}"

root = Path(os.environ["D"])
for name in ["a/b/c", "a/d", "e"]:
    Path(name).mkdir(parents=True)
for name in ["a/1.txt", "a/b/2.txt", "a/b/c/3.bin", "e/4.txt"]:
    Path(name).write_text(name)
Path("link").symlink_to("a/b")
Path("broken").symlink_to("nowhere")
for entry in sorted(os.scandir("."), key=lambda entry: entry.name):
    print(entry.name, entry.is_dir(), entry.is_file(), entry.is_symlink(), entry.is_dir(follow_symlinks=False))
    assert entry.inode() == os.lstat(entry.name).st_ino
for base, dirs, files in os.walk("."):
    dirs.sort()
    print(base, dirs, sorted(files))
print(sorted(str(path) for path in Path(".").rglob("*.txt")), sorted(glob.glob("**", recursive=True)))
print((root / "link").resolve() == root / "a/b", Path("link/c").exists(), Path("broken").exists(), Path("broken").is_symlink())
print(Path("a/1.txt").stat().st_size, os.path.realpath("link/../d") == str(root / "a/d"), os.path.samefile("link/2.txt", "a/b/2.txt"))

base = os.open("a", os.O_RDONLY | os.O_DIRECTORY)
print(sorted(os.listdir(base)), os.stat("1.txt", dir_fd=base).st_size)
fd = os.open("b/2.txt", os.O_RDONLY, dir_fd=base)
print(os.read(fd, 100))
os.mkdir("made", dir_fd=base)
os.rename("1.txt", "made/moved", src_dir_fd=base, dst_dir_fd=base)
os.symlink("made", "soft", dir_fd=base)
print(os.readlink("soft", dir_fd=base), os.access("made/moved", os.R_OK, dir_fd=base), os.access("no", os.F_OK, dir_fd=base))
os.link("made/moved", "hard", src_dir_fd=base, dst_dir_fd=base)
os.utime("hard", (1, 2), dir_fd=base)
print(os.stat("a/made/moved").st_mtime, os.stat("a/hard").st_nlink)
os.fchdir(base)
print(os.getcwd() == str(root / "a"), sorted(os.listdir()))
os.chdir("..")
for _, dirs, files, fd in os.fwalk("a"):
    dirs.sort()
    print(dirs, sorted(files), os.fstat(fd).st_mode & 0o170000 == 0o040000)
os.unlink("hard", dir_fd=base)
os.rmdir("d", dir_fd=base)
print(attempt(os.rmdir, "b", dir_fd=base), attempt(os.unlink, "b", dir_fd=base), attempt(os.stat, "no", dir_fd=base))
print(attempt(os.listdir, "missing"), attempt(os.mkdir, "a"), attempt(os.rmdir, "a/made/moved"), attempt(os.listdir, "a/hard"))
os.removedirs("a/b/c") if not os.path.exists("a/b/c/3.bin") else os.unlink("a/b/c/3.bin")
print(sorted(os.listdir("a/b")), attempt(os.rename, "a", "a/b/x"), attempt(os.rename, "e", "a"), attempt(os.replace, "missing", "x"))
os.replace("e/4.txt", "a/b/2.txt")
print(Path("a/b/2.txt").read_text(), attempt(os.rename, "e", "a/b/2.txt"), attempt(os.rename, "a/b/2.txt", "e"))
os.chmod("e", 0o2711)
print(oct(os.stat("e").st_mode))
Path("a/b/2.txt").unlink()
Path("a/b/2.txt").unlink(missing_ok=True)
os.close(base)
