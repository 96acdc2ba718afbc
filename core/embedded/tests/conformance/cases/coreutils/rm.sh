#!/bin/bash
# Removal of files and trees, and refusals.
mkdir -p a/b/c d e; touch a/1 a/b/2 a/b/c/3 f; ln -s a link; ln -s nowhere broken
rm f
rm f; echo $?
rm -f f; echo $?
rm d; echo $?
rm -d d; echo $?
rmdir a; echo $?
rmdir e
rm -r link
ls
rm broken
rm -rv a | sort
ls -A
rmdir missing; echo $?
mkdir -p x/y/z
rmdir -p x/y/z
ls
touch g
rmdir g; echo $?
rm -rf missing g
ls
mkdir many
(cd many; seq 1 500 | xargs touch; ls | wc -l)
rm -r many; echo $?
rm -r .; echo $?
touch i
echo n | rm -i i
ls
unlink i
unlink i; echo $?
mkdir p
unlink p 2>&1
rm -r p/
ls -A
mkdir -p one/two
rm -rf one/*
ls -A one
