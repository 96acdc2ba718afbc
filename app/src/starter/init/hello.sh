#!/bin/sh
# What is written can be read back.
# tags: first
set -eu

# $MNT is the file system under test, with a daemon of its own; $TMP lies beside it, on the machine's disk.
echo hello > "$MNT/greeting"
test "$(cat "$MNT/greeting")" = hello
