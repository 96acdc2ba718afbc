#!/bin/sh
# A tree of files is copied into the file system and read back.
set -eu
mkdir -p "$TMP/tree/deep/down"
head -c 1500000 /dev/urandom > "$TMP/tree/deep/three-chunks"
echo leaf > "$TMP/tree/deep/down/leaf"
cp -r "$TMP/tree" "$MNT/tree"
diff -r "$TMP/tree" "$MNT/tree"
