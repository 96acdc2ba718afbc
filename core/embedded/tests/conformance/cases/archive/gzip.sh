#!/bin/bash
# Compressors replace their file: times and modes go along.
# needs: gzip bzip2 xz
seq 1 200000 >f
cp f keep
chmod 640 f
touch -d 2020-01-01 f
gzip f
ls
stat -c '%a %Y' f.gz
gunzip f.gz
stat -c '%a %Y' f
cmp f keep && echo same
gzip -k f
gzip -k f </dev/null 2>/dev/null; echo $?
zcat f.gz | md5sum
zgrep -c 99 f.gz
gzip -t f.gz; echo $?
head -c 1000 f.gz >cut.gz
gzip -t cut.gz 2>/dev/null; echo $?
gzip -l f.gz | tail -n 1 | awk '{print $2}'
bzip2 -k f
bunzip2 -c f.bz2 | cmp - keep && echo same
xz -0 -k f
xzcat f.xz | cmp - keep && echo same
xz -d -f f.xz
md5sum f
gzip missing; echo $?
gzip -c <f >g.gz
gzip -dc g.gz | tail -n 1
zcmp f.gz g.gz && echo equal
cat f.gz g.gz >two.gz
zcat two.gz | wc -l
