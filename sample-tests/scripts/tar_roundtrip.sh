#!/bin/sh
# An archive made from the mount unpacks to the same files, names and modes.
# tags: shell posix
# needs: fork chmod symlink
set -eu
cd "$MNT"

mkdir -p src/deep
seq 1 1000 > src/numbers
echo 'echo run' > src/deep/run.sh
chmod 755 src/deep/run.sh
ln -s numbers src/link
tar -cf "$TMP/src.tar" src
mkdir unpacked
tar -xf "$TMP/src.tar" -C unpacked
diff -r src unpacked/src
test "$(stat -c %a unpacked/src/deep/run.sh)" = 755
test "$(readlink unpacked/src/link)" = numbers
