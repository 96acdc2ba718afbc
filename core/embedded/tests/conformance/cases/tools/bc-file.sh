#!/bin/sh
# Small languages that read their program from here.
# needs: bc file
echo 'define f(x) { return x * x; }' >lib.bc
echo 'f(12); scale=3; 1/3' >main.bc
bc -q lib.bc main.bc
file lib.bc
cp /bin/true bin
file -b bin | cut -d, -f1
gzip -c lib.bc >z
file -b z | cut -d, -f1
ln -s lib.bc l
file l
file missing
