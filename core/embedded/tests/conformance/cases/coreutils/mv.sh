#!/bin/bash
# Renames within the directory: files, trees, over one another.
echo a >a; echo b >b; mkdir -p d/e f; echo deep >d/e/x
mv a c; cat c; ls; mv b c; cat c; mv c d; cat d/c; mv d g; cat g/e/x; ls
mv g f; ls f; mv f/g/e f/g/e2; cat f/g/e2/x
mv missing x; echo $?
mv f f/g; echo $?
mkdir f2
mv -T f f2
ls f2
mkdir full
touch full/y
mv -T f2 full; echo $?
touch file; mv -T f2 file; echo $?; mv -T file f2; echo $?
echo 1 >n1
echo 2 >n2
mv -n n1 n2
cat n1 n2
mv -f n1 n2
cat n2
echo 3 >n3
mv -b n3 n2
ls n2*
mv -v n2 n4
mv n4 ./sub/; echo $?
ln -s n4 link; mv link link2; readlink link2; ln n4 n5; mv n4 n5; ls n4 n5; stat -c %h n5
mkdir t; mv n5 link2 t; ls t; mv t/* .; ls; mv -u n5 n6; cat n6; mv n6 n6; echo $?
(cd f2; mv ../n6 .; ls; mv n6 ..)
cat n6
mv f2 ren
cd ren
mv g ../h
cd ..
find h | sort
mv . x; echo $?
