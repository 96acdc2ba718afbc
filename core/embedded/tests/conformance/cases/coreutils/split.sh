#!/bin/bash
# split and cat are inverses.
seq 1 100000 >f
mkdir p
split -b 100000 f p/b.
ls p
cat p/b.* | cmp - f && echo same
split -n 5 f n.
wc -c n.*
cat n.* | cmp - f && echo same
split -n l/3 -d f l.
wc -l l.*
split -C 200k f C.
cat C.* | cmp - f && echo same
split -l 30000 --filter='wc -l >$FILE' f F.
cat F.*
split -b 600k --additional-suffix=.part f
ls x*
cat x*.part | md5sum
md5sum f
split missing; echo $?
split -b 1 -a 1 f s; echo $?
ls s? | wc -l
