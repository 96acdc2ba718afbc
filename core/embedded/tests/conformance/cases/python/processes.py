"""subprocess: redirections, working directories, descriptors passed on, missing programs, shells."""
import os
import subprocess
import sys

with open("out", "w") as out:
    print("before", file=out, flush=True)
    subprocess.run(["echo", "child"], stdout=out, check=True)
    subprocess.run("echo shell; echo error >&2", shell=True, stdout=out, stderr=subprocess.STDOUT, check=True)
    out.write("after\n")
print(open("out").read(), end="")
with open("out") as into:
    print(subprocess.run(["wc", "-l"], stdin=into, capture_output=True, text=True).stdout.strip())
os.makedirs("sub/deep")
print(subprocess.check_output(["pwd"], cwd="sub/deep", text=True).endswith("/sub/deep\n"))
print(subprocess.check_output(["ls"], cwd="sub", text=True))
for argv, kwargs in [(["no-such-program"], {}), (["./out"], {}), (["pwd"], {"cwd": "missing"}), (["pwd"], {"cwd": "out"}), (["sub"], {})]:
    try:
        subprocess.run(argv, **kwargs)
    except OSError as error:
        print(type(error).__name__, error.errno, error.filename)
fd = os.open("passed", os.O_RDWR | os.O_CREAT)
os.write(fd, b"0123456789")
os.lseek(fd, 3, os.SEEK_SET)
print(subprocess.run(["sh", "-c", f"head -c 4 <&{fd}; echo"], pass_fds=[fd], capture_output=True).stdout)
print(os.lseek(fd, 0, os.SEEK_CUR))
print(subprocess.run(["sh", "-c", f"cat <&{fd}"], capture_output=True).returncode)
print(subprocess.run([sys.executable, "-c", "import os; os.abort()"], stderr=subprocess.DEVNULL).returncode)
print(subprocess.run([sys.executable, "-c", "open('written', 'w').write('x' * 10)"]).returncode, os.path.getsize("written"))
producer = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
with open("sorted", "w") as result:
    subprocess.run(["sort", "-rn"], stdin=producer.stdout, stdout=result)
print(producer.wait(), open("sorted").readline().strip())
children = [subprocess.Popen(["sh", "-c", f"for i in 1 2 3 4 5; do echo {n} >>many; done"]) for n in range(6)]
print([child.wait() for child in children], len(open("many").readlines()))
print(os.spawnlp(os.P_WAIT, "cat", "cat", "passed"))
print(os.posix_spawnp("cat", ["cat", "out"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "spawned", os.O_WRONLY | os.O_CREAT, 0o600)]) > 0)
print(os.wait()[1], open("spawned").read())
print(subprocess.run("exit 7", shell=True).returncode, os.system("cat passed") >> 8, os.popen("ls").read())
try:
    subprocess.run(["sleep", "30"], timeout=0.05)
except subprocess.TimeoutExpired:
    print("timed out")
