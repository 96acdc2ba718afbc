#!/bin/bash
# Moves between this directory and another file system: a copy, then a removal.
mkdir -p tree/sub
echo 1 >tree/a
echo 2 >tree/sub/b
ln -s a tree/l
chmod 600 tree/a
touch -d 2020-01-02 tree/a
seq 1 50000 >big
mv big "$OUT"; ls; wc -l <"$OUT/big"; mv "$OUT/big" .; ls "$OUT"; wc -l big
mv tree "$OUT"
ls
find "$OUT/tree" -printf '%P %y %l\n' | sort
mv "$OUT/tree" again
find again -printf '%P %y %l\n' | sort
stat -c '%a %y' again/a
ls -A "$OUT"
mv missing "$OUT"; echo $?
mkdir "$OUT/again"
touch "$OUT/again/x"
mv again "$OUT" 2>/dev/null; echo $?
ls again 2>&1
echo x >f
ln -s f s
mv s "$OUT"
readlink "$OUT/s"
mv -T f "$OUT/g"
cat "$OUT/g"
mv "$OUT/g" "$OUT/s" .
cat s g
rm -r "$OUT/again"
ls "$OUT"
