#!/bin/sh
# cd, pwd and relative paths work below the mount, and a subshell keeps its own place.
# tags: shell paths posix
# needs: fork
set -eu
cd "$MNT"

mkdir -p one/two
cd one/two
test "$(pwd)" = "$MNT/one/two"
echo here > file
test "$(cat ../two/file)" = here
(cd .. && test "$(pwd)" = "$MNT/one" && echo up > file)
test "$(pwd)" = "$MNT/one/two"
test "$(cat ../file)" = up
