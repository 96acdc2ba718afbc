#!/bin/bash
# Making directories.
umask 022
mkdir a
mkdir a; echo $?
mkdir a/b/c; echo $?
mkdir -p a/b/c
mkdir -p a/b/c; echo $?
mkdir -v x y z
mkdir -m 700 p
mkdir -m 2755 sg
mkdir -m 1777 st
stat -c '%n %a %F' p sg st a/b
touch f
mkdir f; echo $?
mkdir -p f; echo $?
mkdir f/x; echo $?
mkdir -p f/x; echo $?
mkdir q/
mkdir ./r/.; echo $?
mkdir ..; echo $?
mkdir .; echo $?
mkdir ''; echo $?
mkdir -p "$D/abs/olute" a/../from/./up
ls
ln -s missing l
mkdir l; echo $?
ln -s a la
mkdir la/in
ls a
mkdir la; echo $?
mkdir -p la/in/deep
find a | sort
mkdir -p "$(printf 'd%.0s/' $(seq 1 60))"
find d | wc -l
mktemp -d tmpXXXX | tr -dc '[:lower:]' | cut -c1-3
mktemp -p . fXXXX >/dev/null
ls -d f???? | wc -l
install -d -m 711 i/n/s
stat -c %a i/n/s
stat -c %h f
mkdir sg/inherits
stat -c %a sg/inherits
