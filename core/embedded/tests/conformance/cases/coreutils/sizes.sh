#!/bin/bash
# du, wc and friends agree about sizes.
mkdir -p a/b
head -c 4096 /dev/zero >a/x
head -c 8192 /dev/zero >a/b/y
head -c 1572864 /dev/zero | tr '\0' x >big
: >empty
truncate -s 10M hole
du -b a/x a/b/y big empty hole
du -ab a | awk '$2 ~ /[xy]$/' | sort
du -b --total a/x big | tail -n 1
du --apparent-size -k big
du -k a/x big empty
wc -c a/x big
ls -s --block-size=4096 a/x big
find . -type f -size +100k | sort
find . -type f -size 0
find . -empty | sort
find . -type f -printf '%s %p\n' | sort
du -b missing; echo $?
du -s a >/dev/null; echo $?
df . >/dev/null; echo $?
stat -f . >/dev/null; echo $?
du --inodes a
sync big; echo $?
sync -d big
sync .; echo $?
