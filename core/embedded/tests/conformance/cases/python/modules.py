"""Modules that are imported from here: source, packages, byte code, zip, and an extension."""
# needs: cc
import importlib
import os
import subprocess
import sys
import sysconfig
import zipfile

os.makedirs("package/inner")
for name, text in {
    "single.py": "value = 1\n",
    "package/__init__.py": "from . import inner\n",
    "package/inner/__init__.py": "name = __name__\n",
    "package/data.txt": "resource",
}.items():
    with open(name, "w") as f:
        f.write(text)
with zipfile.ZipFile("bundle.zip", "w") as z:
    z.writestr("zipped.py", "value = 'from a zip'\n")
sys.path[:0] = [os.environ["D"], os.path.join(os.environ["D"], "bundle.zip")]
importlib.invalidate_caches()
import package
import single
import zipped

print(single.value, package.inner.name, zipped.value, single.__file__.endswith("/dir/single.py"))
print(sorted(os.listdir("__pycache__")) == [os.path.basename(single.__cached__)])
import importlib.resources

print(importlib.resources.files("package").joinpath("data.txt").read_text())
os.utime("single.py", (1, 1))
with open("single.py", "w") as f:
    f.write("value = 'reloaded'\n")
print(importlib.reload(single).value)
print(subprocess.run([sys.executable, "-c", "import single; print(single.value)"], capture_output=True, text=True).stdout)
print(subprocess.run([sys.executable, "-m", "package.inner"], capture_output=True).returncode)
os.makedirs("app")
with open("app/__main__.py", "w") as f:
    f.write("import sys, os; print(os.path.basename(sys.argv[0]), sys.argv[1:])\n")
print(subprocess.run([sys.executable, "app", "x"], capture_output=True, text=True).stdout)
with open("native.c", "w") as f:
    f.write("int native_answer(void) { return 42; }\n")
subprocess.run(["cc", "-shared", "-fPIC", "-o", "libnative.so", "native.c"], check=True)
import ctypes

print(ctypes.CDLL(os.path.join(os.environ["D"], "libnative.so")).native_answer())
try:
    import missing_module
except ImportError as error:
    print(error)
print(subprocess.run([sys.executable, "-m", "compileall", "-q", "package"]).returncode, bool(sysconfig.get_paths()))
