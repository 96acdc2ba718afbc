#!/bin/bash
# Symbolic links: relative, absolute, chained, looping, leading out and back.
mkdir -p d/e
echo f >d/f
ln -s d/f rel
ln -s "$D/d/f" abs
ln -s rel chain1
ln -s chain1 chain2
ln -s d dl
ln -s ../f d/e/up
ln -s loop2 loop1
ln -s loop1 loop2
ln -s self self
echo out >"$OUT/file"
ln -s "$OUT/file" outside
ln -s "$OUT" outdir
cat rel abs chain2 dl/f d/e/up dl/e/up outside outdir/file
cat loop1; echo $?
cat self/x; echo $?
readlink rel abs chain2 outside
readlink -f chain2 dl/e/up outdir/file
realpath dl/e
realpath -m dl/no/such
readlink d; echo $?
readlink missing; echo $?
realpath --relative-to=d/e d/f
realpath loop1; echo $?
echo new >rel
cat d/f
echo made >outdir/made
cat "$OUT/made"
ln -s x rel; echo $?
ln -sf d/e rel
readlink rel
ln -sfn d/f dl
readlink dl
ln -s d; echo $?
ln -s a b d
ls d
ln -sv p q
ln -sr d/f d/e/relative
readlink d/e/relative
ls -L d/e
rm outside
cat "$OUT/file"
mv outdir od
ls od
cp -r od copied
ls copied
rm -r od
ls "$OUT"
i=0
prev=d/f
while [ $i -lt 39 ]; do ln -s $prev n$i; prev=n$i; i=$((i+1)); done
cat n38
ln -s n38 n39
cat n39
ln -s n39 n40
cat n40; echo $?
ln -s "$(printf '%01000d' 7)" long
readlink long | wc -c
ln -s '' empty; echo $?
stat -c '%F %s %a' n0 long
mkdir t
ln -s ../d t/l
ls t/l/
cd t/l/e
pwd -P
ls ..
rmdir ../../l
rm ../../t/l/; echo $?
cd "$D"
ln -s dir/ slash
mkdir slash; echo $?
mkdir dir
ls slash
rmdir slash; echo $?
rmdir slash/; echo $?
unlink slash
ls -d dir
