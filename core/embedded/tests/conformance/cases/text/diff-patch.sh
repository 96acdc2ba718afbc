#!/bin/bash
# Patches are made here and applied here, to files and trees.
# needs: diff patch
mkdir old
seq 1 100 >old/a
seq 1 50 >old/b
echo gone >old/gone
cp -r old new
sed -i '50s/.*/fifty/;80d' new/a
echo extra >>new/b
rm new/gone
echo fresh >new/fresh
diff old/a new/a; echo $?
diff -u --label x --label y old/b new/b
diff -rq old new
diff -ruN old new | sed 's/\t.*//' >changes
cp -r old work
patch -d work -p1 <changes; echo $?
diff -r work new && echo patched
patch -R -d work -p1 <changes
diff -r work old && echo reversed
patch -b -d work -p1 --dry-run <changes | head -n 2
sed -i 's/^50$/clash/' work/a
patch -d work -p1 -N <changes >/dev/null; echo $?
find work | sort
cmp old/a new/a
sdiff -s old/a new/a
diff3 old/a new/a work/a | head -n 3
