#!/bin/sh
# Recursive searches.
mkdir -p a/b c
seq 1 3000 >a/numbers
echo needle >a/b/hay
echo 'Needle two' >c/hay
head -c 2000 /dev/zero >c/binary
echo needle >>c/binary
ln -s ../a/b c/link
grep -r needle . 2>&1 | sort
grep -R needle . 2>&1 | sort
grep -rl needle . | sort
grep -rc 99 a | sort
grep -ril needle --include='h*' . | sort
grep -rL needle . | sort
grep -n '^29[0-9]9$' a/numbers
grep -q needle a/b/hay; echo $?
grep x missing; echo $?
grep x a; echo $?
grep -m 2 1 a/numbers
grep -f a/b/hay c/hay c/binary; echo $?
grep -A1 -B1 '^500$' <a/numbers
grep -az needle c/binary | tr -d '\0'
