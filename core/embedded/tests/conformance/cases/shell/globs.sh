#!/bin/bash
# Pathname expansion reads directories in every shape.
mkdir -p a/b/c a/bb .hidden
touch a/b/1.txt a/b/2.txt a/b/c/3.txt a/bb/4.txt x1 x2 x10 'with space' .dot
echo *
echo a/*
echo */*/*
echo x[0-9] x?? x{1,3}
shopt -s globstar dotglob nullglob
echo **
echo a/**/*.txt
echo none*
shopt -s extglob
echo !(x*)
cd a/b && echo * ../* ../../x*
echo "$D"/a/*
