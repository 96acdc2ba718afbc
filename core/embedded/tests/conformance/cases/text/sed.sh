#!/bin/bash
# sed, in place too: a temporary file beside the original, renamed over it.
seq 1 1000 >f
sed -i 's/^1/one/' f
head -n 1 f
md5sum f
sed -i.bak '/0$/d' f
ls
wc -l f f.bak
sed -n '2,3p;5w five' f
cat five
echo tail | sed -i '$r /dev/stdin' f
tail -n 2 f
ln -s f link
sed -i s/one/two/ link
stat -c '%n %F' f link
sed -i --follow-symlinks s/tail/end/ link
tail -n 1 f
chmod 640 f
sed -i 1d f
stat -c %a f
sed -i s/x/y/ missing; echo $?
sed -i s/x/y/ .; echo $?
mkdir d
cp f d/a
cp f d/b
sed -i -s '1i header' d/*
head -qn 1 d/*
sed -s -n '$=' d/*
ls -A d
