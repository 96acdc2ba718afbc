#!/bin/bash
# A library that lies here is loaded while the program runs.
# needs: cc
echo 'int answer(void) { return 42; } __attribute__((constructor)) static void hello(void) { __builtin_puts("constructed"); }' >plugin.c
cc -shared -fPIC -o plugin.so plugin.c
cat >main.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		void *lib = dlopen(argv[i], RTLD_NOW);
		if (!lib) {
			puts("cannot load");
			continue;
		}
		int (*answer)(void) = dlsym(lib, "answer");
		printf("%d\n", answer());
		dlclose(lib);
	}
	return 0;
}
END
cc -o main main.c -ldl
cp main "$OUT/main"
./main ./plugin.so "$D/plugin.so" ./missing.so ./plugin.c; echo $?
"$OUT/main" ./plugin.so; echo $?
LD_LIBRARY_PATH=$D "$OUT/main" plugin.so; echo $?
ln -s plugin.so link.so
./main ./link.so
cp plugin.so "$OUT"
./main "$OUT/plugin.so"
