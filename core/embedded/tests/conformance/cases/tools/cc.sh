#!/bin/bash
# Compiler, archiver and linker; the results run from here.
# needs: cc ar nm strip
mkdir inc
echo 'int twice(int);' >inc/twice.h
echo 'int twice(int x) { return 2 * x; }' >twice.c
cat >main.c <<'END'
#include <stdio.h>
#include "twice.h"
int main(int argc, char **argv) { printf("%d %d\n", twice(21), argc); return argc; }
END
cc -c -Iinc twice.c main.c; echo $?
ls
ar rcs libtwice.a twice.o
ar t libtwice.a
cc -o static main.o -L. -ltwice
./static; echo $?
cc -shared -fPIC -o "$OUT/libtwice.so" twice.c
cc -o dynamic main.o "$OUT/libtwice.so"
./dynamic a b; echo $?
nm -g static | grep -c twice
strip static
./static; echo $?
cc -E -Iinc main.c | tail -n 1
cc -o pipe -pipe -O2 -g -Iinc main.c twice.c -save-temps
./pipe; echo $?
ls | sort | head -n 30
echo 'int x = ;' >bad.c
cc -c bad.c 2>/dev/null; echo $?
cc -o none missing.c 2>/dev/null; echo $?
echo 'int main(void) { return 5; }' | cc -x c -o from-stdin - && ./from-stdin; echo $?
objcopy --only-keep-debug pipe pipe.debug; echo $?
readelf -h static | grep Type
