#!/bin/sh
# A compressor with threads and sparse output.
# needs: zstd
seq 1 300000 >f
truncate -s 3M hole
zstd -q -T2 f hole; echo $?
ls
zstd -q -d f.zst -o g
cmp f g && echo same
zstd -q -d --sparse hole.zst -o h
cmp hole h && echo same
zstd -q -t f.zst; echo $?
zstd -q --rm f.zst -d -f -o f
ls
