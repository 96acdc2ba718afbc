#!/bin/bash
# A build by time stamps, in parallel, with generated dependencies.
# needs: make cc
mkdir src
for i in 1 2 3; do printf 'int f%s(void) { return %s; }\n' $i $i >src/f$i.c; done
printf '#include "say.h"\n#include <stdio.h>\nint f1(void), f2(void), f3(void);\nint main(void) { printf("%%s %%d\\n", SAY, f1() + f2() + f3()); return 0; }\n' >src/main.c
echo '#define SAY "sum"' >src/say.h
cat >Makefile <<'END'
objects = $(patsubst src/%.c,obj/%.o,$(wildcard src/*.c))
prog: $(objects)
	@echo link $(notdir $@)
	@$(CC) -o $@ $^
obj/%.o: src/%.c | obj
	@echo compile $< >>log
	@$(CC) -MMD -c -o $@ $<
obj:
	@mkdir obj
clean:
	rm -rf obj prog
-include obj/*.d
.PHONY: clean
END
make -j4; echo $?
sort log
./prog
make
make -q; echo $?
rm log
sleep 0.02
echo '#define SAY "total"' >src/say.h
make
cat log
./prog
touch -d 2000-01-01 src/f1.c
make
make -n -B | wc -l
make missing 2>&1; echo $?
make clean
ls
make -C src -f ../Makefile -p >/dev/null 2>&1; echo $?
