#!/bin/sh
# Redirections create, truncate, append and share one offset, as on any file system.
# tags: shell posix
# needs: fork
set -eu
cd "$MNT"

echo one > log
echo two >> log
{ echo three; echo four; } >> log
test "$(wc -l < log)" -eq 4

: > log
test ! -s log

# Both commands write through one descriptor: the second goes on where the first stopped.
{ echo first; /bin/echo second; } > shared
test "$(cat shared)" = "$(printf 'first\nsecond')"

set -C
if (echo again > shared) 2> /dev/null; then
    echo "noclobber: an existing file was overwritten" >&2
    exit 1
fi
