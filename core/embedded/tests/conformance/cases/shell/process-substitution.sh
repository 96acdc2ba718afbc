#!/bin/bash
# /dev/fd: pipes and files of the mount under their descriptor's names.
seq 1 5 >a; seq 3 7 >b
comm -12 <(sort a) <(sort b)
diff <(cat a) <(cat b); echo $?
seq 1 3 | tee >(sort -r >reversed) >/dev/null
while [ ! -s reversed ]; do :; done
cat reversed
exec 7<a; cat /dev/fd/7; cat /dev/fd/7 | wc -l; exec 7<&-
cat /dev/stdin <a | head -n 1
echo to stdout >/dev/stdout
echo appended >/dev/fd/9 9>>b; cat b
cat /proc/self/fd/0 <a | tail -n 1
ls -l /proc/self/fd/8 8<a >/dev/null; echo $?
readlink /proc/self/fd/8 8<a
readlink /proc/self/cwd
[ /dev/fd/6 -ef a ] 6<a && echo same file
