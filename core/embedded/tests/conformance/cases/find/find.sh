#!/bin/bash
# Walking trees: predicates, formats, pruning, depth.
umask 022
mkdir -p a/b/c a/d e
for f in 1.c 2.h 3.txt; do echo "$f" >a/$f; echo "$f" >a/b/$f; done
ln -s a/1.c link
ln -s ../../e a/b/loop
chmod 755 a/1.c
touch -d 2020-01-01 a/2.h
seq 1 5000 >e/big
find . | sort
find . -type d | sort
find . -type l -printf '%p %l %Y\n' | sort
find . -name '*.c' -o -name '*.h' | sort
find . -maxdepth 1 | sort
find . -mindepth 3 | sort
find a -prune
find . -name b -prune -o -type f -print | sort
find . -depth -type d | sort -r
find . -perm 755 -type f
find . -size +10k
find . -newer a/2.h -type f | wc -l
find . ! -newermt 2021-01-01
find . -empty
find -L . -type f | sort
find . -path './a/b*' | sort
find . -iname '*.TXT' | sort
find . -regex '.*/[0-9]\.c' | sort
find missing; echo $?
find . -type f -printf '%f %s %m %d %h\n' | sort
find "$D" -maxdepth 1 -type f -o -type l
find . -lname '*1.c'
find -H link
find . -executable -type f
find . -name '*.c' -quit
find . -type f -print0 | tr '\0' '\n' | sort
find a/b -inum "$(stat -c %i a/b/1.c)"
find . -xtype d | sort
find . -ls | wc -l
find . -user "$(id -un)" | wc -l
find . -cmin -10 -mtime -1 -type f | wc -l
