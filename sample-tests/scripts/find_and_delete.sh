#!/bin/sh
# find sees what is there, -delete removes just that, and rm -r leaves nothing.
# tags: shell directories posix
# needs: fork
set -eu
cd "$MNT"

for dir in a b c; do
    mkdir "$dir"
    for file in 1 2 3 4; do
        echo "$dir$file" > "$dir/$file.txt"
        echo "$dir$file" > "$dir/$file.log"
    done
done
test "$(find . -type f | wc -l)" -eq 24
find . -name '*.log' -delete
test "$(find . -type f | wc -l)" -eq 12
test "$(find . -type d | wc -l)" -eq 4
rm -r a b c
test -z "$(ls -A .)"
