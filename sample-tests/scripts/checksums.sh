#!/bin/sh
# A file of several chunks keeps its checksum, read whole, in odd blocks, and through a pipe.
# tags: shell data posix
# needs: fork
set -eu

head -c 2000003 /dev/urandom > "$TMP/plain"
cp "$TMP/plain" "$MNT/stored"
want=$(md5sum < "$TMP/plain")
test "$(md5sum < "$MNT/stored")" = "$want"
test "$(dd if="$MNT/stored" bs=4093 2> /dev/null | md5sum)" = "$want"
test "$(cat "$MNT/stored" | md5sum)" = "$want"
cmp "$TMP/plain" "$MNT/stored"
