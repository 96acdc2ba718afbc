#!/bin/sh
# Editors write beside a file and rename over it: sed -i and sort -o must leave one file with the new text.
# tags: shell rename posix
# needs: fork rename-replace
set -eu
cd "$MNT"

printf 'pear\napple\nfig\n' > fruit
sed -i 's/pear/plum/' fruit
sort -o fruit fruit
test "$(tr '\n' ' ' < fruit)" = 'apple fig plum '
test "$(ls -A | wc -l)" -eq 1
