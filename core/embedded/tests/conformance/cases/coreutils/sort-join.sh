#!/bin/bash
# Programs that read, merge and replace files; sort with temporary files on the mount.
for i in 5 3 9 1 7; do echo "$i line"; done >f
sort f
sort -o f f
cat f
sort -rn f -o g
cat g
uniq f | wc -l
seq 1 20000 | shuf --random-source=<(yes) >big
sort -n -S 64k -T . big | md5sum
ls -A
sort -n --parallel=2 big -o big
head -n 2 big
sort -c big; echo $?
sort -m f g | wc -l
sort missing; echo $?
printf '1 a\n2 b\n' >l
printf '1 x\n2 y\n' >r
join l r
paste l r
paste -s l
cut -d' ' -f2 l >c
cat c
comm -3 l r
printf 'a b\nb c\n' | tsort
csplit -s big 10 100
wc -l xx*
ptx -A l >/dev/null; echo $?
fmt -w 5 l
pr -t -2 l
tr a-z A-Z <l >u
cat u
od -x l
base64 l >b64
base64 -d b64 | cmp - l && echo same
numfmt --to=iec 2048
seq 3 | tee t1 t2 >t3
cat t1 t2 t3
tee -a t1 </dev/null
echo app | tee -a t1 >/dev/null
cat t1
tee missing/x </dev/null; echo $?
factor 12 >fac
cat fac
yes | head -n 100000 >y
wc -l y
expr 1 + 1 >e
cat e

