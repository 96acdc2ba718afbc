#!/bin/bash
# Directories that shrink while they are read.
mkdir -p t/a/b t/c
(cd t; seq 1 300 | sed s,^,f, | xargs touch; seq 1 300 | sed s,^,a/b/g, | xargs touch; touch c/keep)
find t -type f | wc -l
find t -name 'f1*' -delete
find t -type f | wc -l
find t -type f -name 'g*' -exec rm {} \; -quit
find t -type f | wc -l
find t/a -delete
ls -A t | wc -l
find t -type d -empty
find t -type d -delete; echo $?
find t -mindepth 1 -maxdepth 1 -name 'f*' -print0 | xargs -0 rm
ls -R t
find t -delete
ls -A
find missing -delete; echo $?
mkdir d
(cd d && seq 1 2000 | xargs touch && ls | wc -l && for f in *77; do rm "$f"; done; ls -f | wc -l; rm *; ls -A | wc -l)
rmdir d
ls -A
