#!/bin/bash
# cp in all directions, of trees, links and holes.
seq 1 100000 >big; echo small >small; : >empty; mkdir dir
cp small copy
cat copy
cp big dir
cmp big dir/big && echo same
cp empty dir/
stat -c '%s' dir/empty
cp small big empty dir
ls dir
cp small missing/x; echo $?
cp missing x; echo $?
cp dir x; echo $?
cp small small; echo $?
cp -r dir tree; diff -r dir tree && echo trees equal; cp -r dir tree; ls tree
cp -r dir dir/inside; echo $?
ln -s small link; cp link followed; cp -P link kept; stat -c '%n %F' followed kept
cp -s "$D/small" symbolic; cat symbolic; cp -l small hardlink; stat -c '%h' small
cp -n big small; wc -c <small; cp -u small big; wc -c <big; cp -b small copy; ls copy*
cp --parents dir/big "$OUT"
ls "$OUT/dir"
cp "$OUT/dir/big" back
cmp back big && echo same
cp -r /etc/alternatives/awk awk
cp --sparse=always big sparse
cmp big sparse && echo same
cp --remove-destination small followed
cat followed
cp -f small symbolic 2>&1
cp -T dir new
ls new
cp -v small out1
cp --attributes-only big attr
wc -c <attr
cp /dev/null emptied
cp /proc/self/comm comm
cat comm
