#!/bin/sh
# A tree copied into the mount, within it and back out again is the same tree.
# tags: shell data posix
# needs: fork O_PATH
set -eu

mkdir -p "$TMP/tree/a/b/c" "$TMP/tree/empty"
seq 1 20000 > "$TMP/tree/a/numbers"
head -c 1500000 /dev/urandom > "$TMP/tree/a/b/three-chunks"
: > "$TMP/tree/a/b/c/nothing"

cp -r "$TMP/tree" "$MNT/tree"
cp -r "$MNT/tree" "$MNT/again"
cp -r "$MNT/again" "$TMP/back"
diff -r "$TMP/tree" "$TMP/back"
diff -r "$MNT/tree" "$MNT/again"
